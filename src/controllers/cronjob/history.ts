import { finished } from '../../api/batch/jobs.ts'
import type { CronJob, Job } from '../../api/batch/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** The finished Jobs beyond the history limits, oldest first. */
export function beyondHistory({ spec }: Stored<CronJob>, jobs: Stored<Job>[]): Stored<Job>[] {
  const ended = (type: string) =>
    jobs.filter((job) => finished(job)?.type === type && !job.metadata.deletionTimestamp).sort(byStart)
  const beyond = (some: Stored<Job>[], limit: number | undefined) =>
    limit === undefined ? [] : some.slice(0, Math.max(0, some.length - limit))
  return [
    ...beyond(ended('Complete'), spec.successfulJobsHistoryLimit),
    ...beyond(ended('Failed'), spec.failedJobsHistoryLimit),
  ]
}

/** Jobs that never started come last. */
function byStart(a: Stored<Job>, b: Stored<Job>): number {
  const order = ({ status, metadata }: Stored<Job>) => `${status.startTime ?? '~'} ${metadata.name}`
  return order(a) < order(b) ? -1 : 1
}
