import type { Job, JobStatus } from '../../api/batch/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import { isReady } from '../../api/core/pods.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Assessment } from './assess.ts'
import { holding, type NewCondition, set } from './conditions.ts'
import { isSuspended } from './names.ts'
import { finalType, type Verdict } from './verdict.ts'

/** The part of a Job's status that `counting.ts` does not count. `removed`, `created`: pods of this pass. */
export function describeState(
  status: JobStatus,
  { active, ready, terminating, completed, failedIndexes }: Assessment,
  { removed, created }: { removed: Stored<Pod>[]; created: number },
): JobStatus {
  return tidy({
    ...status,
    active: active.length - removed.length + created,
    ready: ready - removed.filter(isReady).length,
    terminating: terminating.length + removed.length,
    ...(completed && { completedIndexes: `${completed}`, succeeded: completed.size }),
    ...(failedIndexes && { failedIndexes: `${failedIndexes}` }),
  })
}

/** Zeros and empty lists are left out where upstream leaves them out. */
export function tidy(status: JobStatus): JobStatus {
  const { active, succeeded, failed, completedIndexes, conditions, startTime, ...rest } = status
  return {
    ...(conditions?.length && { conditions }),
    ...(startTime && { startTime }),
    ...(active && { active }),
    ...(succeeded && { succeeded }),
    ...(failed && { failed }),
    ...(completedIndexes && { completedIndexes }),
    ...rest,
  }
}

/** A Job's running time starts with the first pass over it, and anew each time it is resumed. */
export function withStart(job: Stored<Job>, now: number): Stored<Job> {
  if (isSuspended(job) || job.status.startTime) return job
  return { ...job, status: { ...job.status, startTime: formatTime(now) } }
}

/** A suspended Job has no start. (KEP-2232, KEP-5440) */
export function withSuspension(job: Stored<Job>, status: JobStatus, now: number): JobStatus {
  const condition: NewCondition = isSuspended(job)
    ? { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }
    : { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }
  const conditions = set(status.conditions, condition, now)
  const { startTime, ...rest } = status
  return { ...rest, conditions: conditions, ...(!isSuspended(job) && { startTime }) }
}

/** `Suspended` or `Resumed` if this pass has suspended or resumed the Job. */
export function suspensionChange(before: JobStatus, after: JobStatus): 'Suspended' | 'Resumed' | undefined {
  const was = holding(before.conditions, 'Suspended') !== undefined
  const is = holding(after.conditions, 'Suspended') !== undefined
  if (was === is) return undefined
  return is ? 'Suspended' : 'Resumed'
}

export const withVerdict = (status: JobStatus, verdict: Verdict, now: number): JobStatus => ({
  ...status,
  conditions: set(status.conditions, verdict, now),
})

/** The last pod is gone: the Job has ended. */
export function ended(status: JobStatus, { type, reason, message }: Verdict, now: number): JobStatus {
  const condition: NewCondition = { type: finalType[type], status: 'True', reason, message }
  return {
    ...status,
    conditions: set(status.conditions, condition, now),
    ...(condition.type === 'Complete' && { completionTime: formatTime(now) }),
  }
}
