import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { minimalObjects } from '../../test/support/minimal-objects.ts'
import { type TestClient, testClient } from '../../test/support/test-client.ts'
import type { KubeObject } from '../api/object.ts'
import { verbsOf } from './registry/execute.ts'

/** What upstream's conformance tests ask of the API of one kind after the other (`[sig-api-machinery]`), of all of them. */

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

const merge = { 'content-type': 'application/merge-patch+json' }
const customKinds = new Set(['widgets'])

function urlsOf(manifest: KubeObject) {
  const [version = '', group] = (manifest.apiVersion ?? '').split('/').reverse()
  const definitions = server.server.resources.definitions
  const definition = definitions.find(
    ({ type, otherVersions = [] }) =>
      type.kind === manifest.kind &&
      [type, ...otherVersions.map((other) => other.type)].some(
        (one) => one.group === (group ?? '') && one.version === version,
      ),
  )
  if (!definition) return undefined
  const { resource, namespaced } = definition.type
  const root = group ? `/apis/${group}/${version}` : `/api/${version}`
  return {
    definition,
    all: `${root}/${namespaced ? 'namespaces/default/' : ''}${resource}`,
    everywhere: `${root}/${resource}`,
  }
}

const kindsWithLifecycle = minimalObjects().filter(
  ({ kind = '', apiVersion }) => !customKinds.has(kind) && !apiVersion?.includes('example'),
)

test.each(
  kindsWithLifecycle.map((manifest): [string, KubeObject] => [`${manifest.apiVersion} ${manifest.kind}`, manifest]),
)('%s is created, watched, changed and deleted', async (_, manifest) => {
  const urls = urlsOf(manifest)
  if (!urls) return expect.fail('not served')
  const { definition, all, everywhere } = urls
  const wholly = ['create', 'get', 'list', 'watch', 'patch', 'update', 'delete', 'deletecollection'] as const
  for (const verb of wholly) expect(verbsOf(definition)).toContain(verb)
  const label = 'lifecycle=yes'
  const named = (name: string) => ({
    ...manifest,
    metadata: { ...manifest.metadata, name, labels: { lifecycle: 'yes' } },
  })
  const given = manifest.metadata?.name ?? 'one'
  const watch = client.watch(`${everywhere}?watch=1&labelSelector=${label}`)
  expect(await watch.status).toBe(200)

  const created = await client.send(all, { method: 'POST', body: named(given) })
  expect(created.status, created.text).toBe(201)
  const one = `${all}/${given}`
  expect((await client.send(one)).body.metadata.uid).toBe(created.body.metadata.uid)
  expect((await client.send(`${everywhere}?labelSelector=${label}`)).body.items).toHaveLength(1)
  expect((await client.send(`${all}?fieldSelector=metadata.name=${given}`)).body.items).toHaveLength(1)

  const patched = await client.send(one, {
    method: 'PATCH',
    headers: merge,
    body: { metadata: { annotations: { patched: 'yes' } } },
  })
  expect(patched.body.metadata?.annotations, patched.text).toMatchObject({ patched: 'yes' })
  const updated = await client.send(one, {
    method: 'PUT',
    body: {
      ...patched.body,
      metadata: { ...patched.body.metadata, annotations: { ...patched.body.metadata.annotations, updated: 'yes' } },
    },
  })
  expect(updated.status, updated.text).toBe(200)
  const stale = await client.send(one, { method: 'PUT', body: created.body })
  expect(stale.body.reason, stale.text).toBe('Conflict')
  expect(stale.status).toBe(409)

  if (definition.hasStatus) {
    expect((await client.send(`${one}/status`)).body.metadata.uid).toBe(created.body.metadata.uid)
    const status = await client.send(`${one}/status`, {
      method: 'PATCH',
      headers: merge,
      body: { metadata: { annotations: { status: 'yes' } } },
    })
    expect(status.status, status.text).toBe(200)
  }
  const rows = await client.send(all, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } })
  expect(rows.body.rows.length).toBeGreaterThan(0)
  expect(rows.body.rows[0].cells).toHaveLength(rows.body.columnDefinitions.length)

  const collected = await client.send(`${all}?labelSelector=${label}&gracePeriodSeconds=0`, { method: 'DELETE' })
  expect(collected.status, collected.text).toBe(200)
  const left = await client.send(one)
  if (left.status === 200) {
    // Finalizers hold it.
    expect(left.body.metadata.deletionTimestamp).toBeDefined()
    await client.send(one, { method: 'PATCH', headers: merge, body: { metadata: { finalizers: null } } })
    if (manifest.kind === 'Namespace')
      await client.send(`${one}/finalize`, { method: 'PUT', body: { ...left.body, spec: { finalizers: [] } } })
  }
  expect((await client.send(one)).status).toBe(404)
  const events = (await watch.next(4)).map(({ type }) => type)
  expect(events[0]).toBe('ADDED')
  expect(events.slice(1, 3)).toEqual(['MODIFIED', 'MODIFIED'])
  await expect.poll(() => watch.events.at(-1)?.type).toBe('DELETED')
  watch.stop()
})

