import type { Pod, PodCondition, PodStatus } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** A pod's status that says why somebody other than its owner ends it (the condition DisruptionTarget). */
export function withDisruption(
  { status }: Stored<Pod>,
  why: Required<Pick<PodCondition, 'reason' | 'message' | 'lastTransitionTime'>>,
): PodStatus {
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  return { ...status, conditions: [...others, { type: 'DisruptionTarget', status: 'True', ...why }] }
}
