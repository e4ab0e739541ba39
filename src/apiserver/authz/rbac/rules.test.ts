import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AccessAttributes } from '../../../api/access.ts'
import type { PolicyRule } from '../../../api/rbac/v1/index.ts'
import { ruleOf } from '../policy/notation.ts'
import { joinVerbs, missingRules, ruleAllows, ruleText } from './rules.ts'

const user = { name: 'jane', groups: [] }

test.each<[string, Partial<AccessAttributes>, boolean]>([
  ['get: pods', { verb: 'get', resource: 'pods' }, true],
  ['get: pods', { verb: 'list', resource: 'pods' }, false],
  ['get: pods', { verb: 'get', group: 'apps', resource: 'pods' }, false],
  ['*: * @ *', { verb: 'escalate', group: 'rbac.authorization.k8s.io', resource: 'roles' }, true],
  ['*: * @ *', { verb: 'get', path: '/metrics' }, false],
  ['get: pods', { verb: 'get', resource: 'pods', subresource: 'log' }, false],
  ['get: pods/log', { verb: 'get', resource: 'pods', subresource: 'log' }, true],
  ['get: */log', { verb: 'get', resource: 'pods', subresource: 'log' }, true],
  ['get: */log', { verb: 'get', resource: 'pods' }, false],
  ['get: */scale @ *', { verb: 'get', group: 'example.com', resource: 'webs', subresource: 'scale' }, true],
  ['get: secrets # a b', { verb: 'get', resource: 'secrets', name: 'b' }, true],
  ['get: secrets # a b', { verb: 'get', resource: 'secrets', name: 'c' }, false],
  ['create: secrets # a', { verb: 'create', resource: 'secrets' }, false],
  ['get: /healthz/*', { verb: 'get', path: '/healthz/etcd' }, true],
  ['get: /healthz/*', { verb: 'get', path: '/healthz' }, false],
  ['get: /healthz', { verb: 'post', path: '/healthz' }, false],
  ['*: *', { verb: 'delete', path: '/anything/at/all' }, true],
  ['*: *', { verb: 'get', resource: 'pods' }, false],
])('%s: %j %s', (line, attributes, allowed) => {
  expect(ruleAllows(ruleOf(line), { user, verb: '', ...attributes })).toBe(allowed)
})

test.each<[string, string[], string[]]>([
  ['nothing is missing', ['read: pods secrets'], ['get list: pods']],
  ['a wildcard covers all', ['*: * @ *'], ['bind escalate: roles @ rbac.authorization.k8s.io']],
  ['several rules together cover one', ['get: pods', 'list: pods'], ['get list: pods']],
  ['names cover names', ['get: secrets # a b'], ['get: secrets # a']],
  ['a prefix covers a longer one', ['get: /api/*'], ['get: /api/v1/*']],
])('%s', (_, held, wanted) => {
  expect(missingRules(held.map(ruleOf), wanted.map(ruleOf))).toEqual([])
})

test('what is missing is said with one rule for each resource', () => {
  const held = ['get: pods', 'get: secrets # a'].map(ruleOf)
  const wanted = ['get list watch: pods', 'get: secrets', 'get: /metrics', 'list: pods @ metrics.k8s.io'].map(ruleOf)
  expect(joinVerbs(missingRules(held, wanted)).map(ruleText)).toEqual([
    '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}',
    '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
    '{APIGroups:["metrics.k8s.io"], Resources:["pods"], Verbs:["list"]}',
  ])
})

const some = (...values: string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
const rule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some('get', 'list', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', '*/log', '*', 'secrets'),
    resourceNames: fc.subarray(['a', 'b']),
  }),
  fc.record({ verbs: some('get', '*'), nonResourceURLs: some('/a', '/a/*', '*', '/b') }),
)
const access = fc.oneof(
  fc.record({
    verb: fc.constantFrom('get', 'list', 'watch'),
    group: fc.constantFrom('', 'apps', 'batch'),
    resource: fc.constantFrom('pods', 'secrets', 'nodes'),
    subresource: fc.constantFrom(undefined, 'log'),
    name: fc.constantFrom(undefined, 'a', 'b', 'c'),
  }),
  fc.record({ verb: fc.constantFrom('get', 'post'), path: fc.constantFrom('/a', '/a/x', '/b', '/c') }),
)

test('who holds a rule may do whatever a rule without missing parts allows', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), rule, access, (held, wanted, asked) => {
      if (missingRules(held, [wanted]).length > 0) return
      const attributes = { user, ...asked } as AccessAttributes
      if (ruleAllows(wanted, attributes)) expect(held.some((own) => ruleAllows(own, attributes))).toBe(true)
    }),
    { numRuns: 5000 },
  )
})
