import type { Cancel, Clock } from '../../api/clock.ts'
import { expired, serviceUnavailable } from '../../api/errors.ts'
import { CompactedError, type Entry, type Store, type StoreEvent, type Unwatch } from '../../store/store.ts'
import { registryRoot, splitStoreKey } from './keys.ts'
import type { ResourceCache } from './resource-cache.ts'

const pageSize = 5000
const retryMs = 1000
/** How long a read waits for the watch before it requests progress. */
const nudgeMs = 100
const nudgeKey = `${registryRoot}k8ts/progress`

/**
 * Feeds the caches of all resources from one watch of the whole store. As the store counts all writes with one revision,
 * every cache is at every moment complete up to `revision`.
 */
export class Feed {
  /** The caches include all changes up to this revision. */
  revision = 0
  /** Called after the initial read, before the watch starts: may add caches for the objects read. */
  loaded: () => void = () => {}
  readonly #store: Store
  readonly #clock: Clock
  readonly #caches = new Map<string, ResourceCache>()
  /** During the initial read: entries that no cache has claimed yet. */
  #unclaimed: Entry[] | undefined
  readonly #waiting = new Set<{ revision: number; done: (reached: boolean) => void }>()
  #unwatch: Unwatch | undefined
  #retry: Cancel | undefined
  #closed = false
  #nudging = false

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Adds a resource: before the start, when everything has been `loaded`, or while the store is followed. */
  add(cache: ResourceCache): void {
    this.#caches.set(cache.path, cache)
    if (this.#unclaimed) this.#claim(cache, this.#unclaimed)
    else if (this.#unwatch || this.#retry) cache.filling = this.#fill(cache)
  }

  /** Removes a resource that is no longer served. */
  remove(cache: ResourceCache): void {
    if (this.#caches.get(cache.path) === cache) this.#caches.delete(cache.path)
  }

  #claim(cache: ResourceCache, entries: Entry[]): void {
    const prefix = cache.storeKey('')
    let low = 0
    for (let high = entries.length; low < high; ) {
      const middle = (low + high) >>> 1
      if ((entries[middle]?.key ?? '') < prefix) low = middle + 1
      else high = middle
    }
    const claimed: Entry[] = []
    for (let entry = entries[low]; entry?.key.startsWith(prefix); entry = entries[++low])
      claimed.push({ ...entry, key: entry.key.slice(prefix.length) })
    cache.load(claimed)
  }

  /** Reads a resource from the store that is followed meanwhile. */
  async #fill(cache: ResourceCache): Promise<void> {
    cache.hold()
    const prefix = cache.storeKey('')
    while (!this.#closed && this.#caches.get(cache.path) === cache) {
      try {
        const { entries, revision } = await this.#readAll(prefix)
        cache.fill(
          entries.map((entry) => ({ ...entry, key: entry.key.slice(prefix.length) })),
          revision,
        )
        cache.filling = undefined
        return
      } catch {
        await new Promise<void>((resolve) => this.#clock.after(retryMs, resolve))
      }
    }
  }

  /** Reads everything, then follows the store. */
  async start(): Promise<void> {
    const revision = await this.#load()
    this.revision = revision
    this.#unclaimed?.sort((a, b) => (a.key < b.key ? -1 : 1))
    this.loaded()
    this.#unclaimed = undefined
    for (const cache of this.#caches.values()) cache.beginHistory(revision)
    this.#follow()
  }

  close(): void {
    this.#closed = true
    this.#unwatch?.()
    this.#retry?.()
    for (const { done } of this.#waiting) done(false)
    this.#waiting.clear()
    const error = serviceUnavailable('the server is shutting down')
    for (const cache of this.#caches.values()) cache.watchers.endAll(error)
  }

  /** Resolves when the caches show every write acknowledged before this call. */
  async fresh(): Promise<void> {
    const newest = await this.#store.revision()
    if (this.revision >= newest) return
    const cancel = this.#clock.after(nudgeMs, () => this.#nudge())
    await this.reached(newest, 3000)
    cancel()
  }

  /**
   * Other servers' writes may put a shared store ahead of the watch, and not every etcd reports that. A write of our own comes
   * through the watch, and with it everything before.
   */
  async #nudge(): Promise<void> {
    if (this.#nudging || this.#closed) return
    this.#nudging = true
    try {
      const present = await this.#store.get(nudgeKey)
      await this.#store.put(nudgeKey, new Uint8Array(0), present?.revision ?? 0)
    } catch {
      // Then it takes until the next event, or the wait ends.
    } finally {
      this.#nudging = false
    }
  }

  /** Resolves when the caches are at `revision`, or with false after `timeoutMs`. */
  reached(revision: number, timeoutMs: number): Promise<boolean> {
    if (this.revision >= revision) return Promise.resolve(true)
    return new Promise((resolve) => {
      const done = (reached: boolean) => {
        cancel()
        this.#waiting.delete(waiter)
        resolve(reached)
      }
      const waiter = { revision, done }
      const cancel = this.#clock.after(timeoutMs, () => done(false))
      this.#waiting.add(waiter)
    })
  }

  async #load(): Promise<number> {
    const unclaimed: Entry[] = []
    const { revision } = await this.#readAll(registryRoot, (entries) => this.#take(entries, unclaimed))
    this.#unclaimed = unclaimed
    return revision
  }

  /** Everything below a prefix, page by page, at one revision. */
  async #readAll(prefix: string, take?: (entries: Entry[]) => void): Promise<{ entries: Entry[]; revision: number }> {
    const all: Entry[] = []
    let after: string | undefined
    let revision: number | undefined
    for (;;) {
      const page = await this.#store.list(prefix, {
        limit: pageSize,
        ...(after !== undefined && { after }),
        ...(revision !== undefined && { revision }),
      })
      revision ??= page.revision
      if (take) take(page.entries)
      else all.push(...page.entries)
      const last = page.entries.at(-1)
      if (!last || page.remaining === 0) return { entries: all, revision }
      after = last.key
    }
  }

  #take(entries: Entry[], unclaimed: Entry[]): void {
    for (const entry of entries) {
      const { key, value, revision } = entry
      const place = splitStoreKey(key, this.#caches)
      if (place) place.owner.load([{ key: place.rest, value, revision }])
      else unclaimed.push(entry)
    }
  }

  #follow(): void {
    if (this.#closed) return
    this.#unwatch = this.#store.watch(registryRoot, this.revision, {
      events: (batch) => this.#events(batch),
      progress: (revision) => this.#advance(revision),
      error: (error) => this.#broken(error),
    })
  }

  #events(batch: StoreEvent[]): void {
    const touched = new Set<ResourceCache>()
    for (const event of batch) {
      const place = splitStoreKey(event.key, this.#caches)
      if (!place) continue
      place.owner.apply(place.rest, event)
      touched.add(place.owner)
    }
    const last = batch.at(-1)
    if (last && last.revision > this.revision) this.revision = last.revision
    for (const cache of touched) cache.watchers.flush()
    this.#wake()
  }

  #advance(revision: number): void {
    if (revision <= this.revision) return
    this.revision = revision
    this.#wake()
  }

  #wake(): void {
    for (const waiter of this.#waiting) if (this.revision >= waiter.revision) waiter.done(true)
  }

  /** The watch broke: continue where it stopped or, if that revision is gone, start over. */
  #broken(error: Error): void {
    this.#unwatch = undefined
    if (this.#closed) return
    if (!(error instanceof CompactedError)) {
      this.#retry = this.#clock.after(retryMs, () => this.#follow())
      return
    }
    for (const cache of this.#caches.values()) cache.reset(expired('the history of changes has a gap: list again'))
    this.start().catch(() => {
      this.#retry = this.#clock.after(retryMs, () => this.#broken(error))
    })
  }
}
