import { keyOf, type StoredMeta } from '../../api/object.ts'

/** Objects by key, filed under any number of indexes. Each change returns the previous object. */
export class ObjectCache<T extends { metadata: StoredMeta }> {
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, Index<T>>()

  constructor() {
    this.addIndex(byNamespace, ({ metadata: { namespace } }) => (namespace ? [namespace] : []))
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(namespace?: string): T[] {
    return namespace ? this.byIndex(byNamespace, namespace) : [...this.#objects.values()]
  }

  keys(): string[] {
    return [...this.#objects.keys()]
  }

  /** @throws if there is no such index: a misspelt name. */
  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.get(name)
    if (!index) throw new TypeError(`there is no index "${name}"`)
    return [...(index.filed.get(value)?.values() ?? [])]
  }

  /** @throws if another part of the process uses the name for another index. */
  addIndex(name: string, values: (object: T) => string[]): void {
    const present = this.#indexes.get(name)
    if (present && String(present.values) !== String(values)) throw new TypeError(`there is another index "${name}"`)
    if (present) return
    const index: Index<T> = { values, filed: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) file(index, key, undefined, object)
  }

  /** Returns the object that it replaces. */
  set(object: T): T | undefined {
    const key = keyOf(object)
    const old = this.#objects.get(key)
    this.#objects.set(key, object)
    for (const index of this.#indexes.values()) file(index, key, old, object)
    return old
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key)
    if (!old) return undefined
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) file(index, key, old, undefined)
    return old
  }
}

const byNamespace = 'metadata.namespace'

interface Index<T> {
  values(object: T): string[]
  filed: Map<string, Map<string, T>>
}

function file<T>({ values, filed }: Index<T>, key: string, old: T | undefined, object: T | undefined): void {
  const now = object ? values(object) : []
  for (const value of old ? values(old) : []) {
    if (now.includes(value)) continue
    const files = filed.get(value)
    files?.delete(key)
    if (files?.size === 0) filed.delete(value)
  }
  for (const value of object ? now : []) {
    const files = filed.get(value)
    if (files && object) files.set(key, object)
    else if (object) filed.set(value, new Map([[key, object]]))
  }
}
