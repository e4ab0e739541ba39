import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/api/clock.ts'
import { lmdbStore } from '../src/store/lmdb.ts'
import { memoryStore } from '../src/store/memory.ts'
import type { Store } from '../src/store/store.ts'
import type { Benchmark } from './harness.ts'

/** Each writer awaits its put before the next one. An awaited put of LMDB is on disk. */
export const benchmark: Benchmark = {
  summary: 'puts a second into the store from 1, 32 and 256 writers, values of 1 kB',
  async measure(bench) {
    const goals: Record<number, number> = { 1: 2_000, 32: 45_000, 256: 157_000 }
    for (const kind of ['memory', 'LMDB'])
      for (const writers of [1, 32, 256]) {
        const name = `${kind}: puts from ${writers} writer${writers > 1 ? 's' : ''}`
        const rates = await bench.repeat(name, 5, () => puts(kind, writers, bench.quick ? 300 : 1000))
        bench.figure(name, '/s', rates, kind === 'LMDB' ? { over: Number(goals[writers]) } : {})
      }
  },
}

const value = new TextEncoder().encode(JSON.stringify({ kind: 'ConfigMap', data: { text: 'x'.repeat(960) } }))

async function puts(kind: string, writers: number, forMs: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-bench-store-'))
  const store: Store =
    kind === 'LMDB' ? lmdbStore({ path: folder, clock: systemClock }) : memoryStore({ clock: systemClock })
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
