/** Nodes in a block before it splits: an insert moves at most this many. */
const blockSize = 512

/** Nodes in the order of their keys' UTF-8 bytes, as etcd orders keys. */
export class OrderedKeys<T extends { readonly key: string }> {
  readonly #blocks: T[][] = []

  /** Adds a key, which must be new. */
  insert(node: T): void {
    const at = this.#blockOf(node.key)
    const block = this.#blocks[at]
    if (!block) {
      this.#blocks.push([node])
      return
    }
    block.splice(lowerBound(block, node.key), 0, node)
    if (block.length > blockSize) this.#blocks.splice(at + 1, 0, block.splice(blockSize / 2))
  }

  remove(key: string): void {
    const at = this.#blockOf(key)
    const block = this.#blocks[at]
    if (!block) return
    const place = lowerBound(block, key)
    if (block[place]?.key !== key) return
    block.splice(place, 1)
    if (block.length === 0) this.#blocks.splice(at, 1)
  }

  /** The nodes from `key` on, with or without that of `key` itself. Do not change the keys during the walk. */
  *from(key: string, inclusive = true): Generator<T, void> {
    for (let at = this.#blockOf(key), first = true; at < this.#blocks.length; at++, first = false) {
      const block = this.#blocks[at] ?? []
      let place = first ? lowerBound(block, key) : 0
      if (first && !inclusive && block[place]?.key === key) place++
      for (; place < block.length; place++) {
        const node = block[place]
        if (node) yield node
      }
    }
  }

  /** The last block that starts at or before `key`: the place of `key`. */
  #blockOf(key: string): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      const start = this.#blocks[middle]?.[0]?.key ?? ''
      if (compareKeys(start, key) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** The index of the first node whose key is not before `key`. */
function lowerBound(block: readonly { readonly key: string }[], key: string): number {
  let low = 0
  let high = block.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(block[middle]?.key ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Orders strings by their UTF-8 bytes; JavaScript orders them by UTF-16 units, which differs beyond U+D800. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return byteOrder(x) - byteOrder(y)
  }
  return a.length - b.length
}

/** Surrogates encode characters that come after all other units. */
const byteOrder = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
