import type { Job } from '../../api/batch/v1/index.ts'
import { isTerminal } from '../../api/core/pods.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Assessment } from './assess.ts'
import { holding, type NewCondition } from './conditions.ts'
import { policyAnswer } from './failure-policy.ts'
import { hasFailed, isSuspended } from './names.ts'
import { successMessage } from './success-policy.ts'

/**
 * How a Job is going to end: the condition that announces it before the last pods are gone. The final condition then has
 * the same reason and message.
 */
export interface Verdict extends NewCondition {
  type: 'FailureTarget' | 'SuccessCriteriaMet'
}

export const finalType = { FailureTarget: 'Failed', SuccessCriteriaMet: 'Complete' } as const

/** Undefined: the Job continues. A verdict never changes. */
export function verdictOn(job: Stored<Job>, state: Assessment, now: number): Verdict | undefined {
  return standing(job) ?? failure(job, state, now) ?? success(job, state)
}

function standing({ status: { conditions } }: Stored<Job>): Verdict | undefined {
  const condition = holding(conditions, 'SuccessCriteriaMet') ?? holding(conditions, 'FailureTarget')
  if (!condition) return undefined
  const { type, reason = '', message = '' } = condition
  return { type: type as Verdict['type'], status: 'True', reason, message }
}

function failure(job: Stored<Job>, state: Assessment, now: number): Verdict | undefined {
  const { backoffLimit = 6, maxFailedIndexes, completions = 0 } = job.spec
  const dueIn = deadlineIn(job, now)
  const failedIndexes = state.failedIndexes?.size ?? 0
  const policy = failJobMessage(job, state.pods)
  if (policy) return failed('PodFailurePolicy', policy)
  if (state.failed > backoffLimit || restartedTooOften(job, state.pods, backoffLimit))
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  if (dueIn !== undefined && dueIn <= 0)
    return failed('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (maxFailedIndexes !== undefined && failedIndexes > maxFailedIndexes)
    return failed('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
  if (failedIndexes > 0 && failedIndexes + (state.completed?.size ?? 0) >= completions)
    return failed('FailedIndexes', 'Job has failed indexes')
  return undefined
}

function success({ spec }: Stored<Job>, { completed }: Assessment): Verdict | undefined {
  const message = completed && successMessage(spec.successPolicy, spec.completions ?? 0, completed)
  return message ? { type: 'SuccessCriteriaMet', status: 'True', reason: 'SuccessPolicy', message } : undefined
}

/** Success: enough completions; for a work queue (no completions), one pod has succeeded and all have ended. */
export function completion({ spec }: Stored<Job>, succeeded: number, active: number): Verdict | undefined {
  if (active > 0 || succeeded < (spec.completions ?? 1)) return undefined
  const message = 'Reached expected number of succeeded pods'
  return { type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached', message }
}

/** Milliseconds left of activeDeadlineSeconds; undefined: no deadline runs. */
export function deadlineIn(job: Stored<Job>, now: number): number | undefined {
  const { activeDeadlineSeconds } = job.spec
  const { startTime } = job.status
  if (activeDeadlineSeconds === undefined || !startTime || isSuspended(job)) return undefined
  return Date.parse(startTime) + Number(activeDeadlineSeconds) * 1000 - now
}

const failed = (reason: string, message: string): Verdict => ({
  type: 'FailureTarget',
  status: 'True',
  reason,
  message,
})

function failJobMessage(job: Stored<Job>, pods: Stored<Pod>[]): string | undefined {
  const { podFailurePolicy } = job.spec
  if (!podFailurePolicy) return undefined
  for (const pod of pods) {
    const answer = hasFailed(job, pod) ? policyAnswer(podFailurePolicy, pod) : undefined
    if (answer?.action === 'FailJob') return answer.message
  }
  return undefined
}

/** If pods restart their containers themselves, the restarts count instead of the pods. */
function restartedTooOften({ spec }: Stored<Job>, pods: Stored<Pod>[], limit: number): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false
  const restarts = pods
    .filter((pod) => !isTerminal(pod))
    .reduce((sum, { status }) => {
      const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]
      return sum + containers.reduce((count, { restartCount }) => count + (restartCount ?? 0), 0)
    }, 0)
  return restarts > 0 && restarts >= limit
}
