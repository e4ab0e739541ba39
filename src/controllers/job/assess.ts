import type { Job } from '../../api/batch/v1/index.ts'
import { isActive, isReady, isTerminal } from '../../api/core/pods.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { isCounted, policyAnswer } from './failure-policy.ts'
import { Indexes } from './indexes.ts'
import {
  countIn,
  failureCountKey,
  hasFailed,
  ignoredCountKey,
  isIndexed,
  isTracked,
  liveIndexOf,
  replacesOnlyFailed,
} from './names.ts'

/** A Job's progress, from its status and its pods. */
export interface Assessment {
  pods: Stored<Pod>[]
  active: Stored<Pod>[]
  ready: number
  terminating: Stored<Pod>[]
  /** Ended pods, counted already or not, without those that the Job itself removed to scale down or suspend. */
  ended: { succeeded: Stored<Pod>[]; failed: Stored<Pod>[] }
  /** Includes pods that the status does not count yet. */
  succeeded: number
  failed: number
  /** Of Indexed Jobs. */
  completed?: Indexes
  /** Of Jobs with a back-off limit per index. */
  failedIndexes?: Indexes
  /** The last failed pod of each index to retry: it stays until its successor has its failure count. */
  toReplace: ReadonlyMap<number, Stored<Pod>>
}

export function assess(job: Stored<Job>, pods: Stored<Pod>[]): Assessment {
  const { spec, status } = job
  const { succeeded: wasSucceeded = [], failed: wasFailed = [] } = status.uncountedTerminatedPods ?? {}
  const active = pods.filter(isActive)
  const ended = {
    succeeded: pods.filter((pod) => pod.status.phase === 'Succeeded'),
    failed: pods.filter((pod) => hasFailed(job, pod)),
  }
  const isNew = (known: readonly string[]) => {
    const seen = new Set(known)
    return (pod: Stored<Pod>) =>
      isTracked(pod) && !seen.has(pod.metadata.uid) && (!isIndexed(job) || liveIndexOf(job, pod) !== undefined)
  }
  const newlySucceeded = ended.succeeded.filter(isNew([...wasSucceeded, ...wasFailed]))
  const newlyFailed = ended.failed.filter(isNew(wasFailed)).filter((pod) => isCounted(spec.podFailurePolicy, pod))
  const indexes = isIndexed(job) ? assessIndexes(job, newlySucceeded, pods) : undefined
  return {
    pods,
    active,
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)),
    ended: { ...ended, failed: ended.failed.filter((pod) => isTracked(pod) || !pod.metadata.deletionTimestamp) },
    succeeded: indexes?.completed.size ?? (status.succeeded ?? 0) + wasSucceeded.length + newlySucceeded.length,
    failed: (status.failed ?? 0) + wasFailed.length + newlyFailed.length,
    ...indexes,
    toReplace: indexes?.failedIndexes ? lastFailures(job, pods, indexes.completed, indexes.failedIndexes) : new Map(),
  }
}

function assessIndexes(
  job: Stored<Job>,
  newlySucceeded: Stored<Pod>[],
  pods: Stored<Pod>[],
): { completed: Indexes; failedIndexes?: Indexes } {
  const { completions = 0, backoffLimitPerIndex } = job.spec
  const indexesOf = (some: Stored<Pod>[]) =>
    some.map((pod) => liveIndexOf(job, pod)).filter((index) => index !== undefined)
  const completed = Indexes.parse(job.status.completedIndexes, completions).with(indexesOf(newlySucceeded))
  if (backoffLimitPerIndex === undefined) return { completed }
  const failing = pods.filter((pod) => isTracked(pod) && failsItsIndex(job, pod, backoffLimitPerIndex))
  return {
    completed,
    failedIndexes: Indexes.parse(job.status.failedIndexes, completions).with(indexesOf(failing)),
  }
}

/** This pod's failure fails its index for good. */
function failsItsIndex(job: Stored<Job>, pod: Stored<Pod>, limit: number): boolean {
  if (!hasFailed(job, pod)) return false
  const action = policyAnswer(job.spec.podFailurePolicy, pod)?.action
  return action === 'FailIndex' || (action !== 'Ignore' && countIn(pod, failureCountKey) >= limit)
}

function lastFailures(
  job: Stored<Job>,
  pods: Stored<Pod>[],
  completed: Indexes,
  failedIndexes: Indexes,
): Map<number, Stored<Pod>> {
  const replaced = new Set(pods.filter((pod) => !hasFailed(job, pod)).map((pod) => liveIndexOf(job, pod)))
  const last = new Map<number, Stored<Pod>>()
  for (const pod of pods) {
    const index = liveIndexOf(job, pod)
    if (index === undefined || replaced.has(index) || !isTracked(pod) || !hasFailed(job, pod)) continue
    if (completed.has(index) || failedIndexes.has(index)) continue
    const present = last.get(index)
    if (!present || attemptsBefore(present) <= attemptsBefore(pod)) last.set(index, pod)
  }
  return last
}

/** How many pods of its index failed before this one. */
export const attemptsBefore = (pod: Stored<Pod>): number =>
  countIn(pod, failureCountKey) + countIn(pod, ignoredCountKey)

/** Inactive pods that still count towards the parallelism: the Job replaces them only when they have ended. */
export const holdingPlaces = (job: Stored<Job>, { terminating }: Assessment): Stored<Pod>[] =>
  replacesOnlyFailed(job) ? terminating : []
