import { Jobs } from '../../../src/api/batch/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { absent, duplicate, invalid, nothing, put, type Rule, required, rule, type Table, words } from '../rule.ts'

const time = (second: number) => `2026-01-01T00:00:0${second}Z`
const spec = {
  template: { spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' } },
}
const is = (...types: string[]) => types.map((type) => ({ type, status: 'True' }))
const status = (fields: object) =>
  put(Object.fromEntries(Object.entries(fields).map(([name, value]) => [`status.${name}`, value])))

const started = { startTime: time(1) }
const complete = { ...started, completionTime: time(2), conditions: is('SuccessCriteriaMet', 'Complete') }
const failed = { ...started, conditions: is('FailureTarget', 'Failed') }
const done = status(complete)
const conditions = (message: string, accept: Rule['accept'], refuse: object) =>
  rule('status.conditions', invalid, message, accept, status({ ...complete, completionTime: absent, ...refuse }))
const both = (a: string, b: string) => `cannot set ${a}=True and ${b}`
const uncounted = (fields: object) => status({ uncountedTerminatedPods: fields })
const rules: Rule[] = [
  ...['active', 'succeeded', 'failed'].map((name) => rule(`status.${name}`, invalid, words.negative, 0, -1)),
  rule('status.ready', invalid, words.negative, 0, -1),
  rule('status.terminating', invalid, words.negative, 0, -1),
  rule(
    'status.uncountedTerminatedPods.succeeded[0]',
    invalid,
    'must not be empty',
    uncounted({ succeeded: ['a'] }),
    uncounted({ succeeded: [''] }),
  ),
  rule(
    'status.uncountedTerminatedPods.failed[0]',
    duplicate,
    '"a"',
    uncounted({ succeeded: ['a'], failed: ['b'] }),
    uncounted({ succeeded: ['a'], failed: ['a'] }),
  ),
  conditions(both('Complete', 'Failed=true conditions'), done, {
    conditions: is('SuccessCriteriaMet', 'Complete', 'FailureTarget', 'Failed'),
  }),
  conditions(both('Complete', 'FailureTarget=true conditions'), done, {
    conditions: is('SuccessCriteriaMet', 'Complete', 'FailureTarget'),
  }),
  conditions('cannot set Failed=True condition without the FailureTarget=true condition', status(failed), {
    conditions: is('Failed'),
  }),
  conditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition', done, {
    conditions: is('Complete'),
  }),
  conditions(both('SuccessCriteriaMet', 'Failed=true conditions'), status(failed), {
    conditions: is('SuccessCriteriaMet', 'FailureTarget', 'Failed'),
  }),
  conditions(both('SuccessCriteriaMet', 'FailureTarget=true conditions'), status(failed), {
    conditions: is('SuccessCriteriaMet', 'FailureTarget'),
  }),
  rule(
    'status.completionTime',
    invalid,
    'cannot set completionTime when there is no Complete=True condition',
    done,
    status({ ...started, completionTime: time(2) }),
  ),
  rule(
    'status.completionTime',
    required,
    'completionTime is required for Complete jobs',
    done,
    status({ ...complete, completionTime: absent }),
  ),
  rule(
    'status.completionTime',
    invalid,
    'completionTime cannot be set before startTime',
    status({ ...complete, completionTime: time(1) }),
    status({ ...complete, completionTime: time(0) }),
  ),
  rule('status.active', invalid, 'active>0 is invalid for finished job', done, status({ ...complete, active: 1 })),
  rule(
    'status.terminating',
    invalid,
    'terminating>0 is invalid for finished job',
    done,
    status({ ...complete, terminating: 1 }),
  ),
  rule(
    'status.startTime',
    required,
    'startTime is required for finished job',
    done,
    status({ ...complete, startTime: absent }),
  ),
  rule(
    'status.uncountedTerminatedPods',
    invalid,
    'uncountedTerminatedPods needs to be empty for finished job',
    status({ ...complete, uncountedTerminatedPods: {} }),
    status({ ...complete, uncountedTerminatedPods: { failed: ['a'] } }),
  ),
  rule(
    'status.completedIndexes',
    invalid,
    'cannot set non-empty completedIndexes when non-indexed completion mode',
    nothing,
    '0',
  ),
  rule(
    'status.failedIndexes',
    invalid,
    'cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    nothing,
    '0',
  ),
  rule(
    'status.ready',
    invalid,
    'cannot set more ready pods than active',
    status({ active: 1, ready: 1 }),
    status({ active: 1, ready: 2 }),
  ),
  ...['Failed', 'FailureTarget'].map((type) =>
    rule(
      'status.conditions',
      invalid,
      `cannot disable the terminal ${type}=True condition`,
      nothing,
      is('Sometimes'),
      status(failed),
    ),
  ),
  rule(
    'status.conditions',
    invalid,
    'cannot disable the terminal Complete=True condition',
    nothing,
    is('SuccessCriteriaMet'),
    done,
  ),
  rule(
    'status.conditions',
    invalid,
    'cannot disable the SuccessCriteriaMet=True condition',
    nothing,
    is('Complete'),
    done,
  ),
  rule('status.failed', invalid, 'cannot decrease the failed counter', 2, 1, status({ failed: 2 })),
  rule('status.succeeded', invalid, 'cannot decrease the succeeded counter', 2, 1, status({ succeeded: 2 })),
  rule('status.completionTime', invalid, 'completionTime cannot be mutated', nothing, time(3), done),
  rule(
    'status.startTime',
    required,
    'startTime cannot be removed for unsuspended job',
    nothing,
    absent,
    status(started),
  ),
]

const parse = (name: string, message: string, accept: unknown, refuse: unknown) =>
  rule(`status.${name}`, invalid, message, accept, refuse)

export const jobStatusTables: Table[] = [
  { resource: Jobs, write: 'status', base: { metadata: { name: 'j' }, spec } as KubeObject, rules },
  {
    resource: Jobs,
    write: 'status',
    base: {
      metadata: { name: 'j' },
      spec: { ...spec, completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1 },
    } as KubeObject,
    rules: [
      parse('completedIndexes', 'error parsing completedIndexes: too large index: "3"', '0-2', '0-3'),
      parse(
        'failedIndexes',
        'error parsing failedIndexes: cannot convert string to integer for index: "x"',
        '0-2',
        'x',
      ),
      parse(
        'failedIndexes',
        'failedIndexes and completedIndexes overlap at index: 1',
        status({ completedIndexes: '0-1', failedIndexes: '2' }),
        status({ completedIndexes: '0-1', failedIndexes: '1-2' }),
      ),
    ],
  },
]
