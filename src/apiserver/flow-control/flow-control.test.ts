import { afterEach, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer, type TestServerOptions } from '../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'
import { systemClock } from '../../api/clock.ts'
import { isConditionTrue } from '../../api/conditions.ts'
import { FlowSchemas, PriorityLevelConfigurations } from '../../api/flowcontrol/v1/index.ts'
import type { Headers } from '../http/exchange.ts'
import type { KubeApiServer } from '../kube-apiserver.ts'
import { mandatory, suggested } from './defaults.ts'
import { keepFlowControlObjects } from './keep-defaults.ts'

const limits = { maxReading: 400, maxWriting: 200, priorityAndFairness: true }
const everybody: TestServerOptions = { authorization: ['AlwaysAllow'] }

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(options: TestServerOptions = { requestLimits: limits, ...everybody }) {
  const running = await startTestServer(options)
  open.push(() => running.close())
  return running
}

async function as(running: TestServer, user: string, ...groups: string[]): Promise<TestClient> {
  const client = testClient(running, await running.client(user, groups))
  open.push(() => client.close())
  return client
}

async function keep(running: TestServer): Promise<void> {
  const { flow } = running.server as KubeApiServer
  const stop = await keepFlowControlObjects(running.server.objects, {
    clock: systemClock,
    onChange: (listener) => flow?.onChange(listener),
    failed(error) {
      throw error
    },
  })
  open.push(stop)
}

const patience = { timeout: 10_000, interval: 10 }
const named = (list: { metadata: { name: string } }[]) => list.map(({ metadata }) => metadata.name).sort()

test('the server makes the mandatory and the suggested objects, once', async () => {
  const running = await start()
  const { objects } = running.server
  await keep(running)
  const levels = await objects.list(PriorityLevelConfigurations)
  expect(named(levels)).toEqual(named([...mandatory.levels, ...suggested.levels]))
  expect(named(await objects.list(FlowSchemas))).toEqual(named([...mandatory.schemas, ...suggested.schemas]))
  const revision = await running.store.revision()
  await keep(running)
  expect(await running.store.revision()).toBe(revision)
  const [schema] = await objects.list(FlowSchemas)
  expect(schema?.metadata.annotations).toEqual({ 'apf.kubernetes.io/autoupdate-spec': 'true' })
  expect(schema?.status.conditions).toMatchObject([{ type: 'Dangling', status: 'False', reason: 'Found' }])
})

