import type { WatchEvent } from '../../api/call.ts'
import type { Item } from './item.ts'

/** One change of one object, from the store. */
export class CacheEvent {
  readonly revision: number
  /** The new state; for a deletion, the last one under the revision of the deletion. */
  readonly item: Item
  readonly deleted: boolean
  readonly old: Item | undefined
  #changes: Partial<Record<Change['type'], Change>> = {}

  constructor(revision: number, item: Item, old: Item | undefined, deleted: boolean) {
    this.revision = revision
    this.item = item
    this.old = old
    this.deleted = deleted
  }

  /** The event for watchers that see the change in this form; they share one value. */
  as(type: Change['type']): Change {
    let change = this.#changes[type]
    if (!change) {
      change = new Change(
        type,
        type === 'DELETED' && !this.deleted && this.old ? this.old.at(this.revision) : this.item,
      )
      this.#changes[type] = change
    }
    return change
  }

  /** Drops the encodings for watchers. */
  forgetChanges(): void {
    this.#changes = {}
  }
}

/** A change in one form of watchers; they share its encodings. */
export class Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly item: Item
  #encoded: Map<string, Uint8Array> | undefined
  #event: WatchEvent | undefined

  constructor(type: Change['type'], item: Item) {
    this.type = type
    this.item = item
  }

  /** In decoded form, in the stored version. */
  get event(): WatchEvent {
    this.#event ??= { type: this.type, object: this.item.object }
    return this.#event
  }

  /** The bytes for one format, made once. */
  encoded(format: string, encode: (change: Change) => Uint8Array): Uint8Array {
    this.#encoded ??= new Map()
    let bytes = this.#encoded.get(format)
    if (!bytes) {
      bytes = encode(this)
      this.#encoded.set(format, bytes)
    }
    return bytes
  }
}
