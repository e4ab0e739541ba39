import { CronJobs } from '../../../src/api/batch/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { notNegative } from '../apps/shared.ts'
import { absent, below, invalid, notSupported, required, rule, type Table, to } from '../rule.ts'
import { job, specRules } from './job-spec.ts'

const metadata = { name: 'j' }
const schedule = to('spec.schedule')
const zone = 'spec.timeZone'
const long = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
const cronBase = { metadata, spec: { schedule: '* * * * *', jobTemplate: { spec: job } } } as KubeObject

export const cronJobTables: Table[] = [
  {
    resource: CronJobs,
    base: cronBase,
    rules: [
      ...below('spec.jobTemplate.spec', specRules),
      rule('metadata.name', invalid, 'must be no more than 52 characters', 'j'.repeat(52), 'j'.repeat(53)),
      rule('spec.schedule', required, '', '@hourly', ''),
      rule('spec.schedule', invalid, 'expected exactly 5 fields', '0 0 * * *', '0 0 * *'),
      rule('spec.schedule', invalid, 'above maximum (59)', '59 * * * *', '60 * * * *'),
      rule(
        'spec.schedule',
        invalid,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
        schedule('0 0 * * *'),
        schedule('TZ=UTC 0 0 * * *'),
      ),
      rule(zone, invalid, 'timeZone must be nil or non-empty string', 'Etc/UTC', ''),
      rule(zone, invalid, 'unknown time zone Mars/Olympus', 'Europe/Berlin', 'Mars/Olympus'),
      rule(zone, invalid, 'unknown time zone europe/berlin', 'Europe/Berlin', 'europe/berlin'),
      rule(zone, invalid, 'unknown time zone Europe//Berlin', 'Etc/GMT+5', 'Europe//Berlin'),
      rule(zone, invalid, 'unknown time zone ../UTC', 'UTC', '../UTC'),
      rule(zone, invalid, long, 'UTC', 'Local'),
      rule(zone, invalid, long, 'UTC', 'local'),
      rule(
        'spec.concurrencyPolicy',
        notSupported,
        'supported values: "Allow", "Forbid", "Replace"',
        'Forbid',
        'Sometimes',
      ),
      notNegative('spec.startingDeadlineSeconds'),
      notNegative('spec.successfulJobsHistoryLimit'),
      notNegative('spec.failedJobsHistoryLimit'),
      rule('spec.jobTemplate.spec.selector', invalid, '`selector` will be auto-generated', absent, {
        matchLabels: { a: 'b' },
      }),
      rule('spec.jobTemplate.spec.manualSelector', notSupported, 'supported values: "nil", "false"', false, true),
    ],
  },
  {
    resource: CronJobs,
    write: 'update',
    base: cronBase,
    rules: [
      rule(
        'spec.schedule',
        invalid,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
        schedule('1 * * * *'),
        schedule('TZ=UTC 0 0 * * *'),
      ),
    ],
    uncovered: [
      { path: 'spec.schedule', rule: 'keeps a TZ that it had, without a timeZone', why: 'none can be stored any more' },
    ],
  },
]
