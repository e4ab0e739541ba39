import { type Clock, formatTime } from './clock.ts'
import { jsonEqual } from './machinery/json/json-equal.ts'
import type { Condition } from './meta/v1/index.ts'

/** The common fields of all kinds' conditions. */
export interface AnyCondition {
  type: string
  status: string
  lastTransitionTime?: string
}

/** A condition as a controller sets it; `withCondition` adds the time of the last change. */
export type NewCondition<T extends AnyCondition = Condition> = Omit<T, 'lastTransitionTime'>

/** The condition of a type; undefined: there is none. */
export const conditionOf = <T extends { type?: string }>(
  conditions: readonly T[] | undefined,
  type: T['type'],
): T | undefined => conditions?.find((condition) => condition.type === type)

/** The condition `type` is True. */
export const isConditionTrue = (
  conditions: readonly { type: string; status: string }[] | undefined,
  type: string,
): boolean => conditionOf(conditions, type)?.status === 'True'

/**
 * `conditions` with this one set, in its place. `lastTransitionTime` stays while the status does. If nothing changes, it
 * returns `conditions` itself, so that `===` shows whether there is something to write. The result may be shared: do not
 * change it.
 */
export function withCondition<T extends AnyCondition = Condition>(
  conditions: readonly T[] = [],
  condition: NewCondition<T>,
  clock: Pick<Clock, 'now'>,
): T[] {
  const present = conditions.find(({ type }) => type === condition.type)
  const next = dated(condition, present, clock.now())
  if (!present) return [...conditions, next]
  return jsonEqual(next, present) ? (conditions as T[]) : conditions.map((one) => (one === present ? next : one))
}

/** `conditions` without that of a type; the same list if there is none. */
export const withoutCondition = <T extends { type: string }>(conditions: readonly T[], type: string): T[] =>
  conditionOf(conditions, type) ? conditions.filter((condition) => condition.type !== type) : (conditions as T[])

/** A condition with the time since which its status holds: that of the one `before` it while the status stays, else now. */
export function dated<T extends AnyCondition>(condition: NewCondition<T>, before: T | undefined, now: number): T {
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined
  return { ...condition, lastTransitionTime: since ?? formatTime(now) } as T
}
