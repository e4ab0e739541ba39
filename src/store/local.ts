import type { Cancel, Clock } from '../api/clock.ts'
import { serviceUnavailable } from '../api/errors.ts'
import { Expiry, type Mortal } from './expiry.ts'
import type {
  Entry,
  ListOptions,
  Page,
  PutOptions,
  Store,
  StoreEvent,
  Unwatch,
  WatchSink,
  WriteResult,
} from './store.ts'
import { FutureRevisionError } from './store.ts'
import type { Change, Versions, Write } from './versions.ts'
import { Watchers } from './watchers.ts'

/** Keeps the values of a store in this process. */
export interface Keeper {
  /** The value that was written at `revision`. */
  read(revision: number): Uint8Array
  /**
   * Keeps changes and drops the values that `forget` names, all or nothing; durable when the promise resolves, or on return
   * without a promise.
   */
  commit(changes: Change[], forget: Forget | undefined): Promise<void> | undefined
  /** Calls `run` once the writes of this moment have gathered. */
  gather(run: () => void): void
  close(): Promise<void>
}

export interface Forget {
  /** Where history begins now. */
  compacted: number
  /** Revisions whose values to drop. */
  revisions: number[]
}

/** How much history to keep for lists and watches at old revisions. */
export interface HistoryOptions {
  /** Keeps one to two of these intervals. Milliseconds; default: 5 minutes, kube-apiserver's compaction interval. */
  historyMs?: number
  /** Keeps about this many revisions at most, however young. */
  historyRevisions?: number
}

interface Request {
  write?: Write
  compact?: number
  done(result: WriteResult | undefined): void
  failed(error: Error): void
}

/** Wait after a failed deletion of expired entries. */
const expiryRetryMs = 1000
/** Size of a compaction's steps: no write waits long behind one. */
const compactionStep = 10_000

/**
 * The store of one process over a `Keeper`. Writes that arrive during a commit wait, and form the next commit together:
 * decided in order, kept, made visible, delivered to the watchers, acknowledged.
 */
export class LocalStore implements Store {
  readonly #clock: Clock
  readonly #keeper: Keeper
  readonly #versions: Versions
  readonly #watchers = new Watchers()
  readonly #expiry: Expiry
  readonly #limit: number
  readonly #intervalMs: number
  #queue: Request[] = []
  #busy = false
  #gathering = false
  #compacting = false
  #closed = false
  #mark: number
  readonly #drained: (() => void)[] = []
  #cancelTimer: Cancel = () => {}

  constructor(clock: Clock, keeper: Keeper, versions: Versions, history: Required<HistoryOptions>) {
    this.#clock = clock
    this.#keeper = keeper
    this.#versions = versions
    this.#expiry = new Expiry(clock, (due) => this.#expire(due))
    this.#limit = history.historyRevisions
    this.#intervalMs = history.historyMs
    this.#mark = versions.revision
    this.#armTimer()
  }

  async revision(): Promise<number> {
    this.#open()
    // Watchers that wait for this revision learn that they have seen it.
    this.#watchers.announce(this.#versions.revision)
    return this.#versions.revision
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#open()
    return this.#versions.get(key)
  }

  async list(prefix: string, options?: ListOptions): Promise<Page> {
    this.#open()
    const page = this.#versions.list(prefix, options)
    this.#watchers.announce(this.#versions.revision)
    return page
  }

  put(key: string, value: Uint8Array, expected: number, { ttlSeconds }: PutOptions = {}): Promise<WriteResult> {
    const expires = ttlSeconds ? this.#clock.now() + ttlSeconds * 1000 : 0
    return this.#write({ key, value, expected, expires })
  }

  delete(key: string, expected: number): Promise<WriteResult> {
    return this.#write({ key, expected, expires: 0 })
  }

  watch(prefix: string, revision: number, sink: WatchSink): Unwatch {
    let stop: Unwatch = () => {}
    let stopped = false
    // The caller has its `Unwatch` before the first event. It misses nothing: writes until then are history.
    queueMicrotask(() => {
      if (stopped) return
      stop = this.#begin(prefix, revision, sink, () => stopped)
      if (stopped) stop()
    })
    return () => {
      stopped = true
      stop()
    }
  }