describe('pages of a list', () => {
  const templates = '/api/v1/namespaces/default/podtemplates'
  const template = { spec: { containers: [{ name: 'main', image: 'i' }] } }
  const total = 60

  test('each has the number of items that remain, and all are of one revision', async () => {
    for (let i = 0; i < total; i++)
      await client.send(templates, {
        method: 'POST',
        body: { metadata: { name: `t${String(i).padStart(3, '0')}` }, template },
      })
    let token = ''
    const names: string[] = []
    let revision: string | undefined
    do {
      const { body } = await client.send(`${templates}?limit=17${token && `&continue=${token}`}`)
      const { continue: next = '', remainingItemCount, resourceVersion } = body.metadata
      names.push(...body.items.map((item: KubeObject) => item.metadata?.name))
      expect(remainingItemCount).toBe(next ? total - names.length : undefined)
      expect(resourceVersion).toBe(revision ?? resourceVersion)
      revision = resourceVersion
      token = encodeURIComponent(next)
    } while (token)
    expect(names).toEqual([...new Set(names)].sort())
    expect(names).toHaveLength(total)
  })

  test('a selector leaves the count of the rest out', async () => {
    const { body } = await client.send(`${templates}?limit=5&labelSelector=!nothing`)
    expect(body.metadata.continue).toBeDefined()
    expect(body.metadata.remainingItemCount).toBeUndefined()
  })

  test('after a compaction a token is refused, with one that goes on at the present', async () => {
    const first = await client.send(`${templates}?limit=40`)
    await client.send(`${templates}/t000`, { method: 'DELETE' })
    await client.send(`${templates}/t050`, { method: 'DELETE' })
    await server.store.compact(await server.store.revision())
    const refused = await client.send(
      `${templates}?limit=40&continue=${encodeURIComponent(first.body.metadata.continue)}`,
    )
    expect(refused).toMatchObject({ status: 410, body: { reason: 'Expired' } })
    expect(refused.body.message).toMatch(
      /^The provided continue parameter is too old to display a consistent list result\./,
    )
    const rest = await client.send(`${templates}?continue=${encodeURIComponent(refused.body.metadata.continue)}`)
    expect(rest.status).toBe(200)
    expect(rest.body.items.map((item: KubeObject) => item.metadata?.name)).toEqual(
      Array.from({ length: 20 }, (_, i) => `t${String(40 + i).padStart(3, '0')}`).filter((name) => name !== 't050'),
    )
    expect(rest.body.metadata.resourceVersion).not.toBe(first.body.metadata.resourceVersion)
  })
})

