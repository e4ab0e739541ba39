import { referencesIn } from '../../api/core/pod-references.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../api/object.ts'
import type { AdmissionAttributes } from '../definition.ts'

const itself = 'with spec.nodeName set to itself'

/** Why a node agent may not write this pod, or this subresource of it; undefined if it may. */
export async function podProblem(attributes: AdmissionAttributes, node: string): Promise<string | undefined> {
  const { operation, subresource, object, old } = attributes
  if (subresource === 'eviction') return evictionProblem(attributes, node)
  if (subresource === 'status') return statusProblem(object as Pod, old as Stored<Pod> | undefined, node)
  if (subresource !== undefined)
    return `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`
  if (operation === 'CREATE') return mirrorProblem(object as Pod, node)
  if (operation === 'UPDATE') return `node "${node}" can only update pod status for pods ${itself}`
  return isOn(node, old as Stored<Pod> | undefined) ? undefined : `node "${node}" can only delete pods ${itself}`
}

const isOn = (node: string, pod: Pod | undefined): boolean => pod?.spec?.nodeName === node

async function evictionProblem({ context, name, namespace }: AdmissionAttributes, node: string) {
  const pod = await context.objects.get(Pods, { name, namespace })
  return !pod || isOn(node, pod) ? undefined : `node "${node}" can only evict pods ${itself}`
}

/** Labels would make a Service or a policy choose the pod, claims would open ResourceClaims to the node. */
function statusProblem(pod: Pod, old: Stored<Pod> | undefined, node: string): string | undefined {
  if (!isOn(node, old)) return `node "${node}" can only update pod status for pods ${itself}`
  if (!jsonEqual(pod.metadata?.labels ?? {}, old?.metadata.labels ?? {}))
    return `node "${node}" cannot update labels through pod status`
  if (!jsonEqual(pod.status?.resourceClaimStatuses ?? [], old?.status?.resourceClaimStatuses ?? []))
    return `node "${node}" cannot update resource claim statuses`
  const extended = pod.status?.extendedResourceClaimStatus ?? {}
  return jsonEqual(extended, old?.status?.extendedResourceClaimStatus ?? {})
    ? undefined
    : `node "${node}" cannot update extended resource claim status`
}

function mirrorProblem(pod: Pod, node: string): string | undefined {
  if (!pod.metadata?.annotations?.['kubernetes.io/config.mirror'])
    return `pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`
  if (!isOn(node, pod)) return `node "${node}" can only create pods ${itself}`
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
  const { secrets, configMaps, claims, resourceClaims, serviceAccount } = referencesIn(pod)
  const referred =
    secrets.size > 0 ||
    configMaps.size > 0 ||
    claims.size > 0 ||
    resourceClaims.size > 0 ||
    (pod.spec?.resourceClaims ?? []).length > 0 ||
    (pod.spec?.volumes ?? []).some(({ projected }) => projected)
  return serviceAccount || referred
    ? `node "${node}" can not create pods that reference service accounts, secrets, configmaps, resourceclaims or persistentvolumeclaims`
    : undefined
}
