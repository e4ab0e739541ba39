import type { Job } from '../../api/batch/v1/index.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { hasFinalizer } from '../../controller/finalizers.ts'

/** Stays on a job's pod until the pod has been counted, so that none goes uncounted. (KEP-2307) */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking'
/** Annotation and label of an Indexed Job's pods. (KEP-2214, KEP-4017) */
export const indexKey = 'batch.kubernetes.io/job-completion-index'
/** How many failures of the index before this pod count, and how many the policy ignores. (KEP-3850) */
export const failureCountKey = 'batch.kubernetes.io/job-index-failure-count'
export const ignoredCountKey = 'batch.kubernetes.io/job-index-ignored-failure-count'
/** The controller of Jobs that name no other. (KEP-4368) */
const ourName = 'kubernetes.io/job-controller'

/** Not yet counted. */
export const isTracked = (pod: Stored<Pod>): boolean => hasFinalizer(pod, trackingFinalizer)

/** The completion index that a pod works on; undefined: it has none. */
function indexOf({ metadata }: Stored<Pod>): number | undefined {
  const text = metadata.annotations?.[indexKey]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** As `indexOf`, if the Job still has that index: the number of completions may have been lowered. */
export function liveIndexOf(job: Stored<Job>, pod: Stored<Pod>): number | undefined {
  const index = indexOf(pod)
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined
}

export const countIn = ({ metadata }: Stored<Pod>, key: string): number => Number(metadata.annotations?.[key] ?? 0) || 0

export const isIndexed = ({ spec }: Stored<Job>): boolean => spec.completionMode === 'Indexed'
export const isSuspended = ({ spec }: Stored<Job>): boolean => spec.suspend ?? false

/** Another controller works on it. */
export const isForeign = ({ spec }: Stored<Job>): boolean => spec.managedBy !== undefined && spec.managedBy !== ourName

/** The Job replaces a pod when it has failed for good, not while it is still terminating. (KEP-3939) */
export const replacesOnlyFailed = ({ spec }: Stored<Job>): boolean =>
  spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined

/** Counts as a failure: Failed, or being deleted if the Job does not wait for terminating pods. */
export function hasFailed(job: Stored<Job>, { metadata, status }: Stored<Pod>): boolean {
  if (status.phase === 'Failed') return true
  return !replacesOnlyFailed(job) && metadata.deletionTimestamp !== undefined && status.phase !== 'Succeeded'
}
