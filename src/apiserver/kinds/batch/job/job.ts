import { type CronJob, CronJobs, type Job, Jobs } from '../../../../api/batch/v1/index.ts'
import type { Stored } from '../../../../api/object.ts'
import type { HookContext } from '../../../definition.ts'
import { templateColumns } from '../../apps/deployment.ts'
import { define } from '../../define.ts'
import { containerImages, containerNames, formatSelector } from '../../format.ts'
import { age, ageColumn, column, duration, integer, nameColumn, none, unset, wide } from '../../table.ts'

export const batch = [
  define<Job>({
    type: Jobs,
    singular: 'job',
    categories: ['all'],
    hasStatus: true,
    // As it always was with batch/v1. kubectl asks for `Background` itself.
    defaultPropagation: 'Orphan',
    selectableFields: { 'status.successful': (job) => String(job.status.succeeded ?? 0) },
    prepareForCreate: (job, context) => ({ ...withSelector(job, context), status: {} }),
    columns: [
      nameColumn(),
      column('Status', jobStatus),
      column('Completions', ({ spec, status }) => {
        const done = status.succeeded ?? 0
        if (spec.completions !== undefined) return `${done}/${spec.completions}`
        return (spec.parallelism ?? 0) > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`
      }),
      column('Duration', ({ status: { startTime, completionTime } }, now) => {
        if (!startTime) return ''
        return duration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime))
      }),
      ageColumn(),
      ...templateColumns<Job>(),
    ],
  }),
  define<CronJob>({
    type: CronJobs,
    singular: 'cronjob',
    shortNames: ['cj'],
    categories: ['all'],
    hasStatus: true,
    prepareForCreate: (job) => ({ ...job, status: {} }),
    columns: [
      nameColumn(),
      column('Schedule', (job) => job.spec.schedule),
      column('Timezone', (job) => job.spec.timeZone ?? none),
      column('Suspend', ({ spec: { suspend } }) => (suspend === undefined ? unset : suspend ? 'True' : 'False')),
      integer('Active', (job) => job.status.active?.length ?? 0),
      column('Last Schedule', ({ status }, now) =>
        status.lastScheduleTime ? age(status.lastScheduleTime, now) : none,
      ),
      ageColumn(),
      wide('Containers', (job) => containerNames(job.spec.jobTemplate.spec?.template.spec)),
      wide('Images', (job) => containerImages(job.spec.jobTemplate.spec?.template.spec)),
      wide('Selector', (job) => formatSelector(job.spec.jobTemplate.spec?.selector)),
    ],
  }),
]

/** Finished states first, then the ones on the way there. */
const jobStates: [condition: string, text: string][] = [
  ['Complete', 'Complete'],
  ['Failed', 'Failed'],
  ['', 'Terminating'],
  ['Suspended', 'Suspended'],
  ['FailureTarget', 'FailureTarget'],
  ['SuccessCriteriaMet', 'SuccessCriteriaMet'],
]
function jobStatus(job: Stored<Job>): string {
  const holds = (type: string) => job.status.conditions?.some((c) => c.type === type && c.status === 'True')
  const state = jobStates.find(([type]) => (type ? holds(type) : job.metadata.deletionTimestamp))
  return state?.[1] ?? 'Running'
}

/**
 * A job's pods are told apart by the job's uid, under a prefixed and an old label, unless the user manages the selector
 * by hand.
 */
function withSelector(job: Job, { random }: HookContext): Job {
  if (!job.spec || job.spec.manualSelector) return job
  const uid = job.metadata?.uid || random.uuid()
  const name = job.metadata?.name ?? ''
  const { template } = job.spec
  return {
    ...job,
    metadata: { ...job.metadata, uid },
    spec: {
      ...job.spec,
      selector: {
        ...job.spec.selector,
        matchLabels: { ...job.spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid },
      },
      template: {
        ...template,
        metadata: {
          ...template?.metadata,
          labels: {
            'batch.kubernetes.io/controller-uid': uid,
            'batch.kubernetes.io/job-name': name,
            'controller-uid': uid,
            'job-name': name,
            ...template?.metadata?.labels,
          },
        },
      },
    },
  }
}
