import { Jobs } from '../../../src/api/batch/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import { absent, below, invalid, nothing, put, type Rule, required, rule, type Table, to, words } from '../rule.ts'
import { cronJobTables } from './cron-jobs.ts'
import { codes, job, specRules } from './job-spec.ts'

const metadata = { name: 'j' }
const manual = (fields: object = {}) =>
  put({
    'spec.manualSelector': true,
    'spec.selector': { matchLabels: { a: 'b' } },
    'spec.template.metadata': { labels: { a: 'b' } },
    ...fields,
  })
const named = (length: number) =>
  put({ 'metadata.name': 'j'.repeat(length), 'spec.completionMode': 'Indexed', 'spec.completions': 11 })

const creates: Table = {
  resource: Jobs,
  base: { metadata, spec: job } as KubeObject,
  rules: [
    ...below('spec', specRules),
    rule('spec.selector', required, '', manual(), manual({ 'spec.selector': absent })),
    rule(
      'spec.template.metadata.labels',
      invalid,
      '`selector` does not match template `labels`',
      manual(),
      manual({ 'spec.template.metadata.labels.a': 'c' }),
    ),
    rule(
      'spec.selector',
      invalid,
      '`selector` not auto-generated',
      nothing,
      put({ 'spec.selector': { matchLabels: { a: 'b' } }, 'spec.template.metadata': { labels: { a: 'b' } } }),
    ),
    rule(
      'spec.template.metadata.labels[job-name]',
      invalid,
      "must be 'j'",
      put({ 'spec.template.metadata.labels.job-name': 'j' }),
      put({ 'spec.template.metadata.labels.job-name': 'k' }),
    ),
    rule('metadata.name', invalid, 'will not able to create pod with invalid DNS label', named(60), named(61)),
  ],
}

const fixed = (path: string, value: unknown, stored?: Rule['accept']) =>
  rule(path, invalid, words.immutable, nothing, value, stored)
const cells = put({
  'spec.completionMode': 'Indexed',
  'spec.completions': 3,
  'spec.parallelism': 3,
  'spec.backoffLimitPerIndex': 1,
})
const waits = put({ 'spec.suspend': true })
const at = 'spec.template'
const movable = (path: string, value: unknown) =>
  rule(at, invalid, words.immutable, to(`${at}.${path}`)(value), to(`${at}.spec.hostNetwork`)(true), waits)
const nodes = { required: 'requiredDuringSchedulingIgnoredDuringExecution' }
const term = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] }

const updates: Table = {
  resource: Jobs,
  write: 'update',
  base: { metadata, spec: job } as KubeObject,
  rules: [
    rule('spec.completions', invalid, words.immutable, put({ 'spec.parallelism': 2 }), 2),
    rule(
      'spec.completions',
      invalid,
      'can only be modified in tandem with spec.parallelism',
      put({ 'spec.completions': 4, 'spec.parallelism': 4 }),
      put({ 'spec.completions': 4 }),
      cells,
    ),
    fixed('spec.selector', { matchLabels: { a: 'b' } }),
    fixed('spec.completionMode', 'Indexed', put({ 'spec.completions': 1 })),
    fixed('spec.podFailurePolicy', { rules: [{ action: 'Count', onExitCodes: codes }] }),
    fixed('spec.backoffLimitPerIndex', 2, cells),
    fixed('spec.managedBy', 'example.com/x'),
    fixed('spec.successPolicy', { rules: [{ succeededCount: 1 }] }, cells),
    fixed(at, put({ [`${at}.spec.nodeSelector`]: { a: 'b' } })),
    fixed(at, put({ [`${at}.metadata.annotations`]: { a: 'b' } })),
    movable('spec.nodeSelector', { a: 'b' }),
    movable('spec.tolerations', [{ key: 'a', operator: 'Exists' }]),
    movable('spec.schedulingGates', [{ name: 'a' }]),
    movable('spec.affinity', { nodeAffinity: { [nodes.required]: term } }),
    movable('metadata.annotations', { a: 'b' }),
    movable('metadata.labels.a', 'b'),
    movable('spec.containers[0].resources', { requests: { cpu: '1' } }),
    rule(
      at,
      invalid,
      words.immutable,
      nothing,
      put({
        [`${at}.spec.affinity`]: { podAffinity: { [nodes.required]: [{ topologyKey: 'a', labelSelector: {} }] } },
      }),
      waits,
    ),
    rule(at, invalid, words.immutable, nothing, put({ [`${at}.spec.containers[0].image`]: 'j' }), waits),
  ],
}

export const batchTables: Table[] = [creates, updates, ...cronJobTables]