test('the server restores its own objects, and leaves those that users have made their own', async () => {
  const running = await start()
  const { objects } = running.server
  await keep(running)
  const admin = await as(running, 'root', 'system:masters')
  const levels = '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations'
  const patch = (name: string, body: unknown) =>
    admin.send(`${levels}/${name}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body,
    })
  const spec = { limited: { nominalConcurrencyShares: 7 } }
  expect((await patch('catch-all', { spec })).body.message).toContain("spec of 'catch-all' must equal the fixed value")
  expect((await patch('exempt', { spec: { exempt: { nominalConcurrencyShares: 3 } } })).status).toBe(200)
  await admin.send(`${levels}/catch-all`, { method: 'DELETE' })
  await patch('system', { spec })
  await patch('workload-low', { spec, metadata: { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'false' } } })
  await keep(running)
  const sharesOf = async (name: string) =>
    (await objects.get(PriorityLevelConfigurations, { name }))?.spec.limited?.nominalConcurrencyShares
  expect(await sharesOf('catch-all')).toBe(5)
  const exempt = await objects.get(PriorityLevelConfigurations, { name: 'exempt' })
  expect(exempt?.spec.exempt?.nominalConcurrencyShares).toBe(3)
  expect(await sharesOf('system')).toBe(30)
  expect(await sharesOf('workload-low')).toBe(7)
})

test('a schema says when its level is missing, and when it is there again', async () => {
  const running = await start()
  const { objects } = running.server
  await keep(running)
  const schema = { ...suggested.schemas[0], metadata: { name: 'own' } }
  const spec = { ...schema.spec, priorityLevelConfiguration: { name: 'nowhere' }, matchingPrecedence: 5000 }
  await objects.create(FlowSchemas, { metadata: { name: 'own' }, spec })
  const dangles = async () =>
    isConditionTrue((await objects.get(FlowSchemas, { name: 'own' }))?.status.conditions as never, 'Dangling')
  await vi.waitFor(async () => expect(await dangles()).toBe(true), patience)
  await objects.create(PriorityLevelConfigurations, { ...suggested.levels[0], metadata: { name: 'nowhere' } })
  await vi.waitFor(async () => expect(await dangles()).toBe(false), patience)
})

test('an answer names its schema and level; the debug pages show them', async () => {
  const running = await start()
  const { objects } = running.server
  await keep(running)
  const jane = await as(running, 'jane')
  const { headers, status } = await jane.send('/api/v1/namespaces/default/pods')
  expect(status).toBe(200)
  const uid = async (type: typeof FlowSchemas | typeof PriorityLevelConfigurations) =>
    (await objects.get<object>(type, { name: 'global-default' }))?.metadata.uid
  expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(await uid(FlowSchemas))
  expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe(await uid(PriorityLevelConfigurations))
  const watch = jane.watch('/api/v1/pods?watch=1&resourceVersion=0')
  expect(await watch.status).toBe(200)
  const page = (name: string) => jane.send(`/debug/api_priority_and_fairness/${name}`)
  const { text } = await page('dump_priority_levels')
  // The request for the page runs itself; the watch does not count any more.
  expect(text).toMatch(/^PriorityLevelName, +ActiveQueues, IsIdle, +IsQuiescing, WaitingRequests, ExecutingRequests\n/)
  expect(text).toMatch(/^global-default, +0, +false, +false, +0, +1$/m)
  expect((await page('dump_queues')).text).toMatch(/^workload-low, +127, /m)
  expect((await page('dump_requests')).text).toMatch(/^PriorityLevelName, FlowSchemaName, /)
  expect((await page('nothing')).status).toBe(404)
  watch.stop()
  const metrics = (await jane.send('/metrics')).text
  expect(metrics).toMatch(
    /^apiserver_flowcontrol_dispatched_requests_total\{priority_level="global-default",flow_schema="global-default"\} \d/m,
  )
  expect(metrics).toMatch(/^apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\} 245$/m)
})

test('a mad client with 10,000 requests in flight does not hold up lease renewals', async () => {
  const running = await start()
  await keep(running)
  const { server } = running
  const done: Record<string, number> = {}
  let refused: { headers: Headers; body: unknown } | undefined
  const send = (user: string, method: string, url: string, object: unknown): Promise<number> =>
    new Promise((resolve) => {
      const certificate = { commonName: user, organizations: user.startsWith('system:node:') ? ['system:nodes'] : [] }
      const { signal } = new AbortController()
      const body = new TextEncoder().encode(JSON.stringify(object))
      const answer = (status: number, headers: Headers, body: Uint8Array | string) => {
        if (status === 429) refused ??= { headers, body: JSON.parse(new TextDecoder().decode(body as Uint8Array)) }
        const key = `${user} ${status}`
        done[key] = (done[key] ?? 0) + 1
        resolve(status)
      }
      server.handle(
        {
          method,
          url,
          header: () => undefined,
          values: () => [],
          headers: {},
          body: async () => body,
          certificate,
          signal,
        },
        { send: answer, stream: () => expect.fail('no stream was asked for'), abort() {} },
      )
    })
  const mad = Array.from({ length: 10_000 }, (_, i) =>
    send('mad', 'POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: `c${i}` } }),
  )
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  const renewals = Array.from({ length: 20 }, (_, i) =>
    send(`system:node:n${i}`, 'PUT', `${leases}/n${i}`, {
      metadata: { name: `n${i}` },
      spec: { holderIdentity: `n${i}` },
    }),
  )
  expect(await Promise.all(renewals)).toEqual(new Array(20).fill(201))
  // Of the mad client's requests, those before them have taken no more than the seats of their level, and a few turns.
  expect(done['mad 201'] ?? 0).toBeLessThan(200)
  await Promise.all(mad)
  expect(refused).toMatchObject({
    headers: { 'retry-after': '1', 'x-kubernetes-pf-flowschema-uid': expect.stringMatching(/./) },
    body: { reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } },
  })
  expect(done['mad 201']).toBeGreaterThanOrEqual(49 + 300)
  expect((done['mad 201'] ?? 0) + (done['mad 429'] ?? 0)).toBe(10_000)
})
