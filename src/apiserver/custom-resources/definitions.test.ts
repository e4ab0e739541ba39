import { mkdtempSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/support/api-server.ts'
import {
  type CustomResourceServer,
  crds,
  definition,
  merge,
  object,
  path,
  startCustomResourceServer,
  version,
} from '../../../test/support/custom-resources.ts'
import { testClient } from '../../../test/support/test-client.ts'
import { systemClock } from '../../api/clock.ts'
import { lmdbStore } from '../../store/lmdb.ts'
import { memoryStore } from '../../store/memory.ts'
import type { Store } from '../../store/store.ts'

let server: CustomResourceServer
const send: CustomResourceServer['send'] = (...args) => server.send(...args)
const define: CustomResourceServer['define'] = (...args) => server.define(...args)
beforeAll(async () => {
  server = await startCustomResourceServer()
})
afterAll(() => server.close())

test('names belong to the first definition that claims them', async () => {
  await define('First', undefined, { names: { kind: 'First', plural: 'firsts', shortNames: ['f'] } })
  const second = await define('Second', undefined, { names: { kind: 'Second', plural: 'seconds', shortNames: ['f'] } })
  expect(second.status.conditions).toMatchObject([
    { type: 'NamesAccepted', status: 'False', reason: 'ShortNamesConflict', message: '"f" is already in use' },
    { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
  ])
  expect((await send('GET', path('seconds'))).status).toBe(404)
  await send('DELETE', `${crds}/firsts.example.com`)
  await vi.waitFor(async () => expect((await send('GET', path('seconds'))).status).toBe(200), { timeout: 5000 })
})

describe('deletion', () => {
  test('takes the objects along, and ends watches', async () => {
    await define('Gone')
    await send('POST', path('gones'), object('Gone', 'a'))
    await send(
      'POST',
      path('gones'),
      object('Gone', 'b', { metadata: { name: 'b', finalizers: ['example.com/mine'] } }),
    )
    const watch = server.client.watch(`${path('gones')}?watch=1`)
    await watch.next(2)
    const { body } = await send('DELETE', `${crds}/gones.example.com`)
    expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
    await vi.waitFor(async () => expect((await send('GET', path('gones', 'a'))).status).toBe(404), { timeout: 5000 })
    expect((await send('GET', `${crds}/gones.example.com`)).body.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress' }),
    )
    expect(await send('POST', path('gones'), object('Gone', 'c'))).toMatchObject({
      status: 405,
      body: { message: 'create not allowed while custom resource definition is terminating' },
    })
    await send('PATCH', path('gones', 'b'), { metadata: { finalizers: null } }, merge)
    await watch.ended
    await vi.waitFor(async () => expect((await send('GET', `${crds}/gones.example.com`)).status).toBe(404), {
      timeout: 5000,
    })
    expect((await send('GET', path('gones'))).status).toBe(404)
    expect((await send('GET', '/apis/example.com/v1')).body.resources).not.toContainEqual(
      expect.objectContaining({ name: 'gones' }),
    )
  })

  test('and the same again begins with nothing', async () => {
    await define('Gone')
    expect((await send('GET', path('gones'))).body.items).toEqual([])
    await send('POST', path('gones'), object('Gone', 'a', { spec: { size: 3 } }))
    expect((await send('GET', path('gones', 'a'))).body.spec.size).toBe(3)
  })

  test('of a kind of which no version that is stored is served', async () => {
    const crd = await define('Old', [version('v1', { storage: false }), version('v0')])
    await send('POST', path('olds'), object('Old', 'a'))
    crd.spec.versions[1].served = false
    await send('PUT', `${crds}/olds.example.com`, crd)
    await send('DELETE', `${crds}/olds.example.com`)
    await vi.waitFor(async () => expect((await send('GET', `${crds}/olds.example.com`)).status).toBe(404), {
      timeout: 5000,
    })
  })
})

test('a server that starts again serves what was there', async () => {
  const folder = mkdtempSync('/tmp/k8ts-crd-lmdb-')
  const begin = () => startTestServer({ store: lmdbStore({ path: folder, clock: systemClock }) })
  const first = await begin()
  const one = testClient(first, first.admin)
  await one.send(crds, { method: 'POST', body: definition('Widget') })
  await one.send(path('widgets'), { method: 'POST', body: object('Widget', 'a', { spec: { size: 4 } }) })
  one.close()
  await first.close()

  const second = await begin()
  const two = testClient(second, second.admin)
  expect((await two.send(path('widgets', 'a'))).body.spec).toEqual({ size: 4 })
  expect((await two.send(path('widgets'))).body.items).toHaveLength(1)
  expect(second.server.resource('example.com', 'v1', 'widgets')?.kind).toBe('Widget')
  const watch = two.watch(`${path('widgets')}?watch=1`)
  await two.send(path('widgets', 'a'), { method: 'PATCH', body: { spec: { size: 5 } }, headers: merge })
  expect((await watch.next(2))[1]).toMatchObject({ type: 'MODIFIED', object: { spec: { size: 5 } } })
  watch.stop()
  two.close()
  await second.close()
  rmSync(folder, { recursive: true })
})

test('what another server has defined and stored is served here, too', async () => {
  const store = memoryStore({ clock: systemClock })
  const shared: Store = { ...bound(store), close: async () => {} }
  const [here, there] = [await startTestServer({ store: shared }), await startTestServer({ store: shared })]
  const [one, two] = [testClient(here, here.admin), testClient(there, there.admin)]
  await one.send(crds, { method: 'POST', body: definition('Widget') })
  await one.send(path('widgets'), { method: 'POST', body: object('Widget', 'a') })
  await vi.waitFor(async () => expect((await two.send(path('widgets', 'a'))).status).toBe(200), { timeout: 5000 })
  await two.send(`${crds}/widgets.example.com`, { method: 'DELETE' })
  await vi.waitFor(async () => expect((await one.send(path('widgets'))).status).toBe(404), { timeout: 5000 })
  for (const c of [one, two]) c.close()
  for (const s of [here, there]) await s.close()
})

const bound = (store: Store): Store => ({
  revision: () => store.revision(),
  get: (key) => store.get(key),
  list: (prefix, options) => store.list(prefix, options),
  put: (key, value, expected, options) => store.put(key, value, expected, options),
  delete: (key, expected) => store.delete(key, expected),
  watch: (prefix, revision, sink) => store.watch(prefix, revision, sink),
  compact: (revision) => store.compact(revision),
  close: () => store.close(),
})
