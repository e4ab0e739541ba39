import type { Clock } from '../../api/clock.ts'
import { withCondition } from '../../api/conditions.ts'
import type { Pod, PodCondition, PodStatus } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** A pod's status with the reason why a component other than its owner ends it (the condition DisruptionTarget). */
export function withDisruption(
  { status }: Stored<Pod>,
  why: Required<Pick<PodCondition, 'reason' | 'message'>>,
  clock: Clock,
): PodStatus {
  const conditions = withCondition(status.conditions, { type: 'DisruptionTarget', status: 'True', ...why }, clock)
  return { ...status, conditions }
}
