import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import { type CertificateSigningRequest, CertificateSigningRequests } from '../../api/certificates/v1/index.ts'
import { Leases } from '../../api/coordination/v1/index.ts'
import { type Node, Nodes, Pods, ServiceAccounts } from '../../api/core/v1/index.ts'
import { forbidden, messageOf } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { type ResourceSlice, ResourceSlices } from '../../api/resource/v1/index.ts'
import { CSINodes } from '../../api/storage/v1/index.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'
import { podProblem } from './node-pods.ts'

type Check = (attributes: AdmissionAttributes, node: string) => string | undefined | Promise<string | undefined>

/** Lets a node agent write only what is its node's own: the Node, its Lease, the pods on it, its devices, its certificates. */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  async validate(attributes) {
    const node = nodeOf(attributes)
    if (node === undefined) return
    const { definition, name } = attributes
    const check = checks.get(definition.type)
    if (!check) return
    const why =
      node === ''
        ? `could not determine node from user "${attributes.context.user.name}"`
        : await check(attributes, node)
    if (why) throw forbidden(definition.type, name, why)
  },
}

/** The node of a node agent's user; '' for a node without a name, undefined for other users. */
function nodeOf({ context: { user } }: AdmissionAttributes): string | undefined {
  if (!user.groups.includes('system:nodes')) return undefined
  const prefix = 'system:node:'
  return user.name.startsWith(prefix) ? user.name.slice(prefix.length) : undefined
}

const checks = new Map<ResourceType, Check>([
  [Pods as ResourceType, podProblem],
  [Nodes as ResourceType, nodeProblem],
  [
    Leases as ResourceType,
    ({ namespace, name }, node) => {
      if (namespace !== 'kube-node-lease') return `can only access leases in the "kube-node-lease" system namespace`
      return name === node ? undefined : `can only access node lease with the same name as the requesting node`
    },
  ],
  [
    CSINodes as ResourceType,
    ({ name }, node) =>
      name === node ? undefined : 'can only access CSINode with the same name as the requesting node',
  ],
  [ServiceAccounts as ResourceType, tokenProblem],
  [ResourceSlices as ResourceType, sliceProblem],
  [CertificateSigningRequests as ResourceType, certificateProblem],
])

function nodeProblem({ operation, object, old, name }: AdmissionAttributes, node: string): string | undefined {
  if (name !== node) return `node "${node}" is not allowed to modify node "${name}"`
  if (operation === 'DELETE') return undefined
  const now = object as Node
  const before = old as Stored<Node> | undefined
  const labels = changedLabels(now, before).filter(isRestricted)
  if (operation === 'CREATE')
    return labels.length ? `is not allowed to set the following labels: ${labels.join(', ')}` : undefined
  const differs = (a: unknown, b: unknown) => !jsonEqual(a ?? [], b ?? [])
  if (differs(now.spec?.taints, before?.spec.taints)) return `node "${node}" is not allowed to modify taints`
  if (differs(now.metadata?.ownerReferences, before?.metadata.ownerReferences))
    return `node "${node}" is not allowed to modify ownerReferences`
  return labels.length ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined
}

function changedLabels(now: KubeObject, before?: KubeObject): string[] {
  const a = now.metadata?.labels ?? {}
  const b = before?.metadata?.labels ?? {}
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key]).sort()
}

/** Labels of Kubernetes' own domains that a node agent may set on its node. */
const kubeletLabels = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
])
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io']
const within = (domain: string, of: string) => domain === of || domain.endsWith(`.${of}`)

function isRestricted(label: string): boolean {
  const domain = label.includes('/') ? (label.split('/')[0] ?? '') : ''
  if (within(domain, 'node-restriction.kubernetes.io')) return true
  if (!within(domain, 'kubernetes.io') && !within(domain, 'k8s.io')) return false
  return !kubeletLabels.has(label) && !kubeletDomains.some((d) => within(domain, d))
}

/** Allows tokens only for pods on the node, and bound to them. */
async function tokenProblem({ subresource, object, namespace, context }: AdmissionAttributes, node: string) {
  if (subresource !== 'token') return undefined
  const bound = (object as TokenRequest).spec?.boundObjectRef
  if (bound?.kind !== 'Pod' || !bound.name) return `node requested token not bound to a pod`
  if (!bound.uid) return `node requested token with a pod binding without a uid`
  const pod = await context.objects.get(Pods, { name: bound.name, namespace })
  if (pod?.metadata.uid !== bound.uid || pod.spec.nodeName !== node)
    return `node requested token bound to a pod scheduled on a different node`
  return undefined
}

function sliceProblem({ operation, object, old }: AdmissionAttributes, node: string): string | undefined {
  const slice = (operation === 'DELETE' ? old : object) as ResourceSlice | undefined
  return slice?.spec?.nodeName === node
    ? undefined
    : `can only ${operation.toLowerCase()} ResourceSlice with the same NodeName as the requesting node`
}

const nodeSigners = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet']

/** A certificate of the signers for nodes is for the node that asks. */
async function certificateProblem({ operation, subresource, object }: AdmissionAttributes, node: string) {
  if (operation !== 'CREATE' || subresource !== undefined) return undefined
  const { signerName = '', request = '' } = (object as CertificateSigningRequest).spec ?? {}
  if (!nodeSigners.includes(signerName)) return undefined
  const own = `system:node:${node}`
  const { subjectOfRequest } = await import('./certificate-request.ts')
  try {
    const names = subjectOfRequest(request, 'CN')
    return names.length === 1 && names[0] === own ? undefined : `can only create a node CSR with CN=${own}`
  } catch (error) {
    return `unable to parse csr: ${messageOf(error)}`
  }
}
