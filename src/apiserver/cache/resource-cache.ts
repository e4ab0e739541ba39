import type { KubeObject, Stored } from '../../api/object.ts'
import { Turns } from '../../api/turns.ts'
import type { StoreEvent } from '../../store/store.ts'
import type { ResourceDefinition } from '../definition.ts'
import { CacheEvent } from './change.ts'
import { EventRing } from './event-ring.ts'
import { FieldIndex } from './field-index.ts'
import { atRevision, type Heading, headingOf, Item } from './item.ts'
import { registryRoot, storagePath } from './keys.ts'
import { fieldValue } from './selection.ts'
import { SortedItems } from './sorted-items.ts'
import { type Selection, Watchers } from './watchers.ts'

/** Number of past changes of one resource that watches can start from. */
const ringSize = 4096

/** All stored objects of one resource, its recent changes, and their watchers. */
export class ResourceCache {
  #definition: ResourceDefinition
  /** Below `registryRoot`. */
  readonly path: string
  readonly watchers: Watchers
  /** The revision of the newest change to this resource: a list at any later revision looks the same. */
  changed = 0
  /**
   * Writers of one object that come through this server take turns: of several that have read the same state, one writes,
   * and the others would have worked in vain. It is for speed alone. The revision that a write expects keeps it from being
   * lost, as other servers have turns of their own.
   */
  readonly turns = new Turns()
  /** Set while the cache is being filled from a store that the feed follows already; resolves when it is complete. */
  filling: Promise<void> | undefined
  #heading: Heading
  /** Changes that came while it was being filled. */
  #held: { key: string; event: StoreEvent }[] | undefined
  /** What happened up to here was there when it was filled. */
  #filledAt = 0
  readonly #items = new Map<string, Item>()
  #bytes = 0
  readonly #sorted = new SortedItems()
  readonly #ring = new EventRing(ringSize)
  readonly #indexes = new Map<string, FieldIndex>()
  /** Objects that this process is about to write, by their bytes: saves decoding them when they come back. */
  readonly #writing = new Map<string, { bytes: Uint8Array; object: KubeObject }>()

