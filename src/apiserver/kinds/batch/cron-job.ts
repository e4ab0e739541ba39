import { type CronJob, CronJobSpec, CronJobs } from '../../../api/batch/v1/index.ts'
import { cronProblem } from '../../../api/cron.ts'
import { fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import { isTimeZone } from '../../../api/time-zones.ts'
import { containerImages, containerNames, formatSelector } from '../format.ts'
import type { Kind } from '../kind.ts'
import { notNegative, required } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { age, ageColumn, column, integer, nameColumn, none, unset, wide } from '../table.ts'
import { jobWarnings } from '../warnings/jobs.ts'
import { nameWarnings } from '../warnings/names.ts'
import { policyProblems } from './job/policies.ts'
import { restartPolicies } from './job/rules.ts'

const maxCronJobName = 52

export const cronJobs: Kind<CronJob> = {
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
    column('Last Schedule', ({ status }, now) => (status.lastScheduleTime ? age(status.lastScheduleTime, now) : none)),
    ageColumn(),
    wide('Containers', (job) => containerNames(job.spec.jobTemplate.spec?.template.spec)),
    wide('Images', (job) => containerImages(job.spec.jobTemplate.spec?.template.spec)),
    wide('Selector', (job) => formatSelector(job.spec.jobTemplate.spec?.selector)),
  ],
  warnings: (job, old) => [
    ...(old ? [] : nameWarnings(job)),
    ...jobWarnings(job.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec'),
  ],
  nameRule: cronJobName,
  validate: ({ spec }) => {
    const field = 'spec.jobTemplate.spec'
    const job = spec?.jobTemplate?.spec
    if (!job) return []
    return [
      ...policyProblems(job, field),
      ...(job.selector
        ? [fieldError.invalid(`${field}.selector`, job.selector, '`selector` will be auto-generated')]
        : []),
      ...(job.manualSelector ? [fieldError.notSupported(`${field}.manualSelector`, 'true', ['nil', 'false'])] : []),
    ]
  },
  rules: [
    rule(CronJobSpec, {
      schedule: (value, field) => {
        if (!value) return [fieldError.required(field)]
        if (value.includes('TZ'))
          return [fieldError.invalid(field, value, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')]
        const problem = cronProblem(value)
        return problem ? [fieldError.invalid(field, value, problem)] : []
      },
      timeZone: (value, field) => {
        if (value === undefined) return []
        if (value === '') return [fieldError.invalid(field, value, 'timeZone must be nil or non-empty string')]
        if (value.toLowerCase() === 'local')
          return [
            fieldError.invalid(
              field,
              value,
              'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
            ),
          ]
        return isTimeZone(value) ? [] : [fieldError.invalid(field, value, `unknown time zone ${value}`)]
      },
      concurrencyPolicy: required,
      startingDeadlineSeconds: notNegative,
      successfulJobsHistoryLimit: notNegative,
      failedJobsHistoryLimit: notNegative,
      jobTemplate: (template, field) =>
        template?.spec
          ? []
          : [
              fieldError.required(`${field}.spec.template.spec.containers`),
              fieldError.required(`${field}.spec.template.spec.restartPolicy`, restartPolicies),
            ],
    }),
  ],
}

/** The jobs of a cron job have its name and eleven more characters. */
function cronJobName(name: string): string[] {
  return name.length > maxCronJobName ? [`must be no more than ${maxCronJobName} characters`] : dns1123Subdomain(name)
}
