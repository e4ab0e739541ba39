import type { Clock } from '../clock.ts'
import { conditionOf, isConditionTrue } from '../conditions.ts'
import type { Container, Pod, PodCondition, PodSpec } from './v1/index.ts'

export const podCondition = (pod: Pod, type: string): PodCondition | undefined =>
  conditionOf(pod.status?.conditions, type)

/** The condition Ready is true. */
export const isReady = (pod: Pod): boolean => isConditionTrue(pod.status?.conditions, 'Ready')

/** The pod has Succeeded or Failed: its containers have ended and will not start again. */
export const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** The pod counts as a replica: it has neither ended nor is being deleted. */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && !pod.metadata?.deletionTimestamp

/** Ready, and has been for `minReadySeconds`. */
export const isAvailable = (pod: Pod, minReadySeconds: number, clock: Pick<Clock, 'now'>): boolean =>
  availableInMs(pod, minReadySeconds, clock) === 0

/** Milliseconds until a ready pod counts as available, 0: it does; undefined: it isn't ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, clock: Pick<Clock, 'now'>): number | undefined {
  const ready = podCondition(pod, 'Ready')
  if (ready?.status !== 'True') return undefined
  if (minReadySeconds === 0) return 0
  if (!ready.lastTransitionTime) return undefined
  return Math.max(0, Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - clock.now())
}

/** How long its containers have to end; a negative time is a second. */
export function graceSeconds({ spec }: Pick<Pod, 'spec'>): number {
  const seconds = Number(spec?.terminationGracePeriodSeconds ?? 30)
  return seconds < 0 ? 1 : seconds
}

/** An init container that keeps running beside the others. (KEP-753) */
export const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always'

/** The containers that run for as long as their pod does: its own, then its sidecars. */
export function lastingContainers({ containers, initContainers }: PodSpec): Container[] {
  const sidecars = initContainers?.filter(isSidecar) ?? []
  return sidecars.length > 0 ? [...containers, ...sidecars] : containers
}
