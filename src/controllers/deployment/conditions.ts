import type { DeploymentCondition } from '../../api/apps/v1/index.ts'
import { type Clock, formatTime } from '../../api/clock.ts'

export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure'

/** The reasons of `Progressing`, which kubectl and people read. */
export const progressing = {
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  available: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  createError: 'ReplicaSetCreateError',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const

export const find = (
  conditions: readonly DeploymentCondition[],
  type: ConditionType,
): DeploymentCondition | undefined => conditions.find((condition) => condition.type === type)

export const without = (conditions: readonly DeploymentCondition[], type: ConditionType): DeploymentCondition[] =>
  conditions.filter((condition) => condition.type !== type)

/** Sets a condition. One of the same status and reason stays as it is, unless `renew`: then it counts as updated now. */
export function set(
  conditions: readonly DeploymentCondition[],
  condition: { type: ConditionType; status: 'True' | 'False' | 'Unknown'; reason: string; message: string },
  clock: Clock,
  renew = false,
): DeploymentCondition[] {
  const present = find(conditions, condition.type)
  if (!renew && present?.status === condition.status && present.reason === condition.reason) return [...conditions]
  const now = formatTime(clock.now())
  const lastTransitionTime = present?.status === condition.status ? present.lastTransitionTime : now
  return [...without(conditions, condition.type), { ...condition, lastUpdateTime: now, lastTransitionTime }]
}
