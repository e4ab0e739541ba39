/**
 * Where objects are kept. The semantics are etcd's: one revision counts all writes of the store; each value knows the
 * revision that made it; a write states the revision it expects to replace. Keys are paths (`/registry/pods/default/web`)
 * and are ordered by their UTF-8 bytes.
 */
export interface Store {
  /** The newest revision. Linearizable: at least that of every write acknowledged before the call. */
  revision(): Promise<number>

  get(key: string): Promise<Entry | undefined>

  /**
   * The entries whose keys start with `prefix`, in order of key.
   * @throws CompactedError when `revision` is older than the last compaction, FutureRevisionError when newer than now.
   */
  list(prefix: string, options?: ListOptions): Promise<Page>

  /**
   * Writes when the present entry of `key` has revision `expected` (0: when there is none), and is durable when the
   * promise resolves.
   */
  put(key: string, value: Uint8Array, expected: number, options?: PutOptions): Promise<WriteResult>

  /** Deletes when the present entry has revision `expected`. Deleting what is not there is a conflict without `current`. */
  delete(key: string, expected: number): Promise<WriteResult>

  /**
   * Every change to keys with `prefix` after `revision`, in order of revision and complete; batches hold what is at hand,
   * and never part of a revision. Changes of this process's own writes are delivered before the write's promise resolves,
   * where the store is in this process (memory, LMDB).
   */
  watch(prefix: string, revision: number, sink: WatchSink): Unwatch

  /** Forgets what is only visible at revisions before `revision`. */
  compact(revision: number): Promise<void>

  close(): Promise<void>
}

export interface Entry {
  key: string
  value: Uint8Array
  /** Of the write that made this value. */
  revision: number
}

export interface ListOptions {
  /** At most so many entries. */
  limit?: number
  /** Only keys after this one (exclusive): where the last page ended. */
  after?: string
  /** As the store was at this revision. Default: now. */
  revision?: number
}

export interface Page {
  entries: Entry[]
  /** The revision that was read at. */
  revision: number
  /** Keys after the last one of this page. Counted only where `limit` cut the page; else 0. */
  remaining: number
}

export interface PutOptions {
  /** Deleted by the store so many seconds after this write. */
  ttlSeconds?: number
}

export type WriteResult = { ok: true; revision: number } | { ok: false; current?: Entry }

export interface StoreEvent {
  type: 'put' | 'delete'
  key: string
  /** The new value; for a delete, empty. */
  value: Uint8Array
  /** The value before, when there was one. */
  previous?: Entry
  /** Of the change. */
  revision: number
}

export interface WatchSink {
  events(batch: StoreEvent[]): void
  /** There is nothing more up to and including `revision`. */
  progress?(revision: number): void
  /** The watch has ended: CompactedError when its revision is gone, or whatever cut the connection. */
  error(error: Error): void
}

export type Unwatch = () => void

/** The revision asked for has been compacted away. */
export class CompactedError extends Error {
  /** The oldest revision that can still be read. */
  readonly compacted: number
  constructor(compacted: number) {
    super(`the requested revision has been compacted; the oldest one is ${compacted}`)
    this.name = 'CompactedError'
    this.compacted = compacted
  }
}

/** The revision asked for has not happened yet. */
export class FutureRevisionError extends Error {
  readonly current: number
  constructor(current: number) {
    super(`the requested revision is in the future; the newest one is ${current}`)
    this.name = 'FutureRevisionError'
    this.current = current
  }
}
