import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'
import type { AuditEvent } from './event.ts'

let server: TestServer
let admin: TestClient
let stores = true
const events: AuditEvent[] = []
const clients: TestClient[] = []

beforeAll(async () => {
  server = await startTestServer({
    auditing: {
      policy: {
        rules: [
          { level: 'None', nonResourceURLs: ['/livez'] },
          { level: 'RequestResponse', resources: [{ group: '', resources: ['configmaps'] }] },
          { level: 'Request', resources: [{ group: '', resources: ['secrets'] }], omitStages: ['RequestReceived'] },
          { level: 'Metadata' },
        ],
      },
      sink: {
        take(event) {
          events.push(event)
          return stores
        },
        close: async () => {},
      },
    },
  })
  admin = testClient(server, server.admin)
})
afterAll(async () => {
  for (const client of [admin, ...clients]) client.close()
  await server.close()
})

const cm = '/api/v1/namespaces/default/configmaps'

/** The events of one request, by its id. */
async function told(path: string, request: Parameters<TestClient['send']>[1] = {}, client = admin) {
  const id = crypto.randomUUID()
  const { headers } = request
  const answer = await client.send(path, { ...request, headers: { ...headers, 'audit-id': id } })
  expect(answer.headers['audit-id']).toBe(id)
  return { answer, events: events.filter(({ auditID }) => auditID === id) }
}

test('a body that is too deep to be written is left out, and its request is told', async () => {
  let deep: unknown = 1
  for (let i = 0; i < 2000; i++) deep = [deep]
  const object = { metadata: { name: 'deep' }, deep }
  const { answer, events } = await told(cm, { method: 'POST', body: object })
  expect(answer.status).toBe(400)
  expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete'])
  expect(events.at(-1)).toMatchObject({ objectRef: { name: 'deep' }, responseStatus: { code: 400 } })
  expect(events.at(-1)).not.toHaveProperty('requestObject')
})

test('a create with bodies: what was received, and the answer', async () => {
  const object = { metadata: { name: 'a' }, data: { k: 'v' } }
  const { answer, events } = await told(`${cm}?fieldManager=me`, {
    method: 'POST',
    body: object,
    headers: { 'user-agent': 'me/1' },
  })
  expect(answer.status).toBe(201)
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  const common = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    requestURI: `${cm}?fieldManager=me`,
    verb: 'create',
    user: {
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=/)] },
    },
    sourceIPs: ['127.0.0.1'],
    userAgent: 'me/1',
    requestReceivedTimestamp: time,
    stageTimestamp: time,
  }
  const objectRef = { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' }
  expect(events).toEqual([
    { ...common, auditID: expect.any(String), stage: 'RequestReceived', objectRef },
    {
      ...common,
      auditID: expect.any(String),
      stage: 'ResponseComplete',
      objectRef: { ...objectRef, name: 'a' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: object,
      responseObject: answer.body,
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': expect.any(String) },
    },
  ])
  expect(Object.keys(events[1] ?? {})).toEqual([
    ...['kind', 'apiVersion', 'level', 'auditID', 'stage', 'requestURI', 'verb', 'user', 'sourceIPs', 'userAgent'],
    ...['objectRef', 'responseStatus', 'requestObject', 'responseObject', 'requestReceivedTimestamp', 'stageTimestamp'],
    'annotations',
  ])
})

test('the level decides about bodies, and omitted stages are not told', async () => {
  const secret = { metadata: { name: 's' }, stringData: { k: 'v' } }
  const made = await told('/api/v1/namespaces/default/secrets', { method: 'POST', body: secret })
  expect(made.events.map(({ stage }) => stage)).toEqual(['ResponseComplete'])
  expect(made.events[0]).toMatchObject({ requestObject: secret })
  expect(made.events[0]).not.toHaveProperty('responseObject')
  const pods = await told('/api/v1/namespaces/default/pods')
  expect(pods.events.map(({ stage, verb, level }) => [stage, verb, level])).toEqual([
    ['RequestReceived', 'list', 'Metadata'],
    ['ResponseComplete', 'list', 'Metadata'],
  ])
  expect((await told('/livez')).events).toEqual([])
  expect((await told('/version')).events[1]).toMatchObject({ verb: 'get', responseStatus: { code: 200 } })
})

