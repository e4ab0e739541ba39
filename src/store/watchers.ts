import type { StoreEvent, Unwatch, WatchSink } from './store.ts'

/** One watch: what it has been told of ends at `seen`. */
interface Watcher {
  sink: WatchSink
  seen: number
}

/** All watches of one prefix: an event is matched with it once, and the batch is shared. */
interface Group {
  prefix: string
  watchers: Set<Watcher>
  batch: StoreEvent[]
}

/** Who watches which prefix. Delivering costs by the watchers that match, not by those there are. */
export class Watchers {
  readonly #groups = new Map<string, Group>()
  /** Those whose prefix does not end with a slash, hence can not be found by cutting a key at its slashes. */
  readonly #ragged = new Set<Group>()
  #publishing = false
  /** What is to be announced when the delivery is done. */
  #announced = 0

  /** `seen`: the revision the watcher has been told everything up to. */
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

  /** Delivers changes, which are in order of revision; `eventOf` is called only for those somebody watches. */
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

  /** Tells those who have seen less that there is nothing more up to `revision`. */
  announce(revision: number): void {
    // In the midst of a delivery this is not true yet for those whose turn is still to come.
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

/** A watcher that throws loses its watch; the others, and the write, have nothing to do with it. */
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
