import { type QosClass, qosClass as qosClassOf } from '../../api/core/qos.ts'
import type { Container } from '../../api/core/v1/index.ts'
import { parseQuantity } from '../../api/quantity.ts'
import type { KubePod } from '../pod.ts'

/** The class that decides a pod's cgroup and OOM score: from its status, else from its spec. */
export const qosClass = ({ spec, status }: KubePod): QosClass =>
  (status.qosClass as QosClass | undefined) ?? qosClassOf(spec)

/** The OOM score adjustment of a container: upstream's figures, from -997 to 999. */
export function oomScoreAdjust(pod: KubePod, container: Container, memoryCapacity: number): number {
  if ((pod.spec.priority ?? 0) >= 2_000_000_000) return -997
  const qos = qosClass(pod)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const request = container.resources?.requests?.memory
  const share = request ? (1000 * parseQuantity(request).toNumber()) / memoryCapacity : 0
  return Math.min(Math.max(Math.floor(1000 - share), 3), 999)
}
