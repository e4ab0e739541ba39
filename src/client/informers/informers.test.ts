import { afterEach, expect, test } from 'vitest'
import { fakeBackend } from '../../../test/support/fake-backend.ts'
import { ConfigMaps, Pods } from '../../api/core/v1/index.ts'
import { expired, serviceUnavailable } from '../../api/errors.ts'
import { silentLog } from '../../api/log.ts'
import { systemRandom } from '../../api/random.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { virtualClock } from '../../testing/time/clock.ts'
import { localClient } from '../local.ts'
import { createInformers } from './informers.ts'

function setup() {
  const backend = fakeBackend()
  const client = localClient(backend, { name: 'test', groups: [] })
  const clock = virtualClock()
  const informers = createInformers({ client, clock, random: systemRandom, log: silentLog })
  cleanup = () => informers.stop()
  const changes: string[] = []
  const follow = () => {
    const informer = informers.of(ConfigMaps)
    informer.on({
      added: ({ metadata }) => changes.push(`+${metadata.name}`),
      updated: ({ metadata, data }, old) => changes.push(`~${metadata.name} ${old.data?.v} ${data?.v}`),
      deleted: ({ metadata }) => changes.push(`-${metadata.name}`),
    })
    return informer
  }
  const map = (name: string, v = '1') => ({ metadata: { name, namespace: 'default' }, data: { v } })
  return { backend, client, clock, informers, changes, follow, map }
}

let cleanup = () => {}
afterEach(() => cleanup())

test('follows present objects and changes, in order', async () => {
  const { client, follow, changes, map, informers } = setup()
  await client.create(ConfigMaps, map('a'))
  const informer = follow()
  expect(informer.hasSynced).toBe(false)
  await informer.synced
  const b = await client.create(ConfigMaps, map('b'))
  await client.update(ConfigMaps, map('a', '2'))
  await client.delete(ConfigMaps, { namespace: 'default', name: 'b' })
  await seenDeleted(informer, b)
  expect(changes).toEqual(['+a', '+b', '~a 1 2', '-b'])
  expect(informer.get('default/a')?.data).toEqual({ v: '2' })
  expect(informer.list('default')).toHaveLength(1)
  expect(informer.list('other')).toEqual([])
  expect(informers.of(ConfigMaps)).toBe(informer)
  expect(informers.of(Pods)).not.toBe(informer)
})

test('a late handler sees present objects; a removed one hears nothing', async () => {
  const { client, informers, map } = setup()
  await client.create(ConfigMaps, map('a'))
  const informer = informers.of(ConfigMaps)
  await informer.synced
  const names: string[] = []
  const remove = informer.on({ added: ({ metadata }) => names.push(metadata.name) })
  expect(names).toEqual(['a'])
  remove()
  await seen(informer, await client.create(ConfigMaps, map('b')))
  expect(names).toEqual(['a'])
})

test('a handler that throws does not affect the others', async () => {
  const { client, informers, follow, changes, map } = setup()
  informers.of(ConfigMaps).on({
    added() {
      throw new Error('oops')
    },
  })
  const informer = follow()
  await informer.synced
  await seen(informer, await client.create(ConfigMaps, map('a')))
  expect(changes).toEqual(['+a'])
})

test('after a gap the list shows changes and deletions in between', async () => {
  const { backend, client, clock, follow, changes, map } = setup()
  await client.create(ConfigMaps, map('stays'))
  await client.create(ConfigMaps, map('changes'))
  await client.create(ConfigMaps, map('vanishes'))
  await client.create(ConfigMaps, map('again'))
  const informer = follow()
  await informer.synced
  await clock.advance(0)
  changes.length = 0
  backend.held = true
  await client.update(ConfigMaps, map('changes', '2'))
  await client.delete(ConfigMaps, { namespace: 'default', name: 'vanishes' })
  await client.delete(ConfigMaps, { namespace: 'default', name: 'again' })
  await client.create(ConfigMaps, map('again', 'new'))
  await client.create(ConfigMaps, map('new'))
  backend.compact()
  backend.endWatches(expired('too old'))
  backend.held = false
  await clock.advance('2s')
  expect(changes).toEqual(['~changes 1 2', '-again', '+again', '+new', '-vanishes'])
})

test('a watch that ends in good order resumes at its revision, without a list', async () => {
  const { backend, client, clock, follow, changes, map } = setup()
  const informer = follow()
  await informer.synced
  await clock.advance('10s')
  await client.create(ConfigMaps, map('a'))
  backend.held = true
  await client.create(ConfigMaps, map('b'))
  backend.endWatches()
  backend.held = false
  await clock.advance('3s')
  expect(changes).toEqual(['+a', '+b'])
  expect(backend.calls.filter((call) => call.startsWith('list'))).toHaveLength(1)
})

test('waits longer after each failure', async () => {
  const { backend, clock, follow } = setup()
  backend.failing = () => serviceUnavailable('starting')
  const informer = follow()
  await clock.advance('10m')
  const calls = backend.calls.length
  expect(calls).toBeGreaterThan(10)
  expect(calls).toBeLessThan(30)
  backend.failing = () => undefined
  await clock.advance('61s')
  expect(informer.hasSynced).toBe(true)
})

test('indexes follow changes', async () => {
  const { client, informers, map } = setup()
  const informer = informers.of(ConfigMaps)
  await informer.synced
  await client.create(ConfigMaps, map('a', 'x'))
  await seen(informer, await client.create(ConfigMaps, map('b', 'x')))
  informer.addIndex('v', ({ data }) => Object.values(data ?? {}))
  const names = (v: string) => informer.byIndex('v', v).map(({ metadata }) => metadata.name)
  expect(names('x')).toEqual(['a', 'b'])
  await seen(informer, await client.update(ConfigMaps, map('a', 'y')))
  expect([names('x'), names('y')]).toEqual([['b'], ['a']])
  expect(() => informer.byIndex('none', 'x')).toThrow('there is no index "none"')
})

test('a caller can wait for its own writes', async () => {
  const { backend, client, clock, informers, map } = setup()
  const informer = informers.of(ConfigMaps)
  await informer.synced
  await clock.advance(0)
  backend.held = true
  const created = await client.create(ConfigMaps, map('a'))
  let done = false
  const waiting = seen(informer, created).then(() => {
    done = true
  })
  await clock.advance('1s')
  expect([done, informer.reached(created.metadata.resourceVersion)]).toEqual([false, false])
  backend.held = false
  await waiting
  expect(informer.get('default/a')).toBeDefined()
})
