import { describe, expect, test } from 'vitest'
import { type AuditAttributes, policyEvaluator } from './match.ts'
import { type PolicyRule, readPolicy } from './policy.ts'

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'

describe('a policy file', () => {
  test('is read', () => {
    const policy = readPolicy(`${head}omitStages: [RequestReceived]
rules:
- level: None
  nonResourceURLs: ["/healthz*", /version]
- level: RequestResponse
  resources: [{group: "", resources: [secrets], resourceNames: [a]}]
  omitManagedFields: false
`)
    expect(policy.rules).toHaveLength(2)
    expect(policy.rules?.[1]).toMatchObject({ omitManagedFields: false })
  })

  test.each<[string, string]>([
    ['rules: []', 'loaded illegal policy with 0 rules'],
    ['rules: [{level: All}]', 'rules[0].level: Unsupported value: "All"'],
    ['rules: [{verbs: [get]}]', 'rules[0].level: Required value'],
    ['rules: [{level: None, omitStages: [Late]}]', 'rules[0].omitStages[0]: Unsupported value: "Late"'],
    ['omitStages: [Late]\nrules: [{level: None}]', 'omitStages[0]: Unsupported value: "Late"'],
    ['rules: [{level: None, nonResourceURLs: [healthz]}]', "must begin with a '/' character"],
    ['rules: [{level: None, nonResourceURLs: ["/a*b"]}]', "wildcards '*' must be the final character"],
    ['rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]', 'cannot apply to both regular resources'],
    ['rules: [{level: None, resources: [{resourceNames: [a]}]}]', 'using resourceNames requires at least one resource'],
    ['rules: [{level: None, verb: [get]}]', 'unknown field "rules[0].verb"'],
  ])('%j is refused', (text, why) => {
    expect(() => readPolicy(head + text)).toThrow(why)
  })
})

const pods: AuditAttributes = {
  verb: 'get',
  path: '/api/v1/namespaces/x/pods/web/log',
  object: { group: '', version: 'v1', resource: 'pods', subresource: 'log', namespace: 'x', name: 'web' },
}
const nodes: AuditAttributes = {
  verb: 'list',
  path: '/api/v1/nodes',
  object: { group: '', version: 'v1', resource: 'nodes' },
}
const version: AuditAttributes = { verb: 'get', path: '/version' }
const user = { name: 'ann', groups: ['dev', 'system:authenticated'] }

test.each<[Partial<PolicyRule>, AuditAttributes, boolean]>([
  [{}, pods, true],
  [{ users: ['ann'] }, pods, true],
  [{ users: ['bob'] }, pods, false],
  [{ userGroups: ['ops', 'dev'] }, pods, true],
  [{ userGroups: ['ops'] }, pods, false],
  [{ verbs: ['get'] }, pods, true],
  [{ verbs: ['*'] }, pods, true],
  [{ verbs: ['list'] }, pods, false],
  [{ namespaces: ['x'] }, pods, true],
  [{ namespaces: ['y'] }, pods, false],
  [{ namespaces: [''] }, nodes, true],
  [{ namespaces: ['x'] }, nodes, false],
  [{ namespaces: [''] }, version, false],
  [{ resources: [{ group: '' }] }, pods, true],
  [{ resources: [{ group: 'apps' }] }, pods, false],
  [{ resources: [{ resources: ['pods'] }] }, pods, false],
  [{ resources: [{ resources: ['pods/log'] }] }, pods, true],
  [{ resources: [{ resources: ['pods/*'] }] }, pods, true],
  [{ resources: [{ resources: ['*/log'] }] }, pods, true],
  [{ resources: [{ resources: ['*'] }] }, pods, true],
  [{ resources: [{ resources: ['*/scale'] }] }, pods, false],
  [{ resources: [{ resources: ['pods/log'], resourceNames: ['web'] }] }, pods, true],
  [{ resources: [{ resources: ['pods/log'], resourceNames: ['db'] }] }, pods, false],
  [{ resources: [{ group: '' }] }, version, false],
  [{ nonResourceURLs: ['/version'] }, version, true],
  [{ nonResourceURLs: ['/ver*'] }, version, true],
  [{ nonResourceURLs: ['*'] }, version, true],
  [{ nonResourceURLs: ['/versio'] }, version, false],
  [{ nonResourceURLs: ['*'] }, pods, false],
])('the rule %j and the request %j: %s', (rule, attributes, matched) => {
  const evaluate = policyEvaluator({ rules: [{ level: 'Metadata', ...rule }] })
  expect(evaluate(user, attributes).level).toBe(matched ? 'Metadata' : 'None')
})

test('the first rule decides, and adds its omitted stages to those of the policy', () => {
  const evaluate = policyEvaluator({
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'Request', users: ['ann'], omitStages: ['Panic'], omitManagedFields: false },
      { level: 'Metadata' },
    ],
  })
  expect(evaluate(user, pods)).toEqual({
    level: 'Request',
    omitStages: new Set(['RequestReceived', 'Panic']),
    omitManagedFields: false,
  })
  expect(evaluate({ ...user, name: 'bob' }, pods)).toMatchObject({ level: 'Metadata', omitManagedFields: true })
})
