import type { Job, JobStatus } from '../../api/batch/v1/index.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Assessment } from './assess.ts'
import { isCounted } from './failure-policy.ts'
import { hasFailed, isIndexed, isTracked, liveIndexOf } from './names.ts'
import type { Verdict } from './verdict.ts'

/**
 * Counts each pod exactly once, even if the controller dies at any moment (KEP-2307):
 *
 * 1. the uids of pods that have ended go into `status.uncountedTerminatedPods`, in one write;
 * 2. the tracking finalizer comes off these pods;
 * 3. the uids without the finalizer leave the list and are added to the counters, in one write.
 *
 * A pod with the finalizer that is not in the list is new; one without the finalizer that is in the list is not yet in the
 * counters; one with neither has been counted.
 */
export interface Count {
  status: JobStatus
  /** Pods to release once the status is written. */
  release: Stored<Pod>[]
  /** More pods are left than one write should list. */
  more: boolean
}

/** Pods per write: the uids in the status stay below 20 kB. */
const mostUncounted = 500

/** Step 3 for released pods, then step 1 for ended ones. */
export function countEnded(job: Stored<Job>, state: Assessment, verdict: Verdict | undefined): Count {
  const tracked = state.pods.filter(isTracked)
  const status = countReleased(job.status, new Set(tracked.map(({ metadata }) => metadata.uid)))
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const uncounted = { succeeded: [...succeeded], failed: [...failed] }
  const known = { succeeded: new Set(succeeded), failed: new Set(failed) }
  const release: Stored<Pod>[] = []
  let more = false
  for (const pod of isIndexed(job) ? byIndex(job, tracked) : tracked) {
    if (!mayGo(job, state, verdict, pod)) continue
    // A succeeded index needs no uid in the list; the list is for pods without an index.
    if (uncounted.succeeded.length + uncounted.failed.length >= mostUncounted || release.length >= mostUncounted) {
      more = true
      break
    }
    release.push(pod)
    const { uid } = pod.metadata
    if (known.succeeded.has(uid) || known.failed.has(uid)) continue
    if (pod.status.phase === 'Succeeded') {
      if (!isIndexed(job)) uncounted.succeeded.push(uid)
    } else if (countsAsFailed(job, verdict, pod)) uncounted.failed.push(uid)
  }
  return { status: { ...status, uncountedTerminatedPods: withoutEmpty(uncounted) }, release, more }
}

/** Moves uids that are no longer `tracked` from the list to the counters. */
export function countReleased(status: JobStatus, tracked: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const left = {
    succeeded: succeeded.filter((uid) => tracked.has(uid)),
    failed: failed.filter((uid) => tracked.has(uid)),
  }
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - left.succeeded.length,
    failed: (status.failed ?? 0) + failed.length - left.failed.length,
    uncountedTerminatedPods: withoutEmpty(left),
  }
}

export const uncountedOf = ({ uncountedTerminatedPods: list }: JobStatus): number =>
  (list?.succeeded?.length ?? 0) + (list?.failed?.length ?? 0)

const withoutEmpty = (lists: { succeeded: string[]; failed: string[] }) =>
  Object.fromEntries(Object.entries(lists).filter(([, uids]) => uids.length > 0))

/** The Job no longer needs the pod. */
function mayGo(job: Stored<Job>, state: Assessment, verdict: Verdict | undefined, pod: Stored<Pod>): boolean {
  if (job.metadata.deletionTimestamp || verdict || pod.status.phase === 'Succeeded') return true
  if (!hasFailed(job, pod)) return false
  const index = liveIndexOf(job, pod)
  return index === undefined || state.toReplace.get(index) !== pod
}

function countsAsFailed(job: Stored<Job>, verdict: Verdict | undefined, pod: Stored<Pod>): boolean {
  if (isIndexed(job) && liveIndexOf(job, pod) === undefined) return false
  // A failed Job fails its running pods, too; a succeeded Job only does not need them any more.
  const failed =
    verdict?.type === 'SuccessCriteriaMet'
      ? pod.status.phase === 'Failed'
      : verdict?.type === 'FailureTarget' || hasFailed(job, pod)
  return failed && isCounted(job.spec.podFailurePolicy, pod)
}

const byIndex = (job: Stored<Job>, pods: Stored<Pod>[]): Stored<Pod>[] =>
  pods.toSorted((a, b) => (liveIndexOf(job, a) ?? -1) - (liveIndexOf(job, b) ?? -1))
