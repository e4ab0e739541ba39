import { notNegative } from '../apps/shared.ts'
import {
  absent,
  duplicate,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  tooLong,
  tooMany,
  words,
} from '../rule.ts'

const podSpec = { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' }
export const job = { template: { spec: podSpec } }
const indexed = (fields: object) => put({ completionMode: 'Indexed', completions: 5, parallelism: 1, ...fields })
const perIndex = (fields: object) => indexed({ backoffLimitPerIndex: 1, ...fields })
const needsIndexes = 'requires indexed completion mode'
const many = 'when completions are above 100000 and used with backoff limit per index'

export const codes = { operator: 'In', values: [1] }
const failurePolicy = (...rules: object[]) => put({ podFailurePolicy: { rules } })
const onCodes = (fields: object) => failurePolicy({ action: 'Count', onExitCodes: { ...codes, ...fields } })
const onCondition = (fields: object) =>
  failurePolicy({ action: 'Count', onPodConditions: [{ type: 'a', status: 'True', ...fields }] })
const first = 'podFailurePolicy.rules[0]'
const conditions = (count: number) =>
  failurePolicy({ action: 'Count', onPodConditions: Array(count).fill({ type: 'a', status: 'True' }) })
const values = (count: number) => onCodes({ values: Array.from({ length: count }, (_, i) => i + 1) })
const successPolicy = (...rules: object[]) => indexed({ successPolicy: { rules } })
const successful = 'successPolicy.rules[0]'
const indexes = (text: string) => successPolicy({ succeededIndexes: text })
const parse = (message: string, accept: string, refuse: string) =>
  rule(
    `${successful}.succeededIndexes`,
    invalid,
    `error parsing succeededIndexes: ${message}`,
    indexes(accept),
    indexes(refuse),
  )

/** Rules of the spec of a Job. */
export const specRules: Rule[] = [
  ...['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'].map((name) =>
    notNegative(name),
  ),
  ...['backoffLimitPerIndex', 'maxFailedIndexes'].map((name) =>
    rule(name, invalid, words.negative, perIndex({ [name]: 0 }), perIndex({ [name]: -1 })),
  ),
  rule(
    'backoffLimitPerIndex',
    required,
    'when maxFailedIndexes is specified',
    perIndex({ maxFailedIndexes: 1 }),
    indexed({ maxFailedIndexes: 1 }),
  ),
  rule('managedBy', invalid, 'must be a domain-prefixed path (such as "acme.io/foo")', 'example.com/x', 'x'),
  rule('managedBy', invalid, words.subdomain, 'example.com/x', 'example_com/x'),
  rule('managedBy', tooLong, '63', `example.com/${'x'.repeat(51)}`, `example.com/${'x'.repeat(52)}`),
  rule(
    'completionMode',
    notSupported,
    '"Sometimes": supported values: "NonIndexed", "Indexed"',
    'NonIndexed',
    'Sometimes',
  ),
  rule('completions', required, 'when completion mode is Indexed', indexed({}), indexed({ completions: undefined })),
  rule(
    'parallelism',
    invalid,
    'must be less than or equal to 100000 when completion mode is Indexed',
    indexed({ parallelism: 100_000 }),
    indexed({ parallelism: 100_001 }),
  ),
  rule(
    'maxFailedIndexes',
    invalid,
    'must be less than or equal to completions',
    perIndex({ maxFailedIndexes: 5 }),
    perIndex({ maxFailedIndexes: 6 }),
  ),
  rule(
    'maxFailedIndexes',
    invalid,
    'must be less than or equal to 100000',
    perIndex({ completions: 100_000, maxFailedIndexes: 100_000 }),
    perIndex({ completions: 100_001, maxFailedIndexes: 100_001 }),
  ),
  rule(
    'maxFailedIndexes',
    required,
    'must be specified when completions is above 100000',
    perIndex({ completions: 100_000 }),
    perIndex({ completions: 100_001 }),
  ),
  rule(
    'parallelism',
    invalid,
    `must be less than or equal to 10000 ${many}`,
    perIndex({ completions: 100_001, maxFailedIndexes: 1, parallelism: 10_000 }),
    perIndex({ completions: 100_001, maxFailedIndexes: 1, parallelism: 10_001 }),
  ),
  rule(
    'maxFailedIndexes',
    invalid,
    `must be less than or equal to 10000 ${many}`,
    perIndex({ completions: 100_001, maxFailedIndexes: 10_000 }),
    perIndex({ completions: 100_001, maxFailedIndexes: 10_001 }),
  ),
  rule('backoffLimitPerIndex', invalid, needsIndexes, perIndex({}), 1),
  rule('maxFailedIndexes', invalid, needsIndexes, perIndex({ maxFailedIndexes: 1 }), 1),
  rule('successPolicy', invalid, needsIndexes, indexes('0'), { rules: [{ succeededCount: 1 }] }),

  rule(
    'podFailurePolicy.rules',
    tooMany,
    '20',
    failurePolicy(...Array(20).fill({ action: 'Count', onExitCodes: codes })),
    failurePolicy(...Array(21).fill({ action: 'Count', onExitCodes: codes })),
  ),
  rule(
    `${first}.action`,
    required,
    'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
    onCodes({}),
    failurePolicy({ onExitCodes: codes }),
  ),
  rule(
    `${first}.action`,
    notSupported,
    'supported values: "Count", "FailIndex", "FailJob", "Ignore"',
    failurePolicy({ action: 'Ignore', onExitCodes: codes }),
    failurePolicy({ action: 'Sometimes', onExitCodes: codes }),
  ),
  rule(
    `${first}.action`,
    invalid,
    'requires the backoffLimitPerIndex to be set',
    perIndex({ podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: codes }] } }),
    failurePolicy({ action: 'FailIndex', onExitCodes: codes }),
  ),
  rule(
    first,
    invalid,
    'specifying both OnExitCodes and OnPodConditions is not supported',
    onCodes({}),
    failurePolicy({ action: 'Count', onExitCodes: codes, onPodConditions: [{ type: 'a', status: 'True' }] }),
  ),
  rule(
    first,
    invalid,
    'specifying one of OnExitCodes and OnPodConditions is required',
    onCondition({}),
    failurePolicy({ action: 'Count' }),
  ),
  rule(`${first}.onPodConditions`, tooMany, '20', conditions(20), conditions(21)),
  rule(
    `${first}.onPodConditions[0].type`,
    invalid,
    words.qualified,
    onCondition({ type: 'example.com/a' }),
    onCondition({ type: 'a b' }),
  ),
  rule(
    `${first}.onPodConditions[0].status`,
    notSupported,
    'supported values: "False", "True", "Unknown"',
    onCondition({ status: 'Unknown' }),
    onCondition({ status: 'Sometimes' }),
  ),
  rule(
    `${first}.onExitCodes.operator`,
    required,
    'valid values: ["In" "NotIn"]',
    onCodes({}),
    onCodes({ operator: '' }),
  ),
  rule(
    `${first}.onExitCodes.operator`,
    notSupported,
    'supported values: "In", "NotIn"',
    onCodes({ operator: 'NotIn' }),
    onCodes({ operator: 'Near' }),
  ),
  rule(
    `${first}.onExitCodes.containerName`,
    invalid,
    'must be one of the container or initContainer names in the pod template',
    onCodes({ containerName: 'c' }),
    onCodes({ containerName: 'd' }),
  ),
  rule(`${first}.onExitCodes.values`, invalid, 'at least one value is required', onCodes({}), onCodes({ values: [] })),
  rule(`${first}.onExitCodes.values`, tooMany, '255', values(255), values(256)),
  rule(
    `${first}.onExitCodes.values[0]`,
    invalid,
    'must not be 0 for the In operator',
    onCodes({ operator: 'NotIn', values: [0] }),
    onCodes({ values: [0] }),
  ),
  rule(`${first}.onExitCodes.values[1]`, duplicate, '1', onCodes({ values: [1, 2] }), onCodes({ values: [1, 1] })),
  rule(
    `${first}.onExitCodes.values`,
    invalid,
    'must be ordered',
    onCodes({ values: [1, 2] }),
    onCodes({ values: [2, 1] }),
  ),

  rule(
    'successPolicy.rules',
    required,
    'at least one rules must be specified when the successPolicy is specified',
    indexes('0'),
    successPolicy(),
  ),
  rule(
    'successPolicy.rules',
    tooMany,
    '20',
    successPolicy(...Array(20).fill({ succeededCount: 1 })),
    successPolicy(...Array(21).fill({ succeededCount: 1 })),
  ),
  rule(
    successful,
    required,
    'at least one of succeededCount or succeededIndexes must be specified',
    successPolicy({ succeededCount: 1 }),
    successPolicy({}),
  ),
  parse('cannot convert string to integer for index: "x"', '0-2,4', 'x'),
  parse('too large index: "5"', '4', '5'),
  parse('too large index: "5"', '3-4', '3-5'),
  parse('non-increasing order, previous: 2, current: 1', '1-2', '2-1'),
  parse('non-increasing order, previous: 2, current: 2', '1-2,3', '1-2,2'),
  parse(
    `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    '1-2',
    '1-2-3',
  ),
  rule(`${successful}.succeededIndexes`, tooLong, '65536', indexes('0'), indexes(Array(32_769).fill('0').join(','))),
  rule(
    `${successful}.succeededCount`,
    invalid,
    words.negative,
    successPolicy({ succeededCount: 0 }),
    successPolicy({ succeededCount: -1 }),
  ),
  rule(
    `${successful}.succeededCount`,
    invalid,
    'must be less than or equal to 5 (the number of specified completions)',
    successPolicy({ succeededCount: 5 }),
    successPolicy({ succeededCount: 6 }),
  ),
  rule(
    `${successful}.succeededCount`,
    invalid,
    'must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
    successPolicy({ succeededIndexes: '0-1', succeededCount: 2 }),
    successPolicy({ succeededIndexes: '0-1', succeededCount: 3 }),
  ),

  rule(
    'podReplacementPolicy',
    notSupported,
    '"TerminatingOrFailed": supported values: "Failed"',
    put({ podFailurePolicy: { rules: [{ action: 'Count', onExitCodes: codes }] }, podReplacementPolicy: 'Failed' }),
    put({
      podFailurePolicy: { rules: [{ action: 'Count', onExitCodes: codes }] },
      podReplacementPolicy: 'TerminatingOrFailed',
    }),
  ),
  rule(
    'podReplacementPolicy',
    notSupported,
    'supported values: "Failed", "TerminatingOrFailed"',
    'TerminatingOrFailed',
    'Sometimes',
  ),
  rule('template.spec.containers', required, '', podSpec.containers, []),
  rule('template.spec.restartPolicy', required, 'valid values: "OnFailure", "Never"', 'OnFailure', absent),
  rule('template.spec.restartPolicy', required, 'valid values: "OnFailure", "Never"', 'OnFailure', 'Always'),
  rule('template.spec.restartPolicy', notSupported, 'supported values: "OnFailure", "Never"', 'Never', 'Sometimes'),
  rule(
    'template.spec.restartPolicy',
    invalid,
    'only "Never" is supported when podFailurePolicy is specified',
    onCodes({}),
    put({
      podFailurePolicy: { rules: [{ action: 'Count', onExitCodes: codes }] },
      'template.spec.restartPolicy': 'OnFailure',
    }),
  ),
]
