import type { Item } from './item.ts'

/** The items of a resource by the value of one field; sorts each group by key when read. */
export class FieldIndex {
  readonly #files = new Map<string, Map<string, Item>>()
  readonly #read: (item: Item) => string

  constructor(read: (item: Item) => string, items: Iterable<Item>) {
    this.#read = read
    for (const item of items) this.set(item, undefined)
  }

  set(item: Item, old: Item | undefined): void {
    const value = this.#read(item)
    if (old) {
      const before = this.#read(old)
      if (before !== value) this.#remove(before, old.key)
    }
    let file = this.#files.get(value)
    if (!file) {
      file = new Map()
      this.#files.set(value, file)
    }
    file.set(item.key, item)
  }

  delete(item: Item): void {
    this.#remove(this.#read(item), item.key)
  }

  /** In no order. */
  all(value: string): Iterable<Item> {
    return this.#files.get(value)?.values() ?? []
  }

  of(value: string): Item[] {
    return [...this.all(value)].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  #remove(value: string, key: string): void {
    const file = this.#files.get(value)
    file?.delete(key)
    if (file?.size === 0) this.#files.delete(value)
  }
}
