import type { Job, JobStatus } from '../../../../api/batch/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import type { Stored } from '../../../../api/object.ts'
import { equal, notNegative } from '../../rules/checks.ts'
import { indexIntervals } from './indexes.ts'

/** What the status of a Job may say: of what an update changes, the whole must make sense. */
export const validateJobStatus = (job: Job, old: Stored<Job>): FieldError[] => [
  ...counts(job.status ?? {}),
  ...conditionProblems(job.status ?? {}, old.status),
  ...timeProblems(job, old),
  ...finishedProblems(job.status ?? {}, old.status),
  ...indexProblems(job, old.status),
  ...changeProblems(job, old.status),
]

type Condition = 'Complete' | 'Failed' | 'FailureTarget' | 'SuccessCriteriaMet'

const holds = ({ conditions = [] }: JobStatus, type: Condition): boolean =>
  conditions.some((c) => c.type === type && c.status === 'True')
const isFinished = (status: JobStatus) => holds(status, 'Complete') || holds(status, 'Failed')
const toggled = (status: JobStatus, old: JobStatus, ...types: Condition[]) =>
  types.some((type) => holds(status, type) !== holds(old, type))
const ofConditions = (message: string) => fieldError.invalid('status.conditions', [], message)

function counts(status: JobStatus): FieldError[] {
  const { active = 0, succeeded, failed, ready = 0, terminating, uncountedTerminatedPods: pods = {} } = status
  const seen = new Set<string>()
  const uids = (list: readonly string[] = [], field: string) =>
    list.flatMap((uid, i) => {
      if (!uid) return [fieldError.invalid(`${field}[${i}]`, uid, 'must not be empty')]
      if (seen.has(uid)) return [fieldError.duplicate(`${field}[${i}]`, uid)]
      seen.add(uid)
      return []
    })
  return [
    ...Object.entries({ active, succeeded, failed, ready, terminating }).flatMap(([name, value]) =>
      notNegative(value, `status.${name}`),
    ),
    ...uids(pods.succeeded, 'status.uncountedTerminatedPods.succeeded'),
    ...uids(pods.failed, 'status.uncountedTerminatedPods.failed'),
  ]
}