describe('watches', () => {
  const maps = '/api/v1/namespaces/default/configmaps'
  const write = (name: string, labels: Record<string, string>, data = 'x') =>
    client.send(`${maps}/${name}`, { method: 'PATCH', headers: merge, body: { metadata: { labels }, data: { data } } })

  test('watchers of several selections see what concerns them', async () => {
    const [a, b, either] = ['w=a', 'w=b', 'w in (a,b)'].map((selector) =>
      client.watch(`${maps}?watch=1&labelSelector=${encodeURIComponent(selector)}`),
    )
    if (!a || !b || !either) return expect.fail()
    await Promise.all([a.status, b.status, either.status])
    await client.send(maps, { method: 'POST', body: { metadata: { name: 'wa', labels: { w: 'a' } } } })
    await write('wa', { w: 'a' }, '1')
    await client.send(maps, { method: 'POST', body: { metadata: { name: 'wb', labels: { w: 'b' } } } })
    // Out of one selection, into another.
    await write('wa', { w: 'b' })
    await client.send(`${maps}/wa`, { method: 'DELETE' })
    await client.send(`${maps}/wb`, { method: 'DELETE' })
    const types = async (watch: typeof a, count: number) =>
      (await watch.next(count)).map(({ type, object }) => `${type} ${object.metadata.name}`)
    expect(await types(a, 3)).toEqual(['ADDED wa', 'MODIFIED wa', 'DELETED wa'])
    expect(await types(b, 4)).toEqual(['ADDED wb', 'ADDED wa', 'DELETED wa', 'DELETED wb'])
    expect(await types(either, 6)).toEqual([
      'ADDED wa',
      'MODIFIED wa',
      'ADDED wb',
      'MODIFIED wa',
      'DELETED wa',
      'DELETED wb',
    ])
    for (const watch of [a, b, either]) watch.stop()
  })

  test('a watch goes on where another one has stopped', async () => {
    const selected = `${maps}?watch=1&labelSelector=restart=yes`
    const first = client.watch(selected)
    await first.status
    await client.send(maps, { method: 'POST', body: { metadata: { name: 'r', labels: { restart: 'yes' } } } })
    const [added] = await first.next(1)
    first.stop()
    await write('r', { restart: 'yes' }, '1')
    await write('r', { restart: 'yes' }, '2')
    await client.send(`${maps}/r`, { method: 'DELETE' })
    const second = client.watch(`${selected}&resourceVersion=${added?.object.metadata.resourceVersion}`)
    expect((await second.next(3)).map(({ type, object }) => `${type} ${object.data.data}`)).toEqual([
      'MODIFIED 1',
      'MODIFIED 2',
      'DELETED 2',
    ])
    second.stop()
  })

  test('watchers that begin at any revision see the rest in the same order', async () => {
    const begin = (await client.send(maps)).body.metadata.resourceVersion
    const all = client.watch(`${maps}?watch=1&resourceVersion=${begin}`)
    for (let i = 0; i < 30; i++)
      await client.send(maps, { method: 'POST', body: { metadata: { name: `o${i % 5}-${i}` } } })
    const seen = (await all.next(30)).map(({ object }) => object.metadata.resourceVersion as string)
    expect(seen).toEqual([...seen].sort((a, b) => Number(a) - Number(b)))
    for (const [i, revision] of [...seen.entries()].filter(([at]) => at % 7 === 0)) {
      const later = client.watch(`${maps}?watch=1&resourceVersion=${revision}`)
      const rest = (await later.next(29 - i)).map(({ object }) => object.metadata.resourceVersion)
      expect(rest).toEqual(seen.slice(i + 1))
      later.stop()
    }
    all.stop()
  })
})

