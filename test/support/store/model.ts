import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { CompactedError, type Store } from '../../../src/store/store.ts'
import { bytes, recorder, text } from './recorder.ts'

/** Runs random steps against the store and against maps, and expects the same of both; then replays the events. */
export async function followsModel(
  store: Store,
  prefix: string,
  { runs, patienceMs }: { runs: number; patienceMs: number },
): Promise<void> {
  const name = fc.constantFrom('a', 'a/', 'a/b', 'b', 'b/c', 'ab')
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ op: fc.constant('put' as const), name, right: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('delete' as const), name, right: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant('list' as const), name, back: fc.nat(6) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('compact' as const), back: fc.nat(6) }) },
  )
  let round = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const root = `${prefix}${round++}/`
      const model = new Map<string, { value: string; revision: number }>()
      const begun = await store.revision()
      const past = [{ revision: begun, entries: new Map(model) }]
      let compacted = begun
      const seen = recorder()
      const unwatch = store.watch(root, begun, seen)
      let writes = 0
      const written = (result: { ok: boolean; revision?: number }, expected: number, change: () => void) => {
        const now = past.at(-1)?.revision ?? 0
        if (!result.ok) return
        expect(result.revision).toBe(now + 1)
        expect(expected).toBeGreaterThanOrEqual(0)
        change()
        writes++
        past.push({ revision: now + 1, entries: new Map(model) })
      }
      for (const s of steps) {
        const now = past.at(-1)?.revision ?? 0
        if (s.op === 'list') {
          const at = past[Math.max(0, past.length - 1 - s.back)]
          const revision = at?.revision ?? now
          const page = store.list(root + s.name, { revision })
          if (revision < compacted) await expect(page).rejects.toThrow(CompactedError)
          else expect(shown((await page).entries)).toEqual(matching(at?.entries, root + s.name))
        } else if (s.op === 'compact') {
          const revision = past[Math.max(0, past.length - 1 - s.back)]?.revision ?? now
          if (revision > compacted) await store.compact(revision)
          compacted = Math.max(compacted, revision)
        } else {
          const current = model.get(root + s.name)
          const expected = s.right ? (current?.revision ?? 0) : 999_999_999
          const value = `v${now}`
          const result = await (s.op === 'put'
            ? store.put(root + s.name, bytes(value), expected)
            : store.delete(root + s.name, expected))
          expect(result.ok).toBe(s.right && (s.op === 'put' || current !== undefined))
          if (!result.ok) expect(result.current?.revision).toBe(current?.revision)
          written(result, expected, () => {
            if (s.op === 'put') model.set(root + s.name, { value, revision: now + 1 })
            else model.delete(root + s.name)
          })
        }
      }
      expect(shown((await store.list(root)).entries)).toEqual(matching(model, root))
      await vi.waitFor(() => expect(seen.list).toHaveLength(writes), { timeout: patienceMs, interval: 2 })
      unwatch()
      // Replaying the events gives the same state as the writes.
      const replayed = new Map<string, { value: string; revision: number }>()
      for (const e of seen.list) {
        if (e.type === 'delete') expect(replayed.has(e.key)).toBe(true)
        if (e.type === 'delete') replayed.delete(e.key)
        else replayed.set(e.key, { value: text(e.value), revision: e.revision })
      }
      expect(matching(replayed, root)).toEqual(matching(model, root))
    }),
    { numRuns: runs },
  )
}

const shown = (entries: { key: string; value: Uint8Array; revision: number }[]) =>
  entries.map((e) => [e.key, text(e.value), e.revision])

const matching = (entries: Map<string, { value: string; revision: number }> | undefined, prefix: string) =>
  [...(entries ?? [])]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { value, revision }]) => [key, value, revision])