  constructor(definition: ResourceDefinition) {
    const { type, custom } = definition
    this.#definition = definition
    this.path = custom ? `${type.group}/${type.resource}` : storagePath(type.group, type.resource)
    this.#heading = headingOf(type, custom?.read)
    this.watchers = new Watchers((field, item) => fieldValue(this.#definition, field, item))
  }

  get definition(): ResourceDefinition {
    return this.#definition
  }

  /** A custom resource has a new schema: decodes its objects again. */
  redefine(definition: ResourceDefinition): void {
    this.#definition = definition
    this.#heading = headingOf(definition.type, definition.custom?.read)
    this.#indexes.clear()
    for (const { key, stored, revision } of [...this.#items.values()]) {
      const item = new Item(this.#heading, key, stored, revision)
      this.#items.set(key, item)
      this.#sorted.set(item)
    }
  }

  get size(): number {
    return this.#items.size
  }

  /** Stored bytes of all objects. */
  get bytes(): number {
    return this.#bytes
  }

  /** The store's key of an object. */
  storeKey = (key: string): string => `${registryRoot}${this.path}/${key}`

  get(key: string): Item | undefined {
    return this.#items.get(key)
  }

  /** The items that match `selection`, in order of key, after the key `after`. */
  list(selection: Selection, after?: string): Item[] {
    const { namespace, name, field, matches } = selection
    if (name !== undefined) {
      const item = this.#items.get(namespace ? `${namespace}/${name}` : name)
      return item && (!matches || matches(item)) && (after === undefined || item.key > after) ? [item] : []
    }
    const candidates = field ? this.#byField(field.name, field.value, after) : this.#sorted.slice(namespace, after)
    return matches ? candidates.filter(matches) : candidates
  }

  #byField(field: string, value: string, after = ''): Item[] {
    return this.#indexOf(field)
      .of(value)
      .filter((item) => item.key > after)
  }

  /** The items with that value of a field, in no order. */
  having(field: string, value: string): Iterable<Item> {
    return this.#indexOf(field).all(value)
  }

  #indexOf(field: string): FieldIndex {
    let index = this.#indexes.get(field)
    if (!index) {
      index = new FieldIndex((item) => fieldValue(this.#definition, field, item), this.#items.values())
      this.#indexes.set(field, index)
    }
    return index
  }

  /** The changes after `revision`, or undefined if some of them are gone. */
  eventsAfter(revision: number): CacheEvent[] | undefined {
    return this.#ring.after(revision)
  }

  /** An item that is not of this cache's present: of an older revision, or not stored at all. */
  itemOf(key: string, value: Uint8Array, revision: number, object?: Stored<KubeObject>): Item {
    return new Item(this.#heading, key, value, revision, object)
  }

  /** Announces a write of `object` as `bytes`; call `done` when it has happened or failed. */
  writing(key: string, bytes: Uint8Array, object: KubeObject): () => void {
    const write = { bytes, object }
    this.#writing.set(key, write)
    return () => {
      if (this.#writing.get(key) === write) this.#writing.delete(key)
    }
  }

  /** Loads the store's objects at `revision`. */
  load(entries: Iterable<{ key: string; value: Uint8Array; revision: number }>): void {
    for (const { key, value, revision } of entries) {
      const item = new Item(this.#heading, key, value, revision)
      this.#bytes += value.length - (this.#items.get(key)?.stored.length ?? 0)
      this.#items.set(key, item)
      this.#sorted.set(item)
      if (revision > this.changed) this.changed = revision
    }
  }

  /** History begins here: nothing before `revision` can be watched. */
  beginHistory(revision: number): void {
    this.#ring.reset(revision)
    this.changed = Math.max(this.changed, revision)
  }

  /** Keeps changes back until `fill`. */
  hold(): void {
    this.#held = []
  }

  /** Begins with what the store had at `revision`, and goes on with what has happened since. */
  fill(entries: Iterable<{ key: string; value: Uint8Array; revision: number }>, revision: number): void {
    const held = this.#held ?? []
    this.#held = undefined
    this.load(entries)
    this.beginHistory(revision)
    this.#filledAt = revision
    for (const { key, event } of held) this.apply(key, event)
  }

  /** Drops everything, because the store's history has a gap. */
  reset(error: Error): void {
    this.#items.clear()
    this.#bytes = 0
    this.#sorted.clear()
    this.#indexes.clear()
    this.watchers.endAll(error)
  }

  /** Applies one change from the store. `watchers.flush()` passes it on to watchers. */
  apply(key: string, event: StoreEvent): void {
    if (this.#held) {
      this.#held.push({ key, event })
      return
    }
    const { type, value, revision } = event
    if (revision <= this.#filledAt) return
    const old = this.#items.get(key)
    this.changed = revision
    if (type === 'delete') {
      // It was created and deleted before the cache was filled.
      if (!old) return
      if (this.#items.delete(key)) this.#bytes -= old.stored.length
      this.#sorted.delete(key)
      for (const index of this.#indexes.values()) index.delete(old)
      this.#announce(new CacheEvent(revision, old.at(revision), old, true))
      return
    }
    const item = new Item(this.#heading, key, value, revision, this.#written(key, value, revision))
    this.#bytes += value.length - (old?.stored.length ?? 0)
    this.#items.set(key, item)
    this.#sorted.set(item)
    for (const index of this.#indexes.values()) index.set(item, old)
    this.#announce(new CacheEvent(revision, item, old, false))
  }

  #announce(event: CacheEvent): void {
    this.#ring.add(event)
    this.watchers.dispatch(event)
    event.old?.forgetObject()
  }

  #written(key: string, value: Uint8Array, revision: number): Stored<KubeObject> | undefined {
    const write = this.#writing.get(key)
    if (!write || (write.bytes !== value && !equal(write.bytes, value))) return undefined
    this.#writing.delete(key)
    return atRevision(write.object, revision)
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
