import { type CronJob, CronJobs, type Job } from '../../api/batch/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { controllerRef } from '../../controller/ownership.ts'
import { formatIn, type TimeZone } from './time-zone.ts'

const scheduledAt = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** Names Jobs by the minute, so that no time gets two Jobs, even if two controllers try. */
export const jobName = ({ metadata }: Stored<CronJob>, due: number): string =>
  `${metadata.name}-${Math.floor(due / 60_000)}`

/** The Job of a CronJob for one of its times. */
export function jobFor(cronJob: Stored<CronJob>, due: number, zone: TimeZone): Job {
  const { metadata, spec } = cronJob.spec.jobTemplate
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(cronJob, due),
      namespace: cronJob.metadata.namespace,
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [scheduledAt]: formatIn(zone, due) },
      ownerReferences: [controllerRef(cronJob, CronJobs)],
    },
    ...(spec && { spec }),
  }
}
