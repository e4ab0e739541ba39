import { absent, invalid, notSupported, put, type Rule, required, rule, to, words } from '../rule.ts'

/** Rules that workloads share. */

export const labels = { a: 'b' }
export const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } }
export const matching = { matchLabels: labels }

export const notNegative = (path: string, low = 0): Rule => rule(path, invalid, words.negative, low, -1)

/** What a selector and its template must be to each other. @param kind and empty: how messages call the kind */
export const owner = (kind: string, empty: string): Rule[] => [
  rule('spec.selector', invalid, `empty selector is invalid for ${empty}`, matching, {}),
  rule(
    'spec.template.metadata.labels',
    invalid,
    '`selector` does not match template `labels`',
    { a: 'b', c: 'd' },
    { a: 'c' },
  ),
  rule('spec.template.spec.restartPolicy', notSupported, 'supported values: "Always"', 'Always', 'Never'),
  rule(
    'spec.template.spec.activeDeadlineSeconds',
    'FieldValueForbidden',
    `activeDeadlineSeconds in ${kind} is not Supported`,
    absent,
    1,
  ),
]

const requirements = to('spec.selector.matchExpressions')
const requirement = (operator: string, values?: string[], key = 'a') => requirements([{ key, operator, values }])

export const selectors: Rule[] = [
  rule('spec.selector', required, '', matching, absent),
  rule(
    'spec.selector.matchExpressions[0].operator',
    invalid,
    'not a valid selector operator',
    requirement('Exists'),
    requirement('Near'),
  ),
  rule(
    'spec.selector.matchExpressions[0].values',
    required,
    "must be specified when `operator` is 'In' or 'NotIn'",
    requirement('In', ['b']),
    requirement('In'),
  ),
  rule(
    'spec.selector.matchExpressions[0].values',
    'FieldValueForbidden',
    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    requirement('Exists'),
    requirement('Exists', ['b']),
  ),
  rule(
    'spec.selector.matchExpressions[0].key',
    invalid,
    words.qualified,
    requirement('Exists'),
    requirement('Exists', undefined, 'a b'),
  ),
  rule(
    'spec.selector.matchExpressions[0].values[0]',
    invalid,
    'a valid label must be an empty string or consist of',
    requirement('In', ['b']),
    requirement('In', ['a b']),
  ),
]

/** A status whose counts are not negative, and not more than others. */
export const counters = (names: string[], limits: [less: string, more: string, message: string][]): Rule[] => [
  ...names.map((name) => notNegative(`status.${name}`)),
  ...limits.map(([less, more, message]) =>
    rule(
      `status.${less}`,
      invalid,
      message,
      put({ 'status.replicas': 3, 'status.readyReplicas': 3, [`status.${more}`]: 3, [`status.${less}`]: 3 }),
      put({ 'status.replicas': 4, [`status.${more}`]: 3, [`status.${less}`]: 4 }),
    ),
  ),
]

export const collisions: Rule[] = [
  notNegative('status.collisionCount'),
  rule(
    'status.collisionCount',
    invalid,
    'cannot be decremented',
    put({ 'status.collisionCount': 2 }),
    put({ 'status.collisionCount': 1 }),
    put({ 'status.collisionCount': 2 }),
  ),
]
