import { expect, test } from 'vitest'
import { fakeContext } from '../../../../test/support/fake-objects.ts'
import type { TokenRequest } from '../../../api/authentication/v1/index.ts'
import { Pods, ServiceAccounts } from '../../../api/core/v1/index.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import { definitions, type ResourceOptions } from '../index.ts'

const options: ResourceOptions = {
  authenticate: async (token) => (token === 'good' ? { user: { name: 'bob', groups: ['dev'] } } : undefined),
  authorize: async (user, { resource, path }) =>
    user.name === 'alice' && (resource?.verb === 'get' || path === '/version')
      ? { allowed: true, reason: 'she may' }
      : { allowed: false },
  issueToken: async (request) => ({ ...request, status: { token: 't', expirationTimestamp: '2026-01-01T01:00:00Z' } }),
}

function ask(kind: string, object: object, from = options) {
  const definition = definitions(from).find(({ type }) => type.kind === kind)
  return definition?.answer?.(object as KubeObject, fakeContext().context)
}

test.each<[string, object, object]>([
  ['TokenReview', { spec: { token: 'good' } }, { authenticated: true, user: { username: 'bob', groups: ['dev'] } }],
  ['TokenReview', { spec: { token: 'bad' } }, { user: {} }],
  ['SelfSubjectReview', {}, { userInfo: { username: 'alice' } }],
  [
    'SelfSubjectAccessReview',
    { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    { allowed: true, reason: 'she may' },
  ],
  [
    'SelfSubjectAccessReview',
    { spec: { resourceAttributes: { verb: 'delete', resource: 'pods' } } },
    { allowed: false },
  ],
  [
    'SelfSubjectAccessReview',
    { spec: { nonResourceAttributes: { verb: 'get', path: '/version' } } },
    { allowed: true },
  ],
  ['SubjectAccessReview', { spec: { user: 'bob', resourceAttributes: { verb: 'get' } } }, { allowed: false }],
])('%s %j', async (kind, object, status) => {
  expect(await ask(kind, object)).toMatchObject({ status })
})

test('questions that make no sense are refused', async () => {
  await expect(ask('SelfSubjectAccessReview', { spec: {} })).rejects.toThrow('exactly one of')
  await expect(ask('SubjectAccessReview', { spec: { resourceAttributes: {} } })).rejects.toThrow(
    'at least one of user or group',
  )
  await expect(ask('TokenReview', { spec: { token: '' } })).rejects.toThrow('token is required')
  await expect(ask('TokenReview', { spec: { token: 'x' } }, {})).rejects.toThrow('this server has no authenticator')
})

const account = { metadata: { name: 'bot', namespace: 'shop' } }
const pod = (serviceAccountName: string) => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { serviceAccountName },
})

async function token(spec: object, podAccount = 'bot') {
  const fake = fakeContext([ServiceAccounts, account], [Pods, pod(podAccount) as KubeObject])
  const definition = definitions(options).find(({ type }) => type === (ServiceAccounts as unknown))
  const action = definition?.actions?.token
  return (await action?.run(account as Stored<KubeObject>, { spec } as KubeObject, fake.context)) as TokenRequest
}

test('tokens are issued for an hour, bound to objects that are there', async () => {
  expect(await token({ audiences: ['a'] })).toMatchObject({ spec: { expirationSeconds: 3600 }, status: { token: 't' } })
  const bound = await token({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web' } })
  expect(bound.spec?.boundObjectRef?.uid).toBe('uid-web')
  await expect(token({ expirationSeconds: 60 })).rejects.toThrow('may not specify a duration less than 10 minutes')
  await expect(token({ boundObjectRef: { kind: 'Pod', name: 'gone' } })).rejects.toThrow('pods "gone" not found')
  await expect(token({ boundObjectRef: { kind: 'Pod', name: 'web', uid: 'other' } })).rejects.toThrow(
    'the UID in the bound object reference',
  )
  await expect(token({ boundObjectRef: { kind: 'Pod', name: 'web' } }, 'other')).rejects.toThrow(
    'different serviceaccount name',
  )
})