function conditionProblems(status: JobStatus, old: JobStatus): FieldError[] {
  const has = (...types: Condition[]) => types.every((type) => holds(status, type))
  const changed = (...types: Condition[]) => toggled(status, old, ...types)
  const errors: FieldError[] = []
  if (changed('Failed', 'Complete') && has('Complete', 'Failed'))
    errors.push(ofConditions('cannot set Complete=True and Failed=true conditions'))
  if (changed('FailureTarget', 'Complete') && has('Complete', 'FailureTarget'))
    errors.push(ofConditions('cannot set Complete=True and FailureTarget=true conditions'))
  if (changed('Failed') && has('Failed') && !has('FailureTarget'))
    errors.push(ofConditions('cannot set Failed=True condition without the FailureTarget=true condition'))
  if (changed('Complete') && has('Complete') && !has('SuccessCriteriaMet'))
    errors.push(ofConditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'))
  if (has('SuccessCriteriaMet', 'Failed'))
    errors.push(ofConditions('cannot set SuccessCriteriaMet=True and Failed=true conditions'))
  if (has('SuccessCriteriaMet', 'FailureTarget'))
    errors.push(ofConditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'))
  for (const type of ['Failed', 'Complete', 'FailureTarget'] as const)
    if (holds(old, type) && !has(type)) errors.push(ofConditions(`cannot disable the terminal ${type}=True condition`))
  if (holds(old, 'SuccessCriteriaMet') && !has('SuccessCriteriaMet'))
    errors.push(ofConditions('cannot disable the SuccessCriteriaMet=True condition'))
  if (holds(old, 'Complete') && !holds(old, 'SuccessCriteriaMet') && has('SuccessCriteriaMet'))
    errors.push(ofConditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'))
  return errors
}

function timeProblems({ spec, status = {} }: Job, { status: old }: Stored<Job>): FieldError[] {
  const { startTime, completionTime } = status
  const field = 'status.completionTime'
  const isComplete = holds(status, 'Complete')
  const completes = toggled(status, old, 'Complete')
  const ended = completionTime !== old.completionTime
  const began = startTime !== old.startTime
  const errors: FieldError[] = []
  if ((completes || ended) && completionTime && !isComplete)
    errors.push(
      fieldError.invalid(field, completionTime, 'cannot set completionTime when there is no Complete=True condition'),
    )
  if ((completes || ended) && !completionTime && isComplete)
    errors.push(fieldError.required(field, 'completionTime is required for Complete jobs'))
  if ((began || ended) && startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime))
    errors.push(fieldError.invalid(field, completionTime, 'completionTime cannot be set before startTime'))
  if (ended && completionTime && old.completionTime)
    errors.push(fieldError.invalid(field, completionTime, 'completionTime cannot be mutated'))
  if ((toggled(status, old, 'Complete', 'Failed') || began) && !startTime && isFinished(status))
    errors.push(fieldError.required('status.startTime', 'startTime is required for finished job'))
  if (began && old.startTime && !spec?.suspend)
    errors.push(fieldError.required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  return errors
}

function finishedProblems(status: JobStatus, old: JobStatus): FieldError[] {
  if (!isFinished(status)) return []
  const { active = 0, terminating = 0, uncountedTerminatedPods: pods = {} } = status
  const finishes = isFinished(old) !== isFinished(status)
  const uncounted = (pods.failed?.length ?? 0) + (pods.succeeded?.length ?? 0)
  const errors: FieldError[] = []
  if ((finishes || active !== (old.active ?? 0)) && active > 0)
    errors.push(fieldError.invalid('status.active', active, 'active>0 is invalid for finished job'))
  if ((finishes || terminating !== (old.terminating ?? 0)) && terminating > 0)
    errors.push(fieldError.invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'))
  if ((finishes || !equal(pods, old.uncountedTerminatedPods)) && uncounted > 0)
    errors.push(
      fieldError.invalid(
        'status.uncountedTerminatedPods',
        pods,
        'uncountedTerminatedPods needs to be empty for finished job',
      ),
    )
  return errors
}

function indexProblems({ spec, status = {} }: Job, old: JobStatus): FieldError[] {
  const { completions, completionMode, backoffLimitPerIndex } = spec ?? {}
  const { completedIndexes = '', failedIndexes } = status
  const errors: FieldError[] = []
  const parsed = (name: 'completedIndexes' | 'failedIndexes', text: string) => {
    if (completions === undefined) return []
    try {
      return indexIntervals(text, completions)
    } catch (error) {
      errors.push(fieldError.invalid(`status.${name}`, text, `error parsing ${name}: ${(error as Error).message}`))
      return []
    }
  }
  const isNew = completedIndexes !== (old.completedIndexes ?? '')
  const fails = failedIndexes !== old.failedIndexes
  const completed = isNew || fails ? parsed('completedIndexes', completedIndexes) : []
  if (isNew && completedIndexes && completionMode !== 'Indexed')
    errors.push(
      fieldError.invalid(
        'status.completedIndexes',
        completedIndexes,
        'cannot set non-empty completedIndexes when non-indexed completion mode',
      ),
    )
  if (failedIndexes === undefined || (!isNew && !fails)) return errors
  if (backoffLimitPerIndex === undefined)
    return [
      ...errors,
      fieldError.invalid(
        'status.failedIndexes',
        failedIndexes,
        'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ),
    ]
  const failed = parsed('failedIndexes', failedIndexes)
  const both = failed.flatMap(([first, last]) =>
    completed.flatMap(([from, to]) => (first <= to && from <= last ? [Math.max(first, from)] : [])),
  )[0]
  if (both !== undefined)
    errors.push(
      fieldError.invalid(
        'status.failedIndexes',
        failedIndexes,
        `failedIndexes and completedIndexes overlap at index: ${both}`,
      ),
    )
  return errors
}

function changeProblems({ spec, status = {} }: Job, old: JobStatus): FieldError[] {
  const { active = 0, ready = 0 } = status
  // An indexed job that shrinks forgets about indexes that have succeeded.
  const growing = spec?.completionMode === 'Indexed' ? (['failed'] as const) : (['failed', 'succeeded'] as const)
  return [
    ...((active !== (old.active ?? 0) || ready !== (old.ready ?? 0)) && ready > active
      ? [fieldError.invalid('status.ready', ready, 'cannot set more ready pods than active')]
      : []),
    ...growing.flatMap((name) =>
      (status[name] ?? 0) < (old[name] ?? 0)
        ? [fieldError.invalid(`status.${name}`, status[name] ?? 0, `cannot decrease the ${name} counter`)]
        : [],
    ),
  ]
}
