import { expect, test } from 'vitest'
import type { JobSpec } from '../../../../api/batch/v1/index.ts'
import { validateJob } from './validate.ts'

const uid = 'u1'
const labels = {
  'batch.kubernetes.io/controller-uid': uid,
  'batch.kubernetes.io/job-name': 'j',
  'controller-uid': uid,
  'job-name': 'j',
}
const selector = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }
const exitCodes = (action: string, operator: string, values: number[]) => ({
  podFailurePolicy: { rules: [{ action, onExitCodes: { operator, values } }] },
})

test.each<[string, Partial<JobSpec>, string[]]>([
  ['as the server fills it in', { selector, template: { metadata: { labels } } }, []],
  ['before that', {}, []],
  [
    'with the labels of another job',
    { selector, template: { metadata: { labels: { ...labels, 'controller-uid': 'u0' } } } },
    ['spec.template.metadata.labels[controller-uid]'],
  ],
  [
    'with a selector that was not asked for',
    { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { ...labels, app: 'x' } } } },
    ['spec.selector'],
  ],
  ['without the selector it promises', { manualSelector: true }, ['spec.selector']],
  [
    'that would never find its own pods',
    { manualSelector: true, selector: { matchLabels: { app: 'x' } } },
    ['spec.template.metadata.labels'],
  ],
  ['with maxFailedIndexes alone', { maxFailedIndexes: 1 }, ['spec.backoffLimitPerIndex']],
  ['with FailIndex alone', exitCodes('FailIndex', 'In', [1]), ['spec.podFailurePolicy.rules[0].action']],
  ['with no exit code', exitCodes('Count', 'In', []), ['spec.podFailurePolicy.rules[0].onExitCodes.values']],
  ['with exit code 0', exitCodes('Count', 'In', [0, 1]), ['spec.podFailurePolicy.rules[0].onExitCodes.values[0]']],
  ['with any exit code but 0', exitCodes('Count', 'NotIn', [0]), []],
  [
    'that replaces pods before their end is known',
    { ...exitCodes('Count', 'In', [1]), podReplacementPolicy: 'TerminatingOrFailed' },
    ['spec.podReplacementPolicy'],
  ],
  [
    'with an empty rule of success',
    { completionMode: 'Indexed', completions: 1, successPolicy: { rules: [{}] } },
    ['spec.successPolicy.rules[0]'],
  ],
])('a job %s', (_, spec, fields) => {
  const job = { metadata: { name: 'j', uid }, spec: { template: {}, ...spec } }
  expect(validateJob(job).map(({ field }) => field)).toEqual(fields)
})

test('an indexed job leaves room for the index in the hostnames of its pods', () => {
  const named = (name: string, completions: number) =>
    validateJob({ metadata: { name }, spec: { template: {}, completionMode: 'Indexed', completions } })
  expect(named('j'.repeat(61), 10)).toEqual([])
  expect(named('j'.repeat(61), 11)).toMatchObject([{ field: 'metadata.name' }])
})
