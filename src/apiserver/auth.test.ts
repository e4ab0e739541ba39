import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../test/support/test-client.ts'

let server: TestServer
let admin: TestClient
const clients: TestClient[] = []
beforeAll(async () => {
  server = await startTestServer()
  admin = testClient(server, server.admin)
})
afterAll(async () => {
  for (const client of [admin, ...clients]) client.close()
  await server.close()
})

async function as(user?: string, groups: string[] = []): Promise<TestClient> {
  const client = testClient(server, user === undefined ? undefined : await server.client(user, groups))
  clients.push(client)
  return client
}

function withToken(token: string): TestClient {
  const client = testClient(server, undefined, token)
  clients.push(client)
  return client
}

test('an anonymous user sees only the health of the server', async () => {
  const nobody = await as()
  for (const path of ['/livez', '/readyz', '/healthz', '/version']) expect((await nobody.send(path)).status).toBe(200)
  for (const path of ['/api', '/apis', '/metrics', '/api/v1/pods', '/nothing'])
    expect(await nobody.send(path)).toMatchObject({ status: 403, body: { kind: 'Status', reason: 'Forbidden' } })
  expect((await nobody.send('/api/v1/pods')).body.message).toBe(
    'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
  )
  expect(await withToken('rubbish').send('/readyz')).toMatchObject({
    status: 401,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    },
  })
})

test('refuses a user without rights in words that clients know', async () => {
  const jane = await as('jane')
  expect(await jane.send('/api/v1/pods')).toMatchObject({
    status: 403,
    body: {
      reason: 'Forbidden',
      message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" at the cluster scope',
    },
  })
  expect((await jane.send('/apis/apps/v1/namespaces/x/deployments/web')).body.message).toBe(
    'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "x"',
  )
  expect((await jane.send('/metrics')).body.message).toBe('forbidden: User "jane" cannot get path "/metrics"')
  expect((await jane.send('/apis')).status).toBe(200)
  const watch = jane.watch('/api/v1/pods?watch=1')
  expect(await watch.status).toBe(403)
})

test('components may work', async () => {
  expect((await (await as('system:kube-scheduler')).send('/api/v1/pods')).status).toBe(200)
  const node = await as('system:node:n1', ['system:nodes'])
  expect((await node.send('/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')).status).toBe(200)
  expect((await node.send('/api/v1/pods')).body.message).toBe(
    'pods is forbidden: User "system:node:n1" cannot list resource "pods" in API group "" at the cluster scope: ' +
      'can only list/watch pods with spec.nodeName field selector',
  )
  expect((await (await as('system:node:n1')).send('/api/v1/pods')).status).toBe(403)
})

test('users can ask for their own permissions', async () => {
  const jane = await as('jane')
  const review = (client: TestClient) =>
    client.send('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      method: 'POST',
      body: { spec: { resourceAttributes: { verb: 'list', resource: 'pods' } } },
    })
  expect((await review(jane)).body.status.allowed).toBe(false)
  expect((await review(admin)).body.status.allowed).toBe(true)
  const self = await jane.send('/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body: {} })
  expect(self.body.status.userInfo).toMatchObject({ username: 'jane', groups: ['system:authenticated'] })
})

test('administrators may act as others', async () => {
  const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'devs' }
  const self = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
  const asked = await admin.send(self, { method: 'POST', body: {}, headers })
  expect(asked.body.status.userInfo).toMatchObject({ username: 'jane', groups: ['devs', 'system:authenticated'] })
  expect((await admin.send('/api/v1/pods', { headers })).status).toBe(403)
  const jane = await as('jane')
  expect((await jane.send('/api', { headers: { 'impersonate-user': 'admin' } })).body.message).toBe(
    'users "admin" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
  )
  expect((await admin.send('/api', { headers: { 'impersonate-group': 'x' } })).status).toBe(400)
})

test('the server accepts a ServiceAccount’s token until the bound object is gone', async () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  const secrets = '/api/v1/namespaces/default/secrets'
  await admin.send(accounts, { method: 'POST', body: { metadata: { name: 'bot' } } })
  await admin.send(secrets, { method: 'POST', body: { metadata: { name: 'anchor' } } })
  const issue = async (spec: unknown) =>
    (await admin.send(`${accounts}/bot/token`, { method: 'POST', body: { spec } })).body
  const free = await issue({})
  const bound = await issue({ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'anchor' } })
  const elsewhere = await issue({ audiences: ['elsewhere'] })
  expect(free.status.expirationTimestamp).toMatch(/Z$/)

  const self = async (token: string) =>
    withToken(token).send('/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body: {} })
  expect((await self(free.status.token)).body.status.userInfo).toMatchObject({
    username: 'system:serviceaccount:default:bot',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
  })
  expect((await self(elsewhere.status.token)).status).toBe(401)
  expect((await self(`${free.status.token}x`)).status).toBe(401)
  const review = await admin.send('/apis/authentication.k8s.io/v1/tokenreviews', {
    method: 'POST',
    body: { spec: { token: elsewhere.status.token, audiences: ['elsewhere'] } },
  })
  expect(review.body.status).toMatchObject({ authenticated: true, audiences: ['elsewhere'] })

  expect((await self(bound.status.token)).status).toBe(201)
  await admin.send(`${secrets}/anchor`, { method: 'DELETE' })
  expect((await self(bound.status.token)).status).toBe(401)
  await admin.send(`${accounts}/bot`, { method: 'DELETE' })
  expect((await self(free.status.token)).status).toBe(401)

  expect((await admin.send('/openid/v1/jwks')).body.keys[0]).toMatchObject({ kty: 'EC', use: 'sig' })
  expect((await admin.send('/.well-known/openid-configuration')).body.jwks_uri).toContain('/openid/v1/jwks')
})