test('failures tell their Status; deletes and patches their options and patch', async () => {
  const missing = await told(`${cm}/none`)
  expect(missing.events[1]).toMatchObject({
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'none', apiVersion: 'v1' },
    responseStatus: { status: 'Failure', reason: 'NotFound', message: 'configmaps "none" not found', code: 404 },
    responseObject: { kind: 'Status', code: 404 },
  })
  const patch = { data: { k: 'w' } }
  const headers = { 'content-type': 'application/merge-patch+json' }
  const patched = await told(`${cm}/a`, { method: 'PATCH', body: patch, headers })
  expect(patched.events[1]).toMatchObject({ verb: 'patch', requestObject: patch, responseObject: { data: { k: 'w' } } })
  const options = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }
  const deleted = await told(`${cm}/a`, { method: 'DELETE', body: options })
  expect(deleted.events[1]).toMatchObject({ verb: 'delete', requestObject: options })
})

test('who acts as another is told, and who is refused', async () => {
  const acting = await told(cm, { headers: { 'impersonate-user': 'ann', 'impersonate-group': 'dev' } })
  expect(acting.events[1]).toMatchObject({
    user: { username: 'kubernetes-admin' },
    impersonatedUser: { username: 'ann', groups: ['dev', 'system:authenticated'] },
    responseStatus: { code: 403, reason: 'Forbidden' },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  })
  const stranger = testClient(server, undefined, 'rubbish')
  clients.push(stranger)
  const refused = await told(cm, {}, stranger)
  expect(refused.answer.status).toBe(401)
  expect(refused.events).toMatchObject([
    {
      stage: 'ResponseStarted',
      user: {},
      responseStatus: { message: 'Authentication failed, attempted: bearer', code: 401 },
    },
  ])
})

test('a watch tells its start and its end', async () => {
  const id = crypto.randomUUID()
  const watch = admin.watch(`${cm}?watch=1`, { 'audit-id': id })
  expect(await watch.status).toBe(200)
  const stages = () => events.filter(({ auditID }) => auditID === id).map(({ stage }) => stage)
  expect(stages()).toEqual(['RequestReceived', 'ResponseStarted'])
  watch.stop()
  await expect.poll(stages).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete'])
})

test('a request that wants to take over its connection is told, too', async () => {
  const id = crypto.randomUUID()
  await new Promise<void>((resolve) => {
    const path = '/api/v1/namespaces/default/pods/none/exec?command=sh'
    const asked = request(`${server.url}${path}`, { ca: server.ca, ...server.admin, agent: false })
    for (const [name, value] of Object.entries({ connection: 'Upgrade', upgrade: 'SPDY/3.1', 'audit-id': id }))
      asked.setHeader(name, value)
    asked.on('response', (response) => response.resume().on('end', resolve))
    asked.on('error', () => resolve())
    asked.end()
  })
  const told = () => events.filter(({ auditID }) => auditID === id)
  await expect
    .poll(() => told().map(({ stage }) => stage))
    .toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete'])
  expect(told()[2]).toMatchObject({
    verb: 'get',
    objectRef: { resource: 'pods', name: 'none', subresource: 'exec' },
    responseStatus: { code: 404, reason: 'NotFound' },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  })
})

test('events are counted', async () => {
  const metrics = (await admin.send('/metrics')).text
  expect(metrics).toMatch(/^apiserver_audit_event_total \d+$/m)
  expect(metrics).toMatch(/^apiserver_audit_level_total\{level="None"\} \d+$/m)
})

test('a request whose first event cannot be stored fails, where that is asked for', async () => {
  stores = false
  try {
    const answer = await admin.send(cm)
    expect(answer).toMatchObject({
      status: 500,
      body: { message: 'Internal error occurred: failed to store audit event' },
    })
  } finally {
    stores = true
  }
})
