import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { systemClock } from '../src/api/clock.ts'
import { lmdbStore } from '../src/store/lmdb.ts'
import { memoryStore } from '../src/store/memory.ts'
import type { Store } from '../src/store/store.ts'
import type { Benchmark } from './harness.ts'

/** Each writer awaits its put before the next one. An awaited put of LMDB is on disk. */
export const benchmark: Benchmark = {
  summary: 'puts a second into the store from 1, 32 and 256 writers, values of 1 kB',
  async measure(bench) {
    const forMs = bench.quick ? 300 : 1000
    for (const writers of [1, 32, 256]) {
      const from = `from ${writers} writer${writers > 1 ? 's' : ''}`
      const rates = await bench.repeat(`puts ${from}`, 5, async () => {
        const bare = await puts(bareLmdb, writers, forMs)
        const lmdb = await puts((path) => lmdbStore({ path, clock: systemClock }), writers, forMs)
        const memory = await puts(() => memoryStore({ clock: systemClock }), writers, forMs)
        return { memory, lmdb, bare, ratio: lmdb / bare }
      })
      bench.figures(rates, {
        memory: [`memory: puts ${from}`, '/s'],
        lmdb: [`LMDB: puts ${from}`, '/s'],
        ratio: [`LMDB: puts ${from}, by the bare library`, 'x'],
      })
    }
  },
}

type Putter = Pick<Store, 'put' | 'close'>

/** The library as the store has it open, with keys and values as they come. */
function bareLmdb(folder: string): Pick<Putter, 'close'> & { put(key: string, value: Uint8Array): Promise<unknown> } {
  const root = open<Uint8Array, string>({
    path: join(folder, 'bare.mdb'),
    noSubdir: true,
    encoding: 'binary',
    overlappingSync: false,
  })
  return root
}

const value = new TextEncoder().encode(JSON.stringify({ kind: 'ConfigMap', data: { text: 'x'.repeat(960) } }))

async function puts(make: (folder: string) => Putter | ReturnType<typeof bareLmdb>, writers: number, forMs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-bench-store-'))
  const store = make(folder)
  let count = 0
  const begun = performance.now()
  const writer = async (id: number) => {
    for (let i = 0; performance.now() - begun < forMs; i++, count++)
      await store.put(`/registry/configmaps/default/w${id}-${i}`, value, 0)
  }
  await Promise.all(Array.from({ length: writers }, (_, id) => writer(id)))
  const perSecond = (count * 1000) / (performance.now() - begun)
  await store.close()
  rmSync(folder, { recursive: true, force: true })
  return perSecond
}
