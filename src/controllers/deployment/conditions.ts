import type { DeploymentCondition } from '../../api/apps/v1/index.ts'
import { type Clock, formatTime } from '../../api/clock.ts'
import { conditionOf, withCondition } from '../../api/conditions.ts'

/** The reasons of `Progressing`; kubectl and users read them. */
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

export interface NewCondition {
  type: 'Available' | 'Progressing' | 'ReplicaFailure'
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
}

/** Sets a condition. Keeps one of the same status and reason, unless `renew`: then it counts as updated now. */
export function set(
  conditions: DeploymentCondition[] = [],
  condition: NewCondition,
  clock: Clock,
  renew = false,
): DeploymentCondition[] {
  const present = conditionOf(conditions, condition.type)
  if (!renew && present?.status === condition.status && present.reason === condition.reason) return conditions
  return withCondition(conditions, { ...condition, lastUpdateTime: formatTime(clock.now()) }, clock)
}
