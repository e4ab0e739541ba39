import { type HostPort, hostPortsOf } from '../api/core/host-ports.ts'
import type { Pod } from '../api/core/v1/index.ts'
import { keyOf, type Stored } from '../api/object.ts'
import { type AffinityTerms, affinityTerms, type NamespaceLabels } from './affinity-terms.ts'
import { podRequests, type Resources } from './resources.ts'

/** A pod with values that the scheduler reads often, computed once. */
export interface PodInfo {
  pod: Stored<Pod>
  /** `namespace/name` */
  key: string
  uid: string
  namespace: string
  labels: Record<string, string>
  requested: Resources
  scored: Resources
  hostPorts: HostPort[]
  priority: number
  /** It is being deleted. */
  terminating: boolean
  /** Its affinity and anti-affinity terms. */
  terms?: AffinityTerms
}

const noLabels: Record<string, string> = {}

export function podInfo(pod: Stored<Pod>, namespaceLabels: NamespaceLabels = () => undefined): PodInfo {
  const { metadata, spec } = pod
  return {
    pod,
    key: keyOf(pod),
    uid: metadata.uid,
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? noLabels,
    ...podRequests(pod),
    hostPorts: hostPortsOf(spec),
    priority: spec.priority ?? 0,
    terminating: metadata.deletionTimestamp !== undefined,
    terms: affinityTerms(pod, namespaceLabels),
  }
}
