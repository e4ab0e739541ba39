import { type Job, Jobs } from '../../../../api/batch/v1/index.ts'
import { isConditionTrue } from '../../../../api/conditions.ts'
import type { Stored } from '../../../../api/object.ts'
import type { HookContext } from '../../../definition.ts'
import type { Kind } from '../../kind.ts'
import { ageColumn, column, duration, nameColumn } from '../../table.ts'
import { jobWarnings } from '../../warnings/jobs.ts'
import { nameWarnings } from '../../warnings/names.ts'
import { templateColumns } from '../../workload.ts'
import { jobRules, validateJobUpdate } from './rules.ts'
import { validateJob } from './validate.ts'
import { validateJobStatus } from './validate-status.ts'

export const jobs: Kind<Job> = {
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
  rules: jobRules,
  warnings: (job, old) => [...(old ? [] : nameWarnings(job)), ...jobWarnings(job.spec, 'spec')],
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
}

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
  const holds = (type: string) => isConditionTrue(job.status.conditions, type)
  const state = jobStates.find(([type]) => (type ? holds(type) : job.metadata.deletionTimestamp))
  return state?.[1] ?? 'Running'
}

/**
 * The job's uid selects its pods, under a prefixed and an old label, unless the user manages the selector by hand.
 */
function withSelector(job: Job, { random }: HookContext): Job {
  if (!job.spec || job.spec.manualSelector) return job
  const uid = job.metadata?.uid || random.uuid()
  const name = job.metadata?.name ?? ''
  const { template } = job.spec
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
    ...template?.metadata?.labels,
  }
  // A job without labels has those of its template: as the type's default says, once there are some.
  const own = Object.keys(job.metadata?.labels ?? {}).length > 0 ? job.metadata?.labels : labels
  return {
    ...job,
    metadata: { ...job.metadata, uid, labels: own },
    spec: {
      ...job.spec,
      selector: {
        ...job.spec.selector,
        matchLabels: { ...job.spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid },
      },
      template: {
        ...template,
        metadata: { ...template?.metadata, labels },
      },
    },
  }
}
