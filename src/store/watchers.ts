import type { StoreEvent, Unwatch, WatchSink } from './store.ts'

/** One watch; it has received everything up to `seen`. */
interface Watcher {
  sink: WatchSink
  seen: number
}

/** All watches of one prefix: they share one match per event, and the batch. */
interface Group {
  prefix: string
  watchers: Set<Watcher>
  batch: StoreEvent[]
}

/** Watches by prefix. The cost of a delivery depends on the matching watchers, not on all. */
export class Watchers {
  readonly #groups = new Map<string, Group>()
  /** Watches whose prefix does not end with a slash: cutting a key at its slashes cannot find them. */
  readonly #ragged = new Set<Group>()
  #publishing = false
  /** The progress to announce after the delivery. */
  #announced = 0

  /** `seen`: the watcher has received everything up to this revision. */
  add(prefix: string, seen: number, sink: WatchSink): Unwatch {
    let group = this.#groups.get(prefix)
    if (!group) {
      group = { prefix, watchers: new Set(), batch: [] }
      this.#groups.set(prefix, group)
      if (!prefix.endsWith('/')) this.#ragged.add(group)
    }
    const { watchers } = group
    const watcher = { sink, seen }
    watchers.add(watcher)
    return () => {
      if (!watchers.delete(watcher) || watchers.size > 0 || this.#groups.get(prefix)?.watchers !== watchers) return
      this.#ragged.delete(this.#groups.get(prefix) ?? { prefix, watchers, batch: [] })
      this.#groups.delete(prefix)
    }
  }

  /** Delivers changes in order of revision; calls `eventOf` only for watched ones. */
  publish<T extends { key: string }>(changes: readonly T[], eventOf: (change: T) => StoreEvent): void {
    const hit = new Set<Group>()
    for (const change of changes) {
      let event: StoreEvent | undefined
      for (const group of this.#matching(change.key)) {
        event ??= eventOf(change)
        group.batch.push(event)
        hit.add(group)
      }
    }
    this.#publishing = true
    for (const group of hit) {
      const { batch } = group
      group.batch = []
      for (const watcher of [...group.watchers]) {
        if (group.watchers.has(watcher)) deliver(watcher, batch, () => group.watchers.delete(watcher))
      }
    }
    this.#publishing = false
    if (this.#announced) this.announce(this.#announced)
  }

  /** Reports progress up to `revision` to watchers that have seen less. */
  announce(revision: number): void {
    // During a delivery this does not hold yet for watchers whose turn is still to come.
    this.#announced = this.#publishing ? revision : 0
    if (this.#publishing) return
    for (const { watchers } of this.#groups.values()) {
      for (const watcher of watchers) {
        if (watcher.seen >= revision) continue
        watcher.seen = revision
        watcher.sink.progress?.(revision)
      }
    }
  }

  /** Ends all watches with `error`. */
  end(error: Error): void {
    const groups = [...this.#groups.values()]
    this.#groups.clear()
    this.#ragged.clear()
    for (const { watchers } of groups) {
      const ended = [...watchers]
      watchers.clear()
      for (const { sink } of ended) sink.error(error)
    }
  }

  *#matching(key: string): Generator<Group, void> {
    for (let end = key.indexOf('/') + 1; end > 0; end = key.indexOf('/', end) + 1) {
      const group = this.#groups.get(key.slice(0, end))
      if (group) yield group
    }
    for (const group of this.#ragged) if (key.startsWith(group.prefix)) yield group
  }
}

/** A watcher that throws loses its watch; the others and the write are not affected. */
function deliver(watcher: Watcher, batch: StoreEvent[], drop: () => void): void {
  const news = watcher.seen < (batch[0]?.revision ?? 0) ? batch : batch.filter((e) => e.revision > watcher.seen)
  if (news.length === 0) return
  watcher.seen = news.at(-1)?.revision ?? watcher.seen
  try {
    watcher.sink.events(news)
  } catch (error) {
    drop()
    watcher.sink.error(error instanceof Error ? error : new Error(String(error)))
  }
}
