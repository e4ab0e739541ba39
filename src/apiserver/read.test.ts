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

/** A namespace of its own for a test, so that tests see only their objects. */
async function namespace(name: string): Promise<string> {
  await client.send('/api/v1/namespaces', { method: 'POST', body: { metadata: { name } } })
  return `/api/v1/namespaces/${name}/configmaps`
}

async function create(path: string, name: string, labels: Record<string, string> = {}, data = {}) {
  const { body } = await client.send(path, { method: 'POST', body: { metadata: { name, labels }, data } })
  return body
}

const patch = (path: string, body: unknown) =>
  client.send(path, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' }, body })
interface Named {
  metadata: { name: string }
}
const names = (list: { items: Named[] }): string[] => list.items.map(({ metadata }) => metadata.name)
const shape = (events: { type: string; object: Named }[]) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}`)

test('a list is in order, and by label and field', async () => {
  const path = await namespace('lists')
  for (const name of ['b', 'a', 'c']) await create(path, name, { l: name })
  const { body } = await client.send(path)
  expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' })
  expect(names(body)).toEqual(['a', 'b', 'c'])
  expect(body.items[0].metadata.resourceVersion).toMatch(/^\d+$/)
  expect(Number(body.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(body.items[2].metadata.resourceVersion))
  expect(names((await client.send(`${path}?labelSelector=l%20in%20(a,c)`)).body)).toEqual(['a', 'c'])
  expect(names((await client.send(`${path}?fieldSelector=metadata.name%3Db`)).body)).toEqual(['b'])
  expect(names((await client.send(`${path}?fieldSelector=metadata.name!%3Db`)).body)).toEqual(['a', 'c'])
  expect((await client.send(`${path}?fieldSelector=spec.x%3Db`)).body).toMatchObject({
    code: 400,
    message: 'field label not supported: spec.x',
  })
  expect((await client.send(`${path}?labelSelector=%3D%3D`)).status).toBe(400)
})

test('pages of one list are of one revision, despite writes in between', async () => {
  const path = await namespace('pages')
  for (let i = 0; i < 7; i++) await create(path, `p${i}`)
  const first = (await client.send(`${path}?limit=3`)).body
  expect(names(first)).toEqual(['p0', 'p1', 'p2'])
  expect(first.metadata.remainingItemCount).toBe(4)
  await client.send(`${path}/p4`, { method: 'DELETE' })
  await create(path, 'p9')
  const second = (await client.send(`${path}?limit=3&continue=${first.metadata.continue}`)).body
  expect(names(second)).toEqual(['p3', 'p4', 'p5'])
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  const third = (await client.send(`${path}?limit=3&continue=${second.metadata.continue}`)).body
  expect(names(third)).toEqual(['p6'])
  expect(third.metadata.continue).toBeUndefined()
  expect((await client.send(`${path}?continue=rubbish`)).status).toBe(400)

  const exact = await client.send(
    `${path}?resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`,
  )
  expect(names(exact.body)).toHaveLength(7)

  await server.store.compact(await server.store.revision())
  const late = await client.send(`${path}?limit=3&continue=${first.metadata.continue}`)
  expect(late).toMatchObject({ status: 410, body: { reason: 'Expired' } })
  const rest = await client.send(`${path}?limit=10&continue=${late.body.metadata.continue}`)
  expect(names(rest.body)).toEqual(['p3', 'p5', 'p6', 'p9'])
})

test('resourceVersionMatch is checked as the API concepts say', async () => {
  const path = await namespace('matches')
  const status = async (query: string) => (await client.send(`${path}?${query}`)).status
  expect(await status('resourceVersionMatch=Exact')).toBe(422)
  expect(await status('resourceVersion=0&resourceVersionMatch=Exact')).toBe(422)
  expect(await status('resourceVersion=1&resourceVersionMatch=Maybe')).toBe(422)
  expect(await status('resourceVersion=x')).toBe(422)
  expect(await status('resourceVersion=0&resourceVersionMatch=NotOlderThan')).toBe(200)
  expect(await status('watch=1&resourceVersionMatch=NotOlderThan')).toBe(422)
  expect(await status('watch=1&sendInitialEvents=true')).toBe(422)
  const future = await client.send(`${path}?resourceVersion=999999`)
  expect(future).toMatchObject({
    status: 504,
    body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 } },
  })
})

test('a watch shows what is there, then every change', async () => {
  const path = await namespace('watched')
  await create(path, 'old')
  const watch = client.watch(`${path}?watch=true`)
  expect(shape(await watch.next(1))).toEqual(['ADDED old'])
  await create(path, 'new')
  await patch(`${path}/new`, { data: { x: '1' } })
  const { body: last } = await client.send(`${path}/new`)
  await client.send(`${path}/new`, { method: 'DELETE' })
  const events = await watch.next(4)
  expect(shape(events)).toEqual(['ADDED old', 'ADDED new', 'MODIFIED new', 'DELETED new'])
  expect(events[2]?.object).toEqual(last)
  expect(Number(events[3]?.object.metadata.resourceVersion)).toBeGreaterThan(Number(last.metadata.resourceVersion))
  watch.stop()

  const again = client.watch(`${path}?watch=true&resourceVersion=${events[1]?.object.metadata.resourceVersion}`)
  expect(await again.next(2)).toEqual(events.slice(2))
  again.stop()
})

test('objects come into a selector and leave it', async () => {
  const path = await namespace('selected')
  const watch = client.watch(`${path}?watch=1&labelSelector=app%3Dweb`)
  await watch.status
  await create(path, 'a', { app: 'db' })
  await patch(`${path}/a`, { metadata: { labels: { app: 'web' } } })
  await patch(`${path}/a`, { data: { x: '1' } })
  await patch(`${path}/a`, { metadata: { labels: { app: 'db' } } })
  const events = await watch.next(3)
  expect(shape(events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
  expect(events[2]?.object.metadata.labels).toEqual({ app: 'web' })
  const replayed = client.watch(`${path}?watch=1&labelSelector=app%3Dweb&resourceVersion=1`)
  expect((await replayed.next(1))[0]).toBeDefined()
  watch.stop()
  replayed.stop()
})

test('a streaming list ends with a bookmark', async () => {
  const path = await namespace('streamed')
  await create(path, 'a')
  await create(path, 'b')
  const watch = client.watch(
    `${path}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
  )
  const events = await watch.next(3)
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'ADDED', 'BOOKMARK'])
  expect(events[2]?.object).toMatchObject({
    kind: 'ConfigMap',
    metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
  })
  watch.stop()
})

