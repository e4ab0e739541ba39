/**
 * Stores objects, with etcd's semantics: one revision counts all writes of the store; each value has the revision of its
 * write; a write states the revision it expects to replace. Keys are paths (`/registry/pods/default/web`), ordered by their
 * UTF-8 bytes.
 */
export interface Store {
  /** The newest revision. Linearizable: at least that of every write acknowledged before the call. */
  revision(): Promise<number>

  get(key: string): Promise<Entry | undefined>

  /**
   * The entries whose keys start with `prefix`, in order of key.
   * @throws CompactedError if `revision` is older than the last compaction, FutureRevisionError if newer than now.
   */
  list(prefix: string, options?: ListOptions): Promise<Page>

  /**
   * Writes if the present entry of `key` has revision `expected` (0: if there is none). The write is durable when the promise
   * resolves.
   */
  put(key: string, value: Uint8Array, expected: number, options?: PutOptions): Promise<WriteResult>

  /** Deletes if the present entry has revision `expected`. Deleting a missing key is a conflict without `current`. */
  delete(key: string, expected: number): Promise<WriteResult>

  /**
   * Every change to keys with `prefix` after `revision`, in order of revision and complete. A batch holds all changes
   * available, and never splits a revision. A store in this process (memory, LMDB) delivers a write to watchers before the
   * write's promise resolves.
   */
  watch(prefix: string, revision: number, sink: WatchSink): Unwatch

  /**
   * Whether a write of the same value would store it in another form: with a newer key of encryption at rest. Of keys that have
   * been read. Absent: never.
   */
  isStale?(key: string): boolean

  /** Forgets values that are visible only at revisions before `revision`. */
  compact(revision: number): Promise<void>

  close(): Promise<void>
}

export interface Entry {
  key: string
  value: Uint8Array
  /** Revision of the write that made this value. */
  revision: number
}

export interface ListOptions {
  /** The most entries to return. */
  limit?: number
  /** Only keys after this one (exclusive): the end of the last page. */
  after?: string
  /** Reads the store as of this revision. Default: now. */
  revision?: number
}

export interface Page {
  entries: Entry[]
  /** The revision of the read. */
  revision: number
  /** Number of keys after this page, if `limit` cut it; else 0. */
  remaining: number
}

export interface PutOptions {
  /** The store deletes the entry this many seconds after the write. */
  ttlSeconds?: number
}

export type WriteResult = { ok: true; revision: number } | { ok: false; current?: Entry }

export interface StoreEvent {
  type: 'put' | 'delete'
  key: string
  /** The new value; for a delete, empty. */
  value: Uint8Array
  /** Revision of the change. */
  revision: number
}

export interface WatchSink {
  events(batch: StoreEvent[]): void
  /** The watch has delivered everything up to and including `revision`. */
  progress?(revision: number): void
  /** The watch has ended: CompactedError if its revision is gone, or the error of the connection. */
  error(error: Error): void
}

export type Unwatch = () => void

/** The requested revision has been compacted away. */
export class CompactedError extends Error {
  /** The oldest readable revision. */
  readonly compacted: number
  constructor(compacted: number) {
    super(`the requested revision has been compacted; the oldest one is ${compacted}`)
    this.name = 'CompactedError'
    this.compacted = compacted
  }
}

/** The requested revision does not exist yet. */
export class FutureRevisionError extends Error {
  readonly current: number
  constructor(current: number) {
    super(`the requested revision is in the future; the newest one is ${current}`)
    this.name = 'FutureRevisionError'
    this.current = current
  }
}
