import type { CacheEvent, Change } from './change.ts'
import type { Item } from './item.ts'

/** The selection of a watcher or a list. */
export interface Selection {
  namespace?: string
  name?: string
  /** The value that the selector requires of an indexed field, if any. */
  field?: { name: string; value: string }
  /** All of the above again, and labels and other fields. Absent: everything of the namespace. */
  matches?: (item: Item) => boolean
}

export interface Watcher {
  selection: Selection
  /** Called with all changes of a batch that concern it. */
  changes(batch: Change[]): void
  /** Without an error: in good order. */
  end(error?: Error): void
}

/** The field value by which a resource's watchers are found: `spec.nodeName` for pods. */
export type FieldOf = (field: string, item: Item) => string

/**
 * The watchers of one resource, grouped so that a change reaches only those it may concern: with 5,000 kubelets, one of them
 * checks a pod's change. Each watcher is in one group: by name, by field value, by namespace, or the rest.
 */
export class Watchers {
  readonly #all = new Set<Watcher>()
  readonly #files = new Map<string, Set<Watcher>>()
  /** The fields by which watchers are grouped, with their number of watchers. */
  readonly #fields = new Map<string, number>()
  readonly #fieldOf: FieldOf
  readonly #pending = new Map<Watcher, Change[]>()
  /** Watchers with pending events. */
  #dispatched: CacheEvent[] = []
  size = 0

  constructor(fieldOf: FieldOf) {
    this.#fieldOf = fieldOf
  }

  add(watcher: Watcher): void {
    const file = fileOf(watcher.selection)
    let set = file === undefined ? this.#all : this.#files.get(file)
    if (!set) {
      set = new Set()
      this.#files.set(file ?? '', set)
    }
    set.add(watcher)
    this.size++
    const field = fieldFiledBy(watcher.selection)
    if (field) this.#fields.set(field, (this.#fields.get(field) ?? 0) + 1)
  }

  remove(watcher: Watcher): void {
    const file = fileOf(watcher.selection)
    const set = file === undefined ? this.#all : this.#files.get(file)
    if (!set?.delete(watcher)) return
    this.size--
    this.#pending.delete(watcher)
    if (file !== undefined && set.size === 0) this.#files.delete(file)
    const field = fieldFiledBy(watcher.selection)
    if (!field) return
    const left = (this.#fields.get(field) ?? 1) - 1
    if (left > 0) this.#fields.set(field, left)
    else this.#fields.delete(field)
  }

  /** How many watchers a change of an object may concern, but for those that are grouped by a field. */
  countFor(namespace?: string, name?: string): number {
    const file = (key: string) => this.#files.get(key)?.size ?? 0
    return (
      this.#all.size +
      (namespace ? file(`namespace/${namespace}`) : 0) +
      (name ? file(`name/${namespace ? `${namespace}/` : ''}${name}`) : 0)
    )
  }

  /** Notes a change for those it concerns; `flush` hands it out. */
  dispatch(event: CacheEvent): void {
    if (this.size === 0) return
    this.#dispatched.push(event)
    const offer = (set: Set<Watcher> | undefined) => {
      if (set) for (const watcher of set) this.#offer(watcher, event)
    }
    offer(this.#all)
    if (this.#files.size === 0) return
    const { item, old } = event
    offer(this.#files.get(`namespace/${item.namespace}`))
    offer(this.#files.get(`name/${item.key}`))
    for (const field of this.#fields.keys()) {
      const value = this.#fieldOf(field, item)
      const before = old ? this.#fieldOf(field, old) : value
      offer(this.#files.get(`field/${field}=${value}`))
      if (before !== value) offer(this.#files.get(`field/${field}=${before}`))
    }
  }

  #offer(watcher: Watcher, event: CacheEvent): void {
    const change = seenBy(watcher.selection, event)
    if (!change) return
    const batch = this.#pending.get(watcher)
    if (batch) batch.push(change)
    else this.#pending.set(watcher, [change])
  }

  flush(): void {
    const dispatched = this.#dispatched
    this.#dispatched = []
    const due = [...this.#pending]
    this.#pending.clear()
    for (const [watcher, batch] of due) watcher.changes(batch)
    // All watchers have the bytes now: history need not keep them.
    for (const event of dispatched) event.forgetChanges()
  }

  endAll(error?: Error): void {
    const everybody = [...this.#all, ...[...this.#files.values()].flatMap((set) => [...set])]
    for (const watcher of everybody) {
      this.remove(watcher)
      watcher.end(error)
    }
  }
}

/** How a selection sees a change: an update may bring an object into it or out of it. */
export function seenBy({ matches }: Selection, event: CacheEvent): Change | undefined {
  const { item, old, deleted } = event
  const before = old !== undefined && (!matches || matches(old))
  if (deleted) return before ? event.as('DELETED') : undefined
  const after = !matches || matches(item)
  if (after) return event.as(before ? 'MODIFIED' : 'ADDED')
  return before ? event.as('DELETED') : undefined
}

function fileOf({ namespace, name, field }: Selection): string | undefined {
  if (name !== undefined) return `name/${namespace ? `${namespace}/${name}` : name}`
  if (field) return `field/${field.name}=${field.value}`
  return namespace ? `namespace/${namespace}` : undefined
}

const fieldFiledBy = ({ name, field }: Selection) => (name === undefined ? field?.name : undefined)
