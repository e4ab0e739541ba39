import { describe, expect, test } from 'vitest'
import { storeContract } from '../../test/support/store/contract.ts'
import { bytes, put, recorder, text } from '../../test/support/store/recorder.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { memoryStore } from './memory.ts'
import { CompactedError } from './store.ts'

describe('memory', () => {
  storeContract(async () => {
    const clock = virtualClock()
    const store = memoryStore({ clock })
    return { store, elapse: (ms) => clock.advance(ms), close: () => store.close() }
  })

  test('delivers before the write resolves, also to watchers that write during delivery', async () => {
    const store = memoryStore({ clock: virtualClock() })
    const [first, second] = [recorder(), recorder()]
    let nested: Promise<unknown> | undefined
    store.watch('/a/', 1, {
      ...first,
      events(batch) {
        first.events(batch)
        nested ??= store.put('/a/2', bytes('2'), 0)
      },
    })
    store.watch('/a/', 1, second)
    await put(store, '/a/1', '1', 0)
    expect(second.list[0]?.key).toBe('/a/1')
    await nested
    expect(first.list.map((e) => e.key)).toEqual(['/a/1', '/a/2'])
    expect(second.list.map((e) => e.key)).toEqual(['/a/1', '/a/2'])
    await store.close()
  })

  test('a watcher that throws loses its watch and affects no other', async () => {
    const store = memoryStore({ clock: virtualClock() })
    const [bad, good] = [recorder(), recorder()]
    store.watch('/a/', 1, {
      ...bad,
      events() {
        throw new Error('broken')
      },
    })
    store.watch('/a/', 1, good)
    await put(store, '/a/1', '1', 0)
    await put(store, '/a/2', '2', 0)
    expect(bad.errors.map((e) => e.message)).toEqual(['broken'])
    expect(good.list).toHaveLength(2)
    await store.close()
    expect(good.errors).toHaveLength(1)
    await expect(store.put('/a/3', bytes('3'), 0)).rejects.toThrow('the store is closed')
  })

  test('a request for the revision reports progress to all watchers', async () => {
    const store = memoryStore({ clock: virtualClock() })
    const seen = recorder()
    store.watch('/a/', 1, seen)
    await put(store, '/b/1', '1', 0)
    const revision = await put(store, '/b/2', '2', 0)
    expect(seen.progressed()).toBeLessThan(revision)
    await store.revision()
    expect(seen.progressed()).toBe(revision)
    await store.close()
  })

  test('a request for the revision during delivery takes nothing from other watchers', async () => {
    const store = memoryStore({ clock: virtualClock() })
    const [first, second] = [recorder(), recorder()]
    store.watch('/a/', 1, { ...first, events: () => void store.revision() })
    store.watch('/a/', 1, second)
    await put(store, '/a/1', '1', 0)
    expect(second.list).toHaveLength(1)
    await put(store, '/b/1', '1', 0)
    await put(store, '/a/2', '2', 0)
    expect(second.list).toHaveLength(2)
    await store.close()
  })

  test('forgets history after one to two intervals', async () => {
    const clock = virtualClock()
    const store = memoryStore({ clock, historyMs: 60_000 })
    const r1 = await put(store, '/a/1', '1', 0)
    const r2 = await put(store, '/a/1', '2', r1)
    await clock.advance('1m')
    expect(text((await store.list('/a/', { revision: r1 })).entries[0]?.value)).toBe('1')
    await clock.advance('1m')
    await expect(store.list('/a/', { revision: r1 })).rejects.toThrow(CompactedError)
    expect(text((await store.list('/a/', { revision: r2 })).entries[0]?.value)).toBe('2')
    await store.close()
  })

  test('forgets history beyond a number of revisions', async () => {
    const store = memoryStore({ clock: virtualClock(), historyRevisions: 100 })
    let revision = 0
    for (let i = 0; i < 300; i++) revision = await put(store, '/a/1', `${i}`, revision)
    await expect(store.list('/a/', { revision: revision - 200 })).rejects.toThrow(CompactedError)
    expect(text((await store.list('/a/', { revision: revision - 90 })).entries[0]?.value)).toBe('209')
    await store.close()
  })
})