test('events are one collection under two groups', async () => {
  const [core, events] = ['/api/v1/namespaces/default/events', '/apis/events.k8s.io/v1/namespaces/default/events']
  const regarding = { kind: 'Pod', name: 'p', namespace: 'default', apiVersion: 'v1' }
  const body = {
    metadata: { name: 'e1', labels: { e: 'yes' } },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'test',
    reportingInstance: 'test-1',
    action: 'Do',
    reason: 'Test',
    type: 'Normal',
    note: 'a note',
    regarding,
  }
  expect((await client.send(events, { method: 'POST', body })).status).toBe(201)
  expect((await client.send(`${core}/e1`)).body).toMatchObject({
    kind: 'Event',
    apiVersion: 'v1',
    message: 'a note',
    involvedObject: regarding,
  })
  const series = { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' }
  await client.send(`${events}/e1`, { method: 'PATCH', headers: merge, body: { series } })
  expect((await client.send(`${events}/e1`)).body).toMatchObject({ series, note: 'a note' })
  await client.send(`${events}/e1`, { method: 'PATCH', headers: merge, body: { note: 'another note' } })
  expect((await client.send(`${events}/e1`)).body).toMatchObject({ series, note: 'another note' })
  await client.send(core, {
    method: 'POST',
    body: {
      metadata: { name: 'e2', labels: { e: 'yes' } },
      involvedObject: regarding,
      message: 'core',
      source: { component: 'c' },
    },
  })
  expect((await client.send(`/apis/events.k8s.io/v1/events?labelSelector=e=yes`)).body.items).toHaveLength(2)
  expect((await client.send(`${events}?fieldSelector=regarding.name=p`)).body.items).toHaveLength(2)
  await client.send(`${core}?labelSelector=e=yes`, { method: 'DELETE' })
  expect((await client.send(events)).body.items).toEqual([])
})

test('discovery names a preferred version of every group, and each resource once', async () => {
  const groups = (await client.send('/apis')).body.groups
  for (const { name, preferredVersion, versions } of groups) {
    expect(versions).toContainEqual(preferredVersion)
    const { body } = await client.send(`/apis/${name}/${preferredVersion.version}`)
    expect(body.groupVersion).toBe(preferredVersion.groupVersion)
    const names = body.resources.map((resource: { name: string }) => resource.name)
    expect(new Set(names).size).toBe(names.length)
  }
  const aggregated = (version: string) =>
    client.send('/apis', {
      headers: { accept: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` },
    })
  expect((await aggregated('v2')).body).toMatchObject({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
  })
  const known = (await aggregated('v2')).body.items.map(({ metadata }: KubeObject) => metadata?.name)
  // That of the APIService above may still be there.
  const names = groups.map(({ name }: { name: string }) => name)
  expect(known.filter((name: string) => names.includes(name))).toEqual(names)
})

test('the namespace keeps the order of its finalizers, and its status can be written', async () => {
  const url = '/api/v1/namespaces/held'
  await client.send('/api/v1/namespaces', {
    method: 'POST',
    body: { metadata: { name: 'held', finalizers: ['example.com/last'] } },
  })
  const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'set by a test' }
  const status = await client.send(`${url}/status`, {
    method: 'PATCH',
    headers: merge,
    body: { status: { conditions: [condition] } },
  })
  expect(status.body.status.conditions).toMatchObject([condition])
  await client.send(url, { method: 'DELETE' })
  const deleting = await client.send(url)
  expect(deleting.body).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } })
  const refused = await client.send('/api/v1/namespaces/held/configmaps', {
    method: 'POST',
    body: { metadata: { name: 'late' } },
  })
  expect(refused.body).toMatchObject({ code: 403, details: { causes: [{ reason: 'NamespaceTerminating' }] } })
  await client.send(`${url}/finalize`, { method: 'PUT', body: { ...deleting.body, spec: { finalizers: [] } } })
  expect((await client.send(url)).body.metadata.finalizers).toEqual(['example.com/last'])
  await client.send(url, { method: 'PATCH', headers: merge, body: { metadata: { finalizers: null } } })
  expect((await client.send(url)).status).toBe(404)
})
