import type { Pod } from '../api/core/v1/index.ts'
import { keyOf, type Stored } from '../api/object.ts'
import { type AffinityTerms, affinityTerms, type NamespaceLabels } from './affinity-terms.ts'
import { podRequests, type Resources } from './resources.ts'

/** A pod with what the scheduler reads from it again and again, worked out once. */
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
  /** What it says about the company of other pods. */
  terms?: AffinityTerms
}

export interface HostPort {
  port: number
  protocol: string
  ip: string
}

const none: HostPort[] = []
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
    hostPorts: hostPortsOf(pod),
    priority: spec.priority ?? 0,
    terminating: metadata.deletionTimestamp !== undefined,
    terms: affinityTerms(pod, namespaceLabels),
  }
}

function hostPortsOf(pod: Stored<Pod>): HostPort[] {
  let out = none
  const sidecars = pod.spec.initContainers?.filter((c) => c.restartPolicy === 'Always') ?? []
  for (const container of sidecars.length ? [...sidecars, ...pod.spec.containers] : pod.spec.containers) {
    for (const { hostPort, protocol = 'TCP', hostIP = '0.0.0.0' } of container.ports ?? []) {
      if (!hostPort) continue
      if (out === none) out = []
      out.push({ port: hostPort, protocol, ip: hostIP || '0.0.0.0' })
    }
  }
  return out
}

/** Two pods with such ports cannot be on one node. */
export const portsClash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
