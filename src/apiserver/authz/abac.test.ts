import { expect, test } from 'vitest'
import { authorizedServer } from '../../../test/support/authorized-server.ts'
import { Pods } from '../../api/core/v1/index.ts'
import { abacAuthorizer } from './abac.ts'

const line = (spec: object) =>
  JSON.stringify({ apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy', spec })
/** The examples of 'ABAC Mode'. */
const policies = [
  '# who may what',
  '',
  line({ user: 'alice', namespace: '*', resource: '*', apiGroup: '*' }),
  line({ user: 'kubelet', namespace: '*', resource: 'pods', readonly: true }),
  line({ user: 'bob', namespace: 'projectCaribou', resource: 'pods', readonly: true }),
  line({ group: 'system:authenticated', readonly: true, nonResourcePath: '*' }),
  line({ group: 'ops', nonResourcePath: '/metrics' }),
  JSON.stringify({ user: 'old', readonly: true }),
  JSON.stringify({ namespace: 'commons', resource: 'pods' }),
].join('\n')

const authorizer = abacAuthorizer(policies)
const pods = (user: string, verb: string, namespace: string, group = '') => ({
  user: { name: user, groups: ['system:authenticated'] },
  verb,
  group,
  resource: 'pods',
  namespace,
})
const path = (verb: string, path: string, groups: string[]) => ({ user: { name: 'x', groups }, verb, path })

test.each([
  [pods('alice', 'delete', 'x', 'apps'), true],
  [pods('kubelet', 'watch', 'x'), true],
  [pods('kubelet', 'create', 'x'), false],
  [pods('bob', 'get', 'projectCaribou'), true],
  [pods('bob', 'get', 'x'), false],
  [pods('old', 'get', 'x', 'apps'), true],
  [pods('old', 'create', 'x', 'apps'), false],
  [pods('anybody', 'create', 'commons'), true],
  [path('get', '/version', ['system:authenticated']), true],
  [path('post', '/version', ['system:authenticated']), false],
  [path('get', '/version', ['system:unauthenticated']), false],
  [path('post', '/metrics', ['ops']), true],
])('%j: %s', (attributes, allowed) => {
  expect(authorizer.authorize(attributes)).toEqual(allowed ? { allowed } : { allowed, reason: 'No policy matched.' })
})

test('rights are listed', () => {
  expect(authorizer.rulesFor({ name: 'bob', groups: [] }, 'projectCaribou')).toEqual({
    resourceRules: [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] }],
    nonResourceRules: [],
    incomplete: false,
  })
})

test.each([
  ['{', 'line 2 is no JSON'],
  ['{"apiVersion":"v9","kind":"Policy"}', 'line 2 has to hold a Policy of abac'],
  ['{"user":7}', 'line 2: user has a wrong type'],
])('%s is refused', (text, problem) => {
  expect(() => abacAuthorizer(`# first\n${text}`)).toThrow(problem)
})

test('a server answers by it', async () => {
  await using world = await authorizedServer({ authorization: [{ abac: policies }] })
  await world.as('alice').list(Pods)
  await expect(world.as('bob').list(Pods)).rejects.toMatchObject({
    code: 403,
    message: expect.stringMatching(/: No policy matched\.$/),
  })
})