test('a watch of forgotten history ends with 410 Gone; timeoutSeconds ends one in good order', async () => {
  const path = await namespace('timed')
  const { body: list } = await client.send(path)
  await create(path, 'churned')
  for (let i = 0; i < 4200; i++) {
    const meta = server.server.resource('', 'v1', 'configmaps')
    if (meta)
      await server.server.objects.update(meta, { namespace: 'timed', name: 'churned' }, (object) => ({
        ...object,
        data: { i: `${i}` },
      }))
  }
  const late = client.watch(`${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`)
  expect((await late.next(1))[0]).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  await late.ended
  await client.send(`${path}/churned`, { method: 'DELETE' })
  const watch = client.watch(`${path}?watch=1&timeoutSeconds=1`)
  expect(await watch.status).toBe(200)
  await watch.ended
  expect(watch.events).toEqual([])
})

test('tables, partial metadata and YAML', async () => {
  const path = await namespace('tables')
  await create(path, 'a', {}, { x: '1', y: '2' })
  const accept = (value: string) => ({ headers: { accept: value } })
  const table = (await client.send(path, accept('application/json;as=Table;v=v1;g=meta.k8s.io,application/json'))).body
  expect(table.kind).toBe('Table')
  expect(table.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Data', 'Age'])
  expect(table.rows[0].cells.slice(0, 2)).toEqual(['a', '2'])
  expect(table.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } })
  const partial = await client.send(`${path}/a`, accept('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'))
  expect(partial.body).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' })
  expect(partial.body).not.toHaveProperty('data')
  expect((await client.send(`${path}/a`, accept('application/yaml'))).text).toContain('kind: ConfigMap\n')
  expect((await client.send(`${path}/a`, accept('text/html'))).status).toBe(406)
  const watch = client.watch(`${path}?watch=1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })
  const [event] = await watch.next(1)
  expect(event?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', '2', expect.any(String)] }] })
  watch.stop()
})

test('discovery, version and health', async () => {
  expect((await client.send('/api')).body.versions).toEqual(['v1'])
  expect((await client.send('/apis')).body.groups.map((g: { name: string }) => g.name)).toContain('apps')
  expect((await client.send('/apis/autoscaling')).body.preferredVersion.version).toBe('v2')
  const v1 = (await client.send('/api/v1')).body.resources
  expect(v1.find((r: { name: string }) => r.name === 'pods')).toMatchObject({ kind: 'Pod', shortNames: ['po'] })
  expect(v1.find((r: { name: string }) => r.name === 'pods/eviction')).toMatchObject({
    group: 'policy',
    kind: 'Eviction',
  })
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'
  const all = await client.send('/apis', { headers: { accept } })
  expect(all.headers['content-type']).toContain('as=APIGroupDiscoveryList')
  expect(all.body.items[0]).toMatchObject({ versions: [{ freshness: 'Current' }] })
  expect((await client.send('/version')).body.minor).toBe('36')
  expect((await client.send('/readyz')).text).toBe('ok')
  expect((await client.send('/readyz?verbose')).text).toContain('[+]informer-sync ok\n')
  expect((await client.send('/livez/ping')).text).toBe('ok')
  expect((await client.send('/metrics')).text).toContain('apiserver_request_total{')
  expect((await client.send('/openapi/v3')).body.paths).toHaveProperty(['apis/apps/v1'])
  expect((await client.send('/nothing')).status).toBe(404)
  expect((await client.send('/api/v1/nothing')).status).toBe(404)
  expect((await client.send('/apis/none/v1/things')).status).toBe(404)
})

test('no request brings the server down', async () => {
  const path = await namespace('fuzz')
  for (const body of ['', '{', '[]', 'null', '1', '{"metadata":1}', '{"metadata":{"labels":[]}}', '\u0000'])
    expect(
      (await client.send(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).status,
    ).toBe(400)
  expect(
    (
      await client.send(path, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      })
    ).status,
  ).toBe(400)
  expect(
    (await client.send(path, { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })).status,
  ).toBe(415)
  expect((await client.send(path, { method: 'PUT', body: {} })).status).toBe(405)
  expect((await client.send(`${path}/a`, { method: 'POST', body: {} })).status).toBe(405)
  expect((await client.send('/api/v1/configmaps', { method: 'POST', body: {} })).status).toBe(405)
  expect((await client.send(path, { method: 'BREW' })).status).toBe(405)
  for (const url of [
    '/%',
    '/api/v1/namespaces/%zz/pods',
    '//',
    '/api//',
    '/apis/apps/v1/',
    '/api/v1/pods/%2e%2e',
    '/?a=%',
  ])
    expect((await client.send(url)).status).toBeLessThan(500)
  const large = { metadata: { name: 'big' }, data: { x: 'x'.repeat(4 * 1024 * 1024) } }
  expect((await client.send(path, { method: 'POST', body: large })).status).toBe(413)
  expect((await client.send('/readyz')).text).toBe('ok')
})
