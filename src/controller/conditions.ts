import { type Clock, formatTime } from '../api/clock.ts'
import type { Condition } from '../api/meta/v1/index.ts'

/** A condition as a controller states it; when it last changed is found out. */
export type NewCondition = Omit<Condition, 'lastTransitionTime'>

/** The condition of a type; undefined: nothing is said of it. */
export const conditionOf = <T extends { type: string }>(
  conditions: readonly T[] | undefined,
  type: T['type'],
): T | undefined => conditions?.find((condition) => condition.type === type)

/** What is said of `type` is True. */
export const isConditionTrue = (
  conditions: readonly { type: string; status: string }[] | undefined,
  type: string,
): boolean => conditionOf(conditions, type)?.status === 'True'

/**
 * `conditions` with this one set, in its place. `lastTransitionTime` stays while the status does; when nothing changes,
 * `conditions` itself is answered, so that `===` tells whether there is something to write.
 */
export function withCondition(
  conditions: readonly Condition[] = [],
  condition: NewCondition,
  clock: Clock,
): readonly Condition[] {
  const present = conditionOf(conditions, condition.type)
  const next: Condition = {
    ...condition,
    lastTransitionTime: present?.status === condition.status ? present.lastTransitionTime : formatTime(clock.now()),
  }
  if (!present) return [...conditions, next]
  const same =
    present.status === next.status &&
    present.reason === next.reason &&
    present.message === next.message &&
    present.observedGeneration === next.observedGeneration
  return same ? conditions : conditions.map((one) => (one.type === next.type ? next : one))
}
