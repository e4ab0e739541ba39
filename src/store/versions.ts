import { compareKeys, OrderedKeys } from './ordered-keys.ts'
import {
  CompactedError,
  type Entry,
  FutureRevisionError,
  type ListOptions,
  type Page,
  type WriteResult,
} from './store.ts'

/** A decided write, invisible until `Versions.apply`. */
export interface Change {
  key: string
  revision: number
  /** Undefined: the key is deleted. */
  value: Uint8Array | undefined
  /** When the store deletes it, in milliseconds since 1970; 0: never. */
  expires: number
}

/** A requested write. */
export interface Write {
  key: string
  /** Undefined deletes. */
  value?: Uint8Array
  expected: number
  expires: number
}

/** All revisions of one key since the last compaction, oldest first; a deletion is a negative number. */
interface Node {
  readonly key: string
  readonly revisions: number[]
}

/**
 * Maps keys and revisions to values (multi-version concurrency control, as etcd's tree index does it). Holds keys and
 * revisions in memory; `read` finds values by the revision that wrote them.
 */
export class Versions {
  readonly #read: (revision: number) => Uint8Array
  readonly #nodes = new Map<string, Node>()
  readonly #ordered = new OrderedKeys<Node>()
  /** The key written at revision `#first + i`. */
  #log: Node[] = []
  #first = 2
  #revision = 1
  #compacted = 0

  /** An empty store is at revision 1, as etcd's is: 0 has a special meaning in the Kubernetes API. */
  constructor(read: (revision: number) => Uint8Array) {
    this.#read = read
  }

  get revision(): number {
    return this.#revision
  }

  /** Number of revisions in the history. */
  get history(): number {
    return this.#log.length
  }

  /** Sets the start of the log, before any change is restored. */
  startAt(compacted: number): void {
    this.#compacted = compacted
    this.#revision = Math.max(1, compacted)
    this.#first = this.#revision + 1
  }

  get(key: string): Entry | undefined {
    const revision = this.#nodes.get(key)?.revisions.at(-1) ?? 0
    return revision > 0 ? this.#entry(key, revision) : undefined
  }

  list(prefix: string, { limit, after, revision }: ListOptions = {}): Page {
    const at = revision || this.#revision
    this.check(at)
    const entries: Entry[] = []
    let remaining = 0
    const late = after !== undefined && compareKeys(after, prefix) >= 0
    for (const node of this.#ordered.from(late ? after : prefix, !late)) {
      if (!node.key.startsWith(prefix)) break
      const found = versionAt(node, at)
      if (found <= 0) continue
      if (limit && entries.length >= limit) remaining++
      else entries.push(this.#entry(node.key, found))
    }
    return { entries, revision: at, remaining }
  }

  /** Throws if the store cannot be read as of `revision`. */
  check(revision: number): void {
    if (revision < this.#compacted) throw new CompactedError(this.#compacted)
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision)
  }

  /** Decides on writes; each sees those before it. Changes nothing yet. */
  stage(writes: readonly Write[]): { changes: Change[]; results: WriteResult[] } {
    const changes: Change[] = []
    const staged = new Map<string, Change>()
    const results = writes.map(({ key, value, expected, expires }): WriteResult => {
      const before = staged.get(key)
      const current = before
        ? before.value
          ? before.revision
          : 0
        : Math.max(0, this.#nodes.get(key)?.revisions.at(-1) ?? 0)
      if (current !== expected || (value === undefined && current === 0)) {
        if (current === 0) return { ok: false }
        return {
          ok: false,
          current: before?.value ? { key, value: before.value, revision: current } : this.#entry(key, current),
        }
      }
      const change = { key, value, expires, revision: this.#revision + changes.length + 1 }
      changes.push(change)
      staged.set(key, change)
      return { ok: true, revision: change.revision }
    })
    return { changes, results }
  }

  /** Makes a change visible. Changes come in order of revision, without gaps if history is complete. */
  apply({ key, revision, value }: Pick<Change, 'key' | 'revision' | 'value'>): void {
    let node = this.#nodes.get(key)
    if (!node) {
      node = { key, revisions: [] }
      this.#nodes.set(key, node)
      this.#ordered.insert(node)
    }
    node.revisions.push(value ? revision : -revision)
    // An entry at or before the compaction matters for its value only.
    if (revision < this.#first) return
    this.#log.push(node)
    this.#revision = revision
  }

  /** The changes after `revision` to keys with `prefix`. */
  *since(revision: number, prefix: string): Generator<Change, void> {
    for (let at = Math.max(revision + 1, this.#first); at <= this.#revision; at++) {
      const node = this.#log[at - this.#first]
      if (!node?.key.startsWith(prefix)) continue
      const index = node.revisions.findLastIndex((r) => r === at || r === -at)
      const value = node.revisions[index] === at ? this.#read(at) : undefined
      yield { key: node.key, revision: at, value, expires: 0 }
    }
  }

  /** The revisions whose values become unreadable once history begins at `to`. */
  obsolete(to: number): number[] {
    const found: number[] = []
    for (const node of this.#touched(to)) {
      const last = lastIndexAt(node, to)
      for (const [index, revision] of node.revisions.entries()) {
        if (index < last || (index === last && revision < 0)) found.push(Math.abs(revision))
      }
    }
    return found
  }

  /** Moves the start of history to `to`. */
  forget(to: number): void {
    for (const node of this.#touched(to)) {
      const last = lastIndexAt(node, to)
      node.revisions.splice(0, (node.revisions[last] ?? 0) < 0 ? last + 1 : last)
      if (node.revisions.length > 0) continue
      this.#nodes.delete(node.key)
      this.#ordered.remove(node.key)
    }
    this.#log = this.#log.slice(Math.max(0, to + 1 - this.#first))
    this.#first = Math.max(this.#first, to + 1)
    this.#compacted = Math.max(this.#compacted, to)
  }

  #touched(to: number): Set<Node> {
    return new Set(this.#log.slice(0, Math.max(0, to + 1 - this.#first)))
  }

  #entry(key: string, revision: number): Entry {
    return { key, value: this.#read(revision), revision }
  }
}

/** The newest revision of the key as of `revision` (negative: a deletion); 0: none. */
const versionAt = (node: Node, revision: number): number => node.revisions[lastIndexAt(node, revision)] ?? 0

/** Most reads want the newest, so the search starts there. */
function lastIndexAt({ revisions }: Node, revision: number): number {
  let index = revisions.length - 1
  while (index >= 0 && Math.abs(revisions[index] ?? 0) > revision) index--
  return index
}
