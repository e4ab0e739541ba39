import type { KubeObject } from '../../../src/api/object.ts'
import { PodDisruptionBudgets } from '../../../src/api/policy/v1/index.ts'
import { conditionRules } from '../conditions.ts'
import { invalid, notSupported, put, type Rule, rule, type Table, words } from '../rule.ts'

const budget = { metadata: { name: 'x' }, spec: { selector: { matchLabels: { a: 'b' } } } } as KubeObject

const rules: Rule[] = [
  rule(
    'spec',
    invalid,
    'minAvailable and maxUnavailable cannot be both set',
    put({ 'spec.minAvailable': 1 }),
    put({ 'spec.minAvailable': 1, 'spec.maxUnavailable': 1 }),
  ),
  ...['spec.minAvailable', 'spec.maxUnavailable'].flatMap((path) => [
    rule(path, invalid, words.negative, 0, -1),
    rule(path, invalid, 'a valid percent string must be a numeric string', '0%', '1.1%'),
    rule(path, invalid, 'must not be greater than 100%', '100%', '101%'),
  ]),
  rule('spec.selector.matchLabels', invalid, words.qualified, {}, { 'a b': 'b' }),
  rule(
    'spec.unhealthyPodEvictionPolicy',
    notSupported,
    'supported values: "AlwaysAllow", "IfHealthyBudget"',
    'AlwaysAllow',
    'Sometimes',
  ),
]

export const policyTables: Table[] = [
  { resource: PodDisruptionBudgets, base: budget, rules },
  { resource: PodDisruptionBudgets, write: 'update', base: budget, rules },
  {
    resource: PodDisruptionBudgets,
    write: 'status',
    base: budget,
    rules: [
      ...['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'].map((name) =>
        rule(`status.${name}`, invalid, words.negative, 0, -1),
      ),
      ...conditionRules,
    ],
  },
]
