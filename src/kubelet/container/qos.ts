import type { Container, ResourceRequirements } from '../../api/core/v1/index.ts'
import { parseQuantity } from '../../api/quantity.ts'
import type { KubePod } from '../pod.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const classes: QosClass[] = ['Guaranteed', 'Burstable', 'BestEffort']
const computed = ['cpu', 'memory'] as const
const isSet = (text: string | undefined): text is string => text !== undefined && parseQuantity(text).toNumber() > 0

/** The class that decides a pod's cgroup and OOM score ('Pod Quality of Service Classes'). */
export function qosClass(pod: KubePod): QosClass {
  const fixed = classes.find((c) => c === pod.status.qosClass)
  if (fixed) return fixed
  const all: { resources?: ResourceRequirements }[] = pod.spec.resources
    ? [{ resources: pod.spec.resources }]
    : [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  const any = all.some(({ resources }) =>
    computed.some((r) => isSet(resources?.requests?.[r]) || isSet(resources?.limits?.[r])),
  )
  if (!any) return 'BestEffort'
  const guaranteed = all.every(({ resources }) =>
    computed.every((r) => {
      const limit = resources?.limits?.[r]
      const request = resources?.requests?.[r] ?? limit
      return isSet(limit) && isSet(request) && parseQuantity(limit).compare(parseQuantity(request)) === 0
    }),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

/** How readily the kernel kills a container for memory: upstream's figures, from -997 to 999. */
export function oomScoreAdjust(pod: KubePod, container: Container, memoryCapacity: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const request = container.resources?.requests?.memory
  const share = request ? (1000 * parseQuantity(request).toNumber()) / memoryCapacity : 0
  return Math.min(Math.max(Math.floor(1000 - share), 3), 999)
}
