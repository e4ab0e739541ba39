import type { Item } from './item.ts'

/** The items of one resource in order of key, for lists and pages. Insertion is a binary search and a move. */
export class SortedItems {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  /** Adds an item, or replaces the one of the same key. */
  set(item: Item): void {
    const last = this.#items.at(-1)
    if (!last || last.key < item.key) {
      this.#items.push(item)
      return
    }
    const index = this.#firstNotBefore(item.key)
    if (this.#items[index]?.key === item.key) this.#items[index] = item
    else this.#items.splice(index, 0, item)
  }

  delete(key: string): void {
    const index = this.#firstNotBefore(key)
    if (this.#items[index]?.key === key) this.#items.splice(index, 1)
  }

  clear(): void {
    this.#items.length = 0
  }

  /** Those of one namespace, or all; only keys after `after` (exclusive). */
  slice(namespace?: string, after?: string): Item[] {
    let start = namespace ? this.#firstNotBefore(`${namespace}/`) : 0
    const end = namespace ? this.#firstNotBefore(`${namespace}0`) : this.#items.length // '0' follows '/'
    if (after !== undefined) {
      const next = this.#firstNotBefore(after)
      start = Math.max(start, this.#items[next]?.key === after ? next + 1 : next)
    }
    return this.#items.slice(start, end)
  }

  #firstNotBefore(key: string): number {
    let low = 0
    let high = this.#items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const item = this.#items[middle]
      if (item && item.key < key) low = middle + 1
      else high = middle
    }
    return low
  }
}
