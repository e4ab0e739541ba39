import type { Job, JobCondition } from '../../api/batch/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import type { Stored } from '../../api/object.ts'

export type ConditionType = 'Suspended' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Failed' | 'Complete'

/** The condition if it holds. */
export const holding = (
  conditions: readonly JobCondition[] | undefined,
  type: ConditionType,
): JobCondition | undefined => conditions?.find((condition) => condition.type === type && condition.status === 'True')

/** The condition that says how a Job has ended; undefined: it has not. */
export const finished = ({ status: { conditions } }: Stored<Job>): JobCondition | undefined =>
  holding(conditions, 'Complete') ?? holding(conditions, 'Failed')

export interface NewCondition {
  type: ConditionType
  status: 'True' | 'False'
  reason: string
  message: string
}

/** Sets a condition; one that says the same already stays, and one that does not hold is not made for that. */
export function set(
  conditions: readonly JobCondition[] | undefined = [],
  condition: NewCondition,
  now: number,
): readonly JobCondition[] {
  const present = conditions.find(({ type }) => type === condition.type)
  if (!present && condition.status === 'False') return conditions
  if (present && present.status === condition.status && present.reason === condition.reason) return conditions
  const time = formatTime(now)
  const made = { ...condition, lastProbeTime: time, lastTransitionTime: time }
  return present ? conditions.map((one) => (one === present ? made : one)) : [...conditions, made]
}
