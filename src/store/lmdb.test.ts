import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { storeContract } from '../../test/support/store/contract.ts'
import { bytes, put, recorder } from '../../test/support/store/recorder.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { DataFolderError } from './data-folder.ts'
import { lmdbStore } from './lmdb.ts'

describe('lmdb', () => {
  let path: string
  const clock = virtualClock()
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'k8ts-lmdb-'))
  })
  afterEach(() => rmSync(path, { recursive: true, force: true }))

  storeContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'k8ts-lmdb-'))
    let store = lmdbStore({ path: folder, clock })
    return {
      store,
      elapse: (ms) => clock.advance(ms),
      async reopen() {
        await store.close()
        store = lmdbStore({ path: folder, clock })
        return store
      },
      async close() {
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  })

  test('delivers before the write resolves, concurrent writes in one batch', async () => {
    const store = lmdbStore({ path, clock })
    const seen = recorder()
    const sizes: number[] = []
    store.watch('/a/', 1, {
      ...seen,
      events(batch) {
        sizes.push(batch.length)
        seen.events(batch)
      },
    })
    const writes = Array.from({ length: 10 }, (_, i) => store.put(`/a/${i}`, bytes('x'), 0))
    await writes[0]
    expect(seen.list.length).toBeGreaterThan(0)
    await Promise.all(writes)
    expect(sizes).toEqual([10])
    await store.close()
  })

  test('close still writes the queue', async () => {
    const store = lmdbStore({ path, clock })
    const last = store.put('/a/last', bytes('x'), 0)
    await store.close()
    expect(await last).toMatchObject({ ok: true })
    const again = lmdbStore({ path, clock })
    expect(await again.get('/a/last')).toBeDefined()
    await again.close()
  })

  test('only one store uses a folder at a time', async () => {
    const store = lmdbStore({ path, clock })
    expect(() => lmdbStore({ path, clock })).toThrow(`the data folder ${path} is in use by this process`)
    await put(store, '/a', '1', 0)
    await store.close()
    await lmdbStore({ path, clock }).close()
  })

  test.each([
    ['of a dead process', JSON.stringify({ pid: 2 ** 22 - 3 })],
    ['of one whose pid is another process now', JSON.stringify({ pid: process.pid, started: '1', boot: 'x' })],
    ['that is rubbish', '{"pid'],
    ['that is empty', ''],
  ])('a lock %s is taken over', async (_, content) => {
    writeFileSync(join(path, 'lock'), content)
    await lmdbStore({ path, clock }).close()
  })

  test('a lock of a living process is not', () => {
    writeFileSync(join(path, 'lock'), JSON.stringify({ pid: process.ppid }))
    expect(() => lmdbStore({ path, clock })).toThrow(`in use by process ${process.ppid}`)
  })

  test('leaves a file alone if it is no store', () => {
    const file = join(path, 'store.mdb')
    writeFileSync(file, 'something else '.repeat(2000))
    expect(() => lmdbStore({ path, clock })).toThrow(`the data folder ${path} is damaged: ${file} is no LMDB file`)
    expect(readFileSync(file, 'utf8')).toContain('something else')
    expect(readdirSync(path)).not.toContain('lock')
  })

  test('leaves a folder of another format or cluster alone', async () => {
    await lmdbStore({ path, clock, clusterId: 'one' }).close()
    await lmdbStore({ path, clock, clusterId: 'one' }).close()
    await lmdbStore({ path, clock }).close()
    expect(() => lmdbStore({ path, clock, clusterId: 'two' })).toThrow(/belongs to another cluster \(one, not two\)/)
    const root = open({ path: join(path, 'store.mdb'), noSubdir: true, overlappingSync: false })
    await root.openDB({ name: 'meta', encoding: 'json' }).put('format', 99)
    await root.close()
    expect(() => lmdbStore({ path, clock })).toThrow(DataFolderError)
    expect(() => lmdbStore({ path, clock })).toThrow(
      /has format version 99; this version of k8ts reads format version 1/,
    )
  })
})
