import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bytes, put, recorder } from '../../test/support/store/recorder.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { lmdbStore } from './lmdb.ts'

const clock = virtualClock()
let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'k8ts-crash-'))
})
afterEach(() => rmSync(path, { recursive: true, force: true }))

/** A process that writes with 32 writers as fast as it can and prints each acknowledged `key revision`. */
const program = (folder: string) => `
import { systemClock } from ${JSON.stringify(join(import.meta.dirname, '../api/clock.ts'))}
import { lmdbStore } from ${JSON.stringify(join(import.meta.dirname, 'lmdb.ts'))}
import { writeSync } from 'node:fs'
const store = lmdbStore({ path: ${JSON.stringify(folder)}, clock: systemClock, historyRevisions: 500 })
for (let w = 0; w < 32; w++) void (async () => {
  const value = new Uint8Array(100 + w * 50).fill(w)
  const hot = (await store.get('/hot/' + w))?.revision ?? 0
  for (let i = 0, revision = hot; ; i++) {
    const key = '/load/' + process.pid + '/' + w + '/' + i
    const made = await store.put(key, value, 0)
    writeSync(1, key + ' ' + made.revision + '\\n')
    const changed = await store.put('/hot/' + w, value, revision)
    revision = changed.revision
    writeSync(1, '/hot/' + w + ' ' + revision + '\\n')
  }
})()
`

test('kill -9 under load loses no acknowledged write, and the next process takes over the lock', async () => {
  const folder = join(path, 'data')
  const script = join(path, 'load.ts')
  writeFileSync(script, program(folder))
  const acknowledged = new Map<string, number>()
  for (const enough of [1500, 3000, 4500]) {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = 0
    for await (const line of createInterface(child.stdout)) {
      const [key = '', revision] = line.split(' ')
      acknowledged.set(key, Number(revision))
      if (++said === 1) expect(() => lmdbStore({ path: folder, clock })).toThrow(`in use by process ${child.pid}`)
      if (said === enough) child.kill('SIGKILL')
    }
    // Its output ends shortly before the process does.
    if (child.signalCode === null) await once(child, 'exit')
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')).pid).toBe(child.pid)
    const store = lmdbStore({ path: folder, clock })
    const there = new Map((await store.list('/')).entries.map((e) => [e.key, e.revision]))
    const missing = [...acknowledged].filter(([key, revision]) => (there.get(key) ?? 0) < revision)
    expect(missing).toEqual([])
    expect(await store.revision()).toBeGreaterThanOrEqual(Math.max(...acknowledged.values()))
    await put(store, `/after/${enough}`, 'x', 0)
    await store.close()
  }
}, 60_000)

/** A file system of its own with 1 MB; undefined if mounting is not allowed. */
function smallDisk(folder: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' })
    return () => void execFileSync('umount', ['-l', folder])
  } catch {
    return undefined
  }
}

describe('a full disk', () => {
  test('refuses the write, loses nothing, and accepts writes again when there is room', async (context) => {
    const unmount = smallDisk(path)
    if (!unmount) return context.skip('mounting a tmpfs is not allowed here')
    try {
      const filler = join(path, 'filler')
      writeFileSync(filler, Buffer.alloc(500_000))
      let store = lmdbStore({ path, clock })
      const seen = recorder()
      store.watch('/a/', 1, seen)
      const made: string[] = []
      let refused: unknown
      for (let i = 0; i < 2000 && !refused; i++) {
        const written = await store.put(`/a/${i}`, new Uint8Array(2000).fill(i), 0).catch((error) => {
          refused = error
        })
        if (written) made.push(`/a/${i}`)
      }
      expect(refused).toMatchObject({ name: 'ApiError' })
      expect(String(refused)).toContain(`the disk of the data folder ${path} is full: the write has not been made`)
      expect(made.length).toBeGreaterThan(10)
      const keysOf = async () => (await store.list('/a/')).entries.map((e) => e.key).sort()
      expect(await keysOf()).toEqual([...made].sort())
      expect(seen.list).toHaveLength(made.length)
      await expect(store.put('/a/again', new Uint8Array(50_000), 0)).rejects.toThrow('is full')
      rmSync(filler)
      const revision = await put(store, '/a/room', 'x', 0)
      expect(revision).toBe(made.length + 2)
      await store.close()
      store = lmdbStore({ path, clock })
      expect(await keysOf()).toEqual([...made, '/a/room'].sort())
      expect(await store.put('/a/room', bytes('y'), revision)).toMatchObject({ ok: true })
      await store.close()
    } finally {
      unmount()
    }
  })
})
