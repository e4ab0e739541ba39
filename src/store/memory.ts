import type { Clock } from '../api/clock.ts'
import { type HistoryOptions, type Keeper, LocalStore } from './local.ts'
import type { Store } from './store.ts'
import { Versions } from './versions.ts'

export interface MemoryStoreOptions extends HistoryOptions {
  /** For expiry and the end of history. */
  clock: Clock
}

/** A store without persistence. A write is done, and delivered to all watchers, when `put` returns. */
export function memoryStore({ clock, historyMs = 5 * 60_000, historyRevisions = 20_000 }: MemoryStoreOptions): Store {
  const values = new Map<number, Uint8Array>()
  const keeper: Keeper = {
    read: (revision) => values.get(revision) ?? new Uint8Array(0),
    commit(changes, forget) {
      for (const { revision, value } of changes) if (value) values.set(revision, value)
      for (const revision of forget?.revisions ?? []) values.delete(revision)
      return undefined
    },
    gather: (run) => run(),
    close: async () => values.clear(),
  }
  return new LocalStore(clock, keeper, new Versions(keeper.read), { historyMs, historyRevisions })
}
