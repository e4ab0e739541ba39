import type { JobCondition } from '../../api/batch/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import { conditionOf, withCondition } from '../../api/conditions.ts'

export type ConditionType = 'Suspended' | 'FailureTarget' | 'SuccessCriteriaMet' | 'Failed' | 'Complete'

/** The condition if its status is True. */
export function holding(
  conditions: readonly JobCondition[] | undefined,
  type: ConditionType,
): JobCondition | undefined {
  const condition = conditionOf(conditions, type)
  return condition?.status === 'True' ? condition : undefined
}

export interface NewCondition {
  type: ConditionType
  status: 'True' | 'False'
  reason: string
  message: string
}

/** Sets a condition. Keeps one that says the same already, and does not add one that is False. */
export function set(conditions: JobCondition[] = [], condition: NewCondition, now: number): JobCondition[] {
  const present = conditionOf(conditions, condition.type)
  const stands = present?.status === condition.status && present.reason === condition.reason
  if (stands || (!present && condition.status === 'False')) return conditions
  return withCondition(conditions, { ...condition, lastProbeTime: formatTime(now) }, { now: () => now })
}
