import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../test/support/test-client.ts'

let server: TestServer
let client: TestClient
beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
})
afterAll(async () => {
  client.close()
  await server.close()
})

const configMaps = '/api/v1/namespaces/default/configmaps'

/** The value of the sample that has all of these labels. */
async function sample(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const { text } = await client.send('/metrics')
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const line = text
    .split('\n')
    .find(
      (one) =>
        one.startsWith(name) && /^[ {]/.test(one.slice(name.length)) && wanted.every((part) => one.includes(part)),
    )
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
}

test('requests are counted by what they ask for', async () => {
  await client.send(configMaps, { method: 'POST', body: { metadata: { name: 'a' } } })
  await client.send(`${configMaps}?dryRun=All`, { method: 'POST', body: { metadata: { name: 'b' } } })
  await client.send(`${configMaps}/a`)
  await client.send(`${configMaps}/nothing`)
  await client.send('/api/v1/configmaps')
  await client.send('/apis/apps/v1/namespaces/default/deployments/x/made-up')
  await client.send('/apis/nothing.example/v1/things')
  const total = (labels: Record<string, string>) => sample('apiserver_request_total', labels)
  const about = { group: '', version: 'v1', resource: 'configmaps', component: 'apiserver' }
  expect(await total({ ...about, verb: 'POST', scope: 'resource', dry_run: '', code: '201' })).toBe(1)
  expect(await total({ ...about, verb: 'POST', scope: 'resource', dry_run: 'All', code: '201' })).toBe(1)
  expect(await total({ ...about, verb: 'GET', scope: 'resource', code: '200' })).toBe(1)
  expect(await total({ ...about, verb: 'GET', scope: 'resource', code: '404' })).toBe(1)
  expect(await total({ ...about, verb: 'LIST', scope: 'cluster', code: '200' })).toBe(1)
  expect(await total({ resource: 'deployments', subresource: '', verb: 'GET', code: '404' })).toBe(1)
  expect(await total({ resource: '', verb: 'LIST', code: '404' })).toBe(1)
  expect(await sample('apiserver_request_duration_seconds_count', { ...about, verb: 'LIST' })).toBe(1)
  expect(await sample('apiserver_response_sizes_sum', { ...about, verb: 'LIST' })).toBeGreaterThan(100)
  expect(await sample('apiserver_current_inflight_requests', { request_kind: 'readOnly' })).toBe(1)
  expect((await client.send('/metrics')).text).not.toContain('made-up')
})

test('watches and their events are counted', async () => {
  const watch = client.watch('/api/v1/namespaces/default/secrets?watch=1')
  await watch.status
  await client.send('/api/v1/namespaces/default/secrets', { method: 'POST', body: { metadata: { name: 'a' } } })
  await watch.next(1)
  const about = { group: '', version: 'v1', resource: 'secrets' }
  expect(await sample('apiserver_longrunning_requests', { ...about, verb: 'WATCH' })).toBe(1)
  expect(await sample('apiserver_watch_events_total', about)).toBe(1)
  expect(await sample('apiserver_watch_events_sizes_sum', about)).toBeGreaterThan(100)
  expect(await sample('apiserver_registered_watchers', { kind: 'Secret' })).toBe(1)
  watch.stop()
})

test('stored objects, admission and authentication are counted', async () => {
  await client.send('/apis/apps/v1/namespaces/default/deployments', { method: 'POST', body: {} })
  expect(await sample('apiserver_storage_objects', { resource: 'namespaces' })).toBe(4)
  expect(await sample('apiserver_resource_objects', { group: '', resource: 'services' })).toBe(1)
  expect(await sample('apiserver_resource_size_estimate_bytes', { resource: 'services' })).toBeGreaterThan(100)
  expect(await sample('apiserver_resource_size_estimate_bytes', { resource: 'pods' })).toBe(0)
  const labels = { operation: 'CREATE', rejected: 'false', type: 'validate' }
  expect(await sample('apiserver_admission_step_admission_duration_seconds_count', labels)).toBeGreaterThan(0)
  const plugin = { ...labels, name: 'NodeRestriction' }
  expect(await sample('apiserver_admission_controller_admission_duration_seconds_count', plugin)).toBeGreaterThan(0)
  expect(await sample('authorization_attempts_total', { result: 'allowed' })).toBeGreaterThan(0)
  expect(await sample('authentication_attempts', { result: 'success' })).toBeGreaterThan(0)
  expect(await sample('authenticated_user_requests', { username: 'other' })).toBeGreaterThan(0)
  expect(await sample('kubernetes_build_info', { major: '1', minor: '36' })).toBe(1)
})

test('the results of health checks stand alone under slis', async () => {
  await client.send('/readyz')
  const { text, headers } = await client.send('/metrics/slis')
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(text).toContain('kubernetes_healthcheck{name="etcd-readiness",type="readyz"} 1\n')
  expect(text).not.toContain('apiserver_request_total')
})

test('component statuses are checked when they are asked for', async () => {
  const list = await client.send('/api/v1/componentstatuses')
  expect(list.body.items).toMatchObject([
    { metadata: { name: 'etcd-0' }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] },
  ])
  expect((await client.send('/api/v1/componentstatuses/etcd-0')).body.kind).toBe('ComponentStatus')
  expect((await client.send('/api/v1/componentstatuses/nothing')).status).toBe(404)
  expect((await client.send('/api/v1/componentstatuses?watch=1')).status).toBe(405)
  expect(await sample('apiserver_requested_deprecated_apis', { resource: 'componentstatuses' })).toBe(1)
})
