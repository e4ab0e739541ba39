import { describe, expect, test } from 'vitest'
import { type Classified, Classifier, matcherOf } from './classify.ts'
import { mandatory, suggested } from './defaults.ts'

const schemas = [...mandatory.schemas, ...suggested.schemas]
const classifier = new Classifier(schemas.map((schema) => matcherOf(schema, schema.metadata.name)))

const all = 'system:authenticated'
const user = (name: string, ...groups: string[]) => ({ name, groups: [...groups, all] })
const account = (namespace: string, name: string) =>
  user(`system:serviceaccount:${namespace}:${name}`, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`)
const on = (
  verb: string,
  resource: string,
  group = '',
  namespace = 'default',
  subresource = '',
): Omit<Classified, 'user'> => ({
  verb,
  path: '/',
  group,
  resource,
  ...(namespace && { namespace }),
  ...(subresource && { subresource }),
})
const leases = 'coordination.k8s.io'

describe('the default schemas put', () => {
  const node = user('system:node:a', 'system:nodes')
  const manager = user('system:kube-controller-manager')
  test.each<[string, Classified['user'], Omit<Classified, 'user'>, string]>([
    ['administrators', user('root', 'system:masters'), on('delete', 'pods'), 'exempt'],
    [
      'probes',
      { name: 'system:anonymous', groups: ['system:unauthenticated'] },
      { verb: 'get', path: '/readyz' },
      'probes',
    ],
    ['a single check', user('jane'), { verb: 'get', path: '/readyz/etcd' }, 'global-default'],
    ['a node and its lease', node, on('update', 'leases', leases, 'kube-node-lease'), 'system-node-high'],
    ['a node and its status', node, on('patch', 'nodes', '', '', 'status'), 'system-node-high'],
    ['a node and its pods', node, on('list', 'pods', '', ''), 'system-nodes'],
    ['elections', manager, on('update', 'leases', leases, 'kube-system'), 'system-leader-election'],
    ['watches of leases', manager, on('watch', 'leases', leases, ''), 'kube-controller-manager'],
    ['endpoints', manager, on('create', 'endpoints'), 'endpoint-controller'],
    ['the scheduler', user('system:kube-scheduler'), on('create', 'pods', '', 'x', 'binding'), 'kube-scheduler'],
    ['a system account', account('kube-system', 'dns'), on('list', 'services', '', ''), 'kube-system-service-accounts'],
    ['an account', account('x', 'operator'), on('list', 'pods'), 'service-accounts'],
    ['people', user('jane'), on('list', 'pods'), 'global-default'],
    ['unknown groups', { name: 'x', groups: [] }, on('list', 'pods'), 'none'],
  ])('%s in their place', (_, who, request, schema) => {
    expect(classifier.classify({ user: who, ...request }) ?? 'none').toBe(schema)
  })
})

test('of equal precedence, the first name wins', () => {
  const rule = {
    subjects: [{ kind: 'User', user: { name: '*' } }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/a/*'] }],
  }
  const both = new Classifier([
    { precedence: 5, name: 'b', rules: [rule], target: 'b' },
    { precedence: 5, name: 'a', rules: [rule], target: 'a' },
  ])
  expect(both.classify({ user: user('x'), verb: 'get', path: '/a/b' })).toBe('a')
  expect(both.classify({ user: user('x'), verb: 'get', path: '/a' })).toBeUndefined()
})

test('a rule without clusterScope is about namespaces only', () => {
  const rule = {
    subjects: [{ kind: 'Group', group: { name: all } }],
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['pods'], namespaces: ['a'] }],
  }
  const one = new Classifier([{ precedence: 1, name: 'x', rules: [rule], target: true }])
  expect(one.classify({ user: user('x'), ...on('get', 'pods', '', 'a') })).toBe(true)
  expect(one.classify({ user: user('x'), ...on('get', 'pods', '', 'b') })).toBeUndefined()
  expect(one.classify({ user: user('x'), ...on('list', 'pods', '', '') })).toBeUndefined()
  expect(one.classify({ user: user('x'), ...on('get', 'pods', '', 'a', 'log') })).toBeUndefined()
})