  async compact(revision: number): Promise<void> {
    this.#open()
    if (revision > this.#versions.revision) throw new FutureRevisionError(this.#versions.revision)
    const oldest = this.#versions.revision - this.#versions.history
    for (let to = Math.min(oldest + compactionStep, revision); ; to = Math.min(to + compactionStep, revision)) {
      await new Promise<void>((resolve, reject) => this.#submit({ compact: to, done: () => resolve(), failed: reject }))
      if (to >= revision) return
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#cancelTimer()
    this.#expiry.stop()
    while (this.#busy || this.#gathering) await new Promise<void>((done) => this.#drained.push(done))
    this.#watchers.end(closed())
    await this.#keeper.close()
  }

  /** Loads what the keeper has found at its start. */
  mortal(expires: number, mortal: Mortal): void {
    this.#expiry.add(expires, mortal)
  }

  #open(): void {
    if (this.#closed) throw closed()
  }

  #write(write: Write): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#submit({ write, done: (result) => resolve(result ?? { ok: false }), failed: reject })
    })
  }

  #submit(request: Request): void {
    if (this.#closed) {
      request.failed(closed())
      return
    }
    this.#queue.push(request)
    if (this.#busy || this.#gathering) return
    this.#gathering = true
    this.#keeper.gather(() => {
      this.#gathering = false
      this.#run()
    })
  }

  /** Commits waiting writes until none is left. A write by a watcher during this joins the next round. */
  #run(): void {
    this.#busy = true
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      const { changes, results } = this.#versions.stage(batch.flatMap((r) => r.write ?? []))
      const forget = this.#forget(batch)
      const settle = () => this.#settle(batch, changes, results, forget)
      try {
        const kept = changes.length > 0 || forget ? this.#keeper.commit(changes, forget) : undefined
        if (kept) {
          kept.then(settle, (error) => fail(batch, error)).finally(() => this.#run())
          return
        }
        settle()
      } catch (error) {
        fail(batch, error)
      }
    }
    this.#busy = false
    for (const done of this.#drained.splice(0)) done()
    this.#bound()
  }

  #forget(batch: Request[]): Forget | undefined {
    const compacted = batch.reduce((most, { compact = 0 }) => Math.max(most, compact), 0)
    if (compacted <= this.#versions.revision - this.#versions.history) return undefined
    return { compacted, revisions: this.#versions.obsolete(compacted) }
  }

  #settle(batch: Request[], changes: Change[], results: WriteResult[], forget: Forget | undefined): void {
    if (forget) this.#versions.forget(forget.compacted)
    for (const change of changes) {
      this.#versions.apply(change)
      const { expires, key, revision } = change
      if (expires) this.#expiry.add(expires, { key, revision })
    }
    this.#watchers.publish(changes, (change) => this.#event(change))
    let next = 0
    for (const request of batch) request.done(request.write ? results[next++] : undefined)
  }

  #event({ key, revision, value }: Change): StoreEvent {
    return { type: value ? 'put' : 'delete', key, value: value ?? nothing, revision }
  }

  #begin(prefix: string, revision: number, sink: WatchSink, stopped: () => boolean): Unwatch {
    const now = this.#versions.revision
    let stop: Unwatch = () => {}
    try {
      this.#open()
      if (revision < now) this.#versions.check(revision)
      const missed = [...this.#versions.since(revision, prefix)].map((change) => this.#event(change))
      stop = this.#watchers.add(prefix, Math.max(now, revision), sink)
      if (missed.length > 0) sink.events(missed)
      if (revision <= now && !stopped()) sink.progress?.(now)
    } catch (error) {
      stop()
      sink.error(error instanceof Error ? error : new Error(String(error)))
    }
    return stop
  }

  #expire(due: Mortal[]): void {
    for (const { key, revision } of due) {
      // If it was replaced or deleted meanwhile, this is a conflict, and that is fine.
      this.delete(key, revision).catch(() => {
        if (!this.#closed) this.#expiry.add(this.#clock.now() + expiryRetryMs, { key, revision })
      })
    }
  }

  #armTimer(): void {
    this.#cancelTimer = this.#clock.after(this.#intervalMs, () => {
      this.#armTimer()
      this.#watchers.announce(this.#versions.revision)
      const to = this.#mark
      this.#mark = this.#versions.revision
      this.#tryCompact(to)
    })
  }

  /** Keeps history within its limit, a quarter of it at a time. */
  #bound(): void {
    if (this.#versions.history > this.#limit * 1.25) this.#tryCompact(this.#versions.revision - this.#limit)
  }

  #tryCompact(to: number): void {
    if (this.#compacting || this.#closed) return
    this.#compacting = true
    // The next compaction retries what fails here (a full disk).
    this.compact(to).then(
      () => {
        this.#compacting = false
      },
      () => {
        this.#compacting = false
      },
    )
  }
}

const nothing = new Uint8Array(0)
const closed = () => serviceUnavailable('the store is closed')

function fail(batch: Request[], error: unknown): void {
  for (const request of batch) request.failed(error instanceof Error ? error : new Error(String(error)))
}
