import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CompactedError, FutureRevisionError, type Store } from '../../../src/store/store.ts'
import { followsModel } from './model.ts'
import { bytes, put, recorder, text } from './recorder.ts'

export interface StoreUnderTest {
  store: Store
  /** Advances the store's time; does nothing if the store uses the machine's clock. */
  elapse(ms: number): Promise<void>
  /** Opens another store over the same data; only for stores whose data outlive them. */
  reopen?(): Promise<Store>
  close(): Promise<void>
}

/** Tests that every `Store` passes. Each works below a prefix of its own, since one etcd serves them all. */
export function storeContract(make: () => Promise<StoreUnderTest>, { runs = 100, patienceMs = 5000 } = {}): void {
  let under: StoreUnderTest
  let store: Store
  let prefix: string
  let count = 0
  beforeEach(async () => {
    under = await make()
    store = under.store
    prefix = `/registry/test${count++}/`
  })
  afterEach(() => under.close())

  const until = (condition: () => void) => vi.waitFor(condition, { timeout: patienceMs, interval: 2 })
  const key = (name: string) => prefix + name
  const create = (name: string, value = name) => put(store, key(name), value, 0)
  const keysAt = async (revision?: number) =>
    (await store.list(prefix, { revision })).entries.map((e) => `${e.key.slice(prefix.length)}=${text(e.value)}`)

  describe('writes', () => {
    test('compare the revision they replace', async () => {
      const first = await create('a', 'one')
      expect(first).toBeGreaterThan(0)
      expect(await store.put(key('a'), bytes('two'), 0)).toMatchObject({ ok: false, current: { revision: first } })
      const second = await put(store, key('a'), 'two', first)
      expect(second).toBeGreaterThan(first)
      const lost = await store.put(key('a'), bytes('three'), first)
      expect(lost).toMatchObject({ ok: false, current: { key: key('a'), revision: second } })
      expect(text((await store.get(key('a')))?.value)).toBe('two')
    })

    test('delete what is there, once', async () => {
      const revision = await create('a')
      expect(await store.delete(key('a'), revision - 1)).toMatchObject({ ok: false, current: { revision } })
      const deleted = await store.delete(key('a'), revision)
      expect(deleted).toMatchObject({ ok: true })
      expect(await store.get(key('a'))).toBeUndefined()
      for (const expected of [0, revision]) {
        const again = await store.delete(key('a'), expected)
        expect(again.ok).toBe(false)
        expect('current' in again && again.current).toBeFalsy()
      }
      expect(await store.put(key('a'), bytes('x'), revision)).toMatchObject({ ok: false })
      expect(await create('a', 'back')).toBeGreaterThan(revision + 1)
    })

    test('keep bytes as they are, also none', async () => {
      const all = Uint8Array.from({ length: 256 }, (_, i) => i)
      await store.put(key('all'), all, 0)
      await store.put(key('none'), new Uint8Array(0), 0)
      await store.put(key('long'), new Uint8Array(700_000).fill(7), 0)
      expect([...((await store.get(key('all')))?.value ?? [])]).toEqual([...all])
      expect((await store.get(key('none')))?.value.length).toBe(0)
      expect((await store.get(key('long')))?.value.every((b) => b === 7)).toBe(true)
    })

    test('of many writers to one key: none is lost', async () => {
      await create('n', '0')
      const writer = async () => {
        for (let i = 0; i < 10; ) {
          const entry = await store.get(key('n'))
          const result = await store.put(key('n'), bytes(String(Number(text(entry?.value)) + 1)), entry?.revision ?? 0)
          if (result.ok) i++
        }
      }
      await Promise.all(Array.from({ length: 8 }, writer))
      expect(text((await store.get(key('n')))?.value)).toBe('80')
    })

    test('of many at once: one of each wins, each has its own revision', async () => {
      const results = await Promise.all(
        Array.from({ length: 200 }, (_, i) => store.put(key(`k${i % 50}`), bytes(`${i}`), 0)),
      )
      const won = results.flatMap((r) => (r.ok ? [r.revision] : []))
      expect(won).toHaveLength(50)
      expect(new Set(won).size).toBe(50)
      expect((await store.list(prefix)).entries).toHaveLength(50)
    })

    test('move the revision on, and nothing else does', async () => {
      const before = await store.revision()
      await store.put(key('a'), bytes('a'), 77)
      await store.delete(key('a'), 77)
      expect(await store.revision()).toBe(before)
      const revision = await create('a')
      expect(revision).toBe(before + 1)
      expect(await store.revision()).toBe(revision)
    })
  })

  describe('lists', () => {
    test('are in order of the bytes of the keys, and only of the prefix', async () => {
      const names = ['b', 'a', 'a/b', 'a0', 'a-b', 'Z', 'é', '\uffee', '😀', 'a.b']
      for (const name of names) await create(name)
      await put(store, `${prefix.slice(0, -1)}0`, 'beside', 0)
      const inOrder = [...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
      expect((await store.list(prefix)).entries.map((e) => e.key)).toEqual(inOrder.map(key))
      expect((await store.list(key('a'))).entries.map((e) => e.key)).toEqual(['a', 'a-b', 'a.b', 'a/b', 'a0'].map(key))
      expect((await store.list(key('nothing'))).entries).toEqual([])
    })

    test('come in pages of one revision', async () => {
      for (let i = 0; i < 10; i++) await create(`k${i}`)
      const first = await store.list(prefix, { limit: 4 })
      expect(first.entries.map((e) => e.key)).toEqual(['k0', 'k1', 'k2', 'k3'].map(key))
      expect(first.remaining).toBe(6)
      await create('k35')
      const k5 = await store.get(key('k5'))
      await store.delete(key('k5'), k5?.revision ?? 0)
      const { revision } = first
      const second = await store.list(prefix, { limit: 4, after: key('k3'), revision })
      expect(second.entries.map((e) => e.key)).toEqual(['k4', 'k5', 'k6', 'k7'].map(key))
      expect([second.remaining, second.revision]).toEqual([2, revision])
      const third = await store.list(prefix, { limit: 4, after: key('k7'), revision })
      expect(third.entries.map((e) => e.key)).toEqual(['k8', 'k9'].map(key))
      expect(third.remaining).toBe(0)
      expect((await store.list(prefix, { limit: 4, after: key('k9'), revision })).entries).toEqual([])
    })

    test('show the store as it was', async () => {
      const r1 = await create('a', '1')
      const r2 = await create('b', '1')
      const r3 = await put(store, key('a'), '2', r1)
      const deleted = await store.delete(key('b'), r2)
      const r4 = deleted.ok ? deleted.revision : 0
      const r5 = await create('b', '3')
      expect(await keysAt(r1)).toEqual(['a=1'])
      expect(await keysAt(r2)).toEqual(['a=1', 'b=1'])
      expect(await keysAt(r3)).toEqual(['a=2', 'b=1'])
      expect(await keysAt(r4)).toEqual(['a=2'])
      expect(await keysAt(r5)).toEqual(['a=2', 'b=3'])
      expect(await keysAt()).toEqual(['a=2', 'b=3'])
      const future = r5 + 1000
      await expect(store.list(prefix, { revision: future })).rejects.toThrow(FutureRevisionError)
    })
  })

  describe('watches', () => {
    test('tell every change once, in order', async () => {
      const seen = recorder()
      const start = await store.revision()
      const unwatch = store.watch(prefix, start, seen)
      const r1 = await create('a', '1')
      const r2 = await put(store, key('a'), '2', r1)
      await put(store, `${prefix.slice(0, -1)}0`, 'beside', 0)
      await store.delete(key('a'), r2)
      await until(() => expect(seen.list).toHaveLength(3))
      unwatch()
      const [made, changed, gone] = seen.list
      expect(made).toMatchObject({ type: 'put', key: key('a'), revision: r1 })
      expect(changed).toMatchObject({ type: 'put', key: key('a'), revision: r2 })
      expect(gone).toMatchObject({ type: 'delete', key: key('a') })
      expect(gone?.revision).toBeGreaterThan(r2)
      expect([made, changed, gone].map((e) => text(e?.value))).toEqual(['1', '2', ''])
    })

    test('start in the past', async () => {
      const r1 = await create('a', '1')
      const r2 = await put(store, key('a'), '2', r1)
      const r3 = await create('b')
      const seen = recorder()
      const unwatch = store.watch(prefix, r1, seen)
      await until(() => expect(seen.list).toHaveLength(2))
      const r4 = await create('c')
      await until(() => expect(seen.list.map((e) => e.revision)).toEqual([r2, r3, r4]))
      expect(text(seen.list[0]?.value)).toBe('2')
      unwatch()
    })

    test('end with unwatch, also at once', async () => {
      const start = await store.revision()
      const [stopped, other] = [recorder(), recorder()]
      store.watch(prefix, start, stopped)()
      const unwatch = store.watch(prefix, start, other)
      await create('a')
      await until(() => expect(other.list).toHaveLength(1))
      unwatch()
      unwatch()
      await create('b')
      const third = recorder()
      const end = store.watch(prefix, start, third)
      await until(() => expect(third.list).toHaveLength(2))
      end()
      expect([stopped.list.length, other.list.length, other.errors.length]).toEqual([0, 1, 0])
    })

    test('of many prefixes get what is theirs', async () => {
      const start = await store.revision()
      const prefixes = ['', 'pods/', 'pods/a/', 'pods/a/x', 'po', 'nodes/']
      const seen = prefixes.map(() => recorder())
      const ends = prefixes.map((p, i) => store.watch(key(p), start, seen[i] ?? recorder()))
      for (const name of ['pods/a/x', 'pods/a/y', 'pods/b/x', 'nodes/n', 'port']) await create(name)
      await until(() => expect(seen.map((s) => s.list.length)).toEqual([5, 3, 2, 1, 4, 1]))
      for (const end of ends) end()
    })

    test('keep up with many writers, without a gap', async () => {
      const seen = recorder()
      const unwatch = store.watch(prefix, await store.revision(), seen)
      const writers = Array.from({ length: 20 }, async (_, w) => {
        for (let i = 0, revision = 0; i < 20; i++) revision = await put(store, key(`w${w}`), `${i}`, revision)
      })
      await Promise.all(writers)
      await until(() => expect(seen.list).toHaveLength(400))
      unwatch()
      const revisions = seen.list.map((e) => e.revision)
      expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
      expect(new Set(revisions).size).toBe(400)
      const counted = new Map<string, number>()
      for (const { key, value } of seen.list) {
        const next = counted.get(key) ?? 0
        expect(text(value)).toBe(`${next}`)
        counted.set(key, next + 1)
      }
    })
  })

  describe('compaction', () => {
    test('forgets the past and keeps the present', async () => {
      const r1 = await create('a', '1')
      const r2 = await put(store, key('a'), '2', r1)
      await create('b')
      const r3 = await put(store, key('a'), '3', r2)
      const r4 = await create('c')
      await store.compact(r3)
      await expect(store.list(prefix, { revision: r2 })).rejects.toThrow(CompactedError)
      expect(await keysAt(r3)).toEqual(['a=3', 'b=b'])
      expect(await keysAt()).toEqual(['a=3', 'b=b', 'c=c'])
      const [old, young] = [recorder(), recorder()]
      store.watch(prefix, r1, old)
      const unwatch = store.watch(prefix, r3, young)
      await until(() => expect(old.errors).toHaveLength(1))
      expect(old.errors[0]).toBeInstanceOf(CompactedError)
      expect(old.list).toEqual([])
      await until(() => expect(young.list.map((e) => e.revision)).toEqual([r4]))
      unwatch()
      await expect(store.compact(r4 + 1000)).rejects.toThrow(FutureRevisionError)
    })

    test('goes on past deletions', async () => {
      const r1 = await create('a')
      const gone = await store.delete(key('a'), r1)
      const revision = gone.ok ? gone.revision : 0
      await store.compact(revision)
      expect(await keysAt(revision)).toEqual([])
      expect(await store.revision()).toBe(revision)
      expect(await create('a', 'again')).toBe(revision + 1)
      expect(await keysAt()).toEqual(['a=again'])
    })

    test('says what the oldest revision is', async () => {
      const r1 = await create('a', '1')
      const r2 = await put(store, key('a'), '2', r1)
      await store.compact(r2)
      const error = await store.list(prefix, { revision: r1 }).catch((e) => e)
      expect(error).toMatchObject({ name: 'CompactedError', compacted: r2 })
    })
  })

  describe('time to live', () => {
    test('ends entries, which watchers see', async () => {
      const seen = recorder()
      const unwatch = store.watch(prefix, await store.revision(), seen)
      await store.put(key('short'), bytes('s'), 0, { ttlSeconds: 1 })
      const renewed = await store.put(key('renewed'), bytes('r'), 0, { ttlSeconds: 1 })
      await put(store, key('renewed'), 'forever', renewed.ok ? renewed.revision : 0)
      await store.put(key('long'), bytes('l'), 0, { ttlSeconds: 3600 })
      await under.elapse(2500)
      await vi.waitFor(() => expect(seen.list.some((e) => e.type === 'delete')).toBe(true), { timeout: 15_000 })
      const deletes = seen.list.filter((e) => e.type === 'delete')
      expect(deletes.map((e) => e.key)).toEqual([key('short')])
      expect(await keysAt()).toEqual(['long=l', 'renewed=forever'])
      unwatch()
    })

    test('goes on over a restart', async (context) => {
      if (!under.reopen) return context.skip('the data ends with the store')
      await store.put(key('short'), bytes('s'), 0, { ttlSeconds: 1 })
      await store.put(key('long'), bytes('l'), 0, { ttlSeconds: 3600 })
      store = await under.reopen()
      await under.elapse(2500)
      await vi.waitFor(async () => expect(await keysAt()).toEqual(['long=l']), { timeout: 15_000 })
    })
  })

  test('a reopened store is as it was', async (context) => {
    if (!under.reopen) return context.skip('the data ends with the store')
    const r1 = await create('a', '1')
    const r2 = await put(store, key('a'), '2', r1)
    const r3 = await create('b')
    await store.delete(key('b'), r3)
    const newest = await store.revision()
    store = await under.reopen()
    expect(await store.revision()).toBe(newest)
    expect(await keysAt()).toEqual(['a=2'])
    expect(await keysAt(r3)).toEqual(['a=2', 'b=b'])
    const seen = recorder()
    const unwatch = store.watch(prefix, r1, seen)
    await until(() => expect(seen.list.map((e) => e.revision)).toEqual([r2, r3, newest]))
    unwatch()
    await store.compact(newest)
    store = await under.reopen()
    expect(await store.revision()).toBe(newest)
    expect(await keysAt()).toEqual(['a=2'])
    await expect(store.list(prefix, { revision: r2 })).rejects.toThrow(CompactedError)
  })

  test('does what a naive model does', () => followsModel(store, prefix, { runs, patienceMs }), 60_000)
}
