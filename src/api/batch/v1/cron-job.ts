import { ObjectReference } from '../../core/v1/reference.ts'
import { bool, int32, int64, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { JobSpec } from './job.ts'
import { batch } from './package.ts'

export const JobTemplateSpec = batch.message('JobTemplateSpec', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, JobSpec),
})
export interface JobTemplateSpec extends TypeOf<typeof JobTemplateSpec> {}

export const CronJobSpec = batch.message('CronJobSpec', 'When, and which jobs.', {
  schedule: string(1, 'When: minute, hour, day of month, month, day of week.').required(),
  startingDeadlineSeconds: int64(2, 'A job that is later than this is left out.').explicit(),
  concurrencyPolicy: string(3, 'When the last job still runs: Allow another, Forbid it, or Replace the old one.')
    .oneOf('Allow', 'Forbid', 'Replace')
    .default('Allow'),
  suspend: bool(4, 'True: no new jobs.').explicit().default(false),
  jobTemplate: ref(5, JobTemplateSpec, 'What the jobs are made from.').required(),
  successfulJobsHistoryLimit: int32(6, 'How many succeeded jobs are kept.').explicit().default(3),
  failedJobsHistoryLimit: int32(7, 'How many failed jobs are kept.').explicit().default(1),
  timeZone: string(8, "The time zone of the schedule; the controller's when absent.").explicit(),
})
export interface CronJobSpec extends TypeOf<typeof CronJobSpec> {}

export const CronJobStatus = batch.message('CronJobStatus', {
  active: list(1, ObjectReference).atomic(),
  lastScheduleTime: time(4),
  lastSuccessfulTime: time(5),
})
export interface CronJobStatus extends TypeOf<typeof CronJobStatus> {}

export const CronJob = batch.kind('CronJob', 'Makes jobs at given times.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, CronJobSpec).required(),
  status: ref(3, CronJobStatus),
})
export interface CronJob extends TypeOf<typeof CronJob> {}
export const CronJobList = batch.listOf(CronJob)
export const CronJobs = batch.resource(CronJob, 'cronjobs', { namespaced: true })
