import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import { Leases } from '../../api/coordination/v1/index.ts'
import { type Node, Nodes, type Pod, Pods, ServiceAccounts } from '../../api/core/v1/index.ts'
import { forbidden } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { CSINodes } from '../../api/storage/v1/index.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../definition.ts'

type Check = (attributes: AdmissionAttributes, node: string) => string | undefined | Promise<string | undefined>

/** Lets a node agent write only its own Node, its own Lease and the pods on its node. */
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
])

function podProblem({ operation, subresource, object, old }: AdmissionAttributes, node: string): string | undefined {
  const pod = object as Pod | undefined
  const present = old as Stored<Pod> | undefined
  const itself = 'with spec.nodeName set to itself'
  if (subresource === 'eviction' || subresource === 'binding') return undefined
  if (operation === 'DELETE')
    return present?.spec.nodeName === node ? undefined : `node "${node}" can only delete pods ${itself}`
  if (operation === 'UPDATE')
    return subresource === 'status' && present?.spec.nodeName === node
      ? undefined
      : `node "${node}" can only update pod status for pods ${itself}`
  if (!pod?.metadata?.annotations?.['kubernetes.io/config.mirror'])
    return `pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`
  if (pod.spec?.nodeName !== node) return `node "${node}" can only create pods ${itself}`
  const [owner, ...more] = pod.metadata.ownerReferences ?? []
  if (
    !owner ||
    more.length ||
    owner.kind !== 'Node' ||
    owner.name !== node ||
    !owner.controller ||
    owner.blockOwnerDeletion
  )
    return `node "${node}" can only create pods with a single owner reference set to itself`
  const refers = (pod.spec.volumes ?? []).some((v) => v.secret ?? v.configMap ?? v.persistentVolumeClaim ?? v.projected)
  return pod.spec.serviceAccountName || refers
    ? `node "${node}" can not create pods that reference service accounts, secrets, configmaps or persistentvolumeclaims`
    : undefined
}

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
