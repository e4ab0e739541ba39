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

export const CronJobSpec = batch.message('CronJobSpec', {
  schedule: string(1).required(),
  startingDeadlineSeconds: int64(2).explicit(),
  concurrencyPolicy: string(3).oneOf('Allow', 'Forbid', 'Replace').default('Allow'),
  suspend: bool(4).explicit().default(false),
  jobTemplate: ref(5, JobTemplateSpec).required(),
  successfulJobsHistoryLimit: int32(6).explicit().default(3),
  failedJobsHistoryLimit: int32(7).explicit().default(1),
  timeZone: string(8).explicit(),
})
export interface CronJobSpec extends TypeOf<typeof CronJobSpec> {}

export const CronJobStatus = batch.message('CronJobStatus', {
  active: list(1, ObjectReference).atomic(),
  lastScheduleTime: time(4),
  lastSuccessfulTime: time(5),
})
export interface CronJobStatus extends TypeOf<typeof CronJobStatus> {}

export const CronJob = batch.kind('CronJob', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, CronJobSpec).required(),
  status: ref(3, CronJobStatus),
})
export interface CronJob extends TypeOf<typeof CronJob> {}
export const CronJobList = batch.listOf(CronJob)
export const CronJobs = batch.resource(CronJob, 'cronjobs', { namespaced: true })
