import type { Random } from '../../../../api/random.ts'
import { reservedBand } from './ip-range.ts'

/** First and last port, both inclusive. */
export interface PortRange {
  first: number
  last: number
}

/** @param text `30000-32767`. @throws Error for anything else */
export function parsePortRange(text: string): PortRange {
  const [first, last] = text.split('-').map(Number)
  if (!first || !last || first > last || last > 65535)
    throw new Error(`invalid port range ${JSON.stringify(text)}: must be two ports, as in 30000-32767`)
  return { first, last }
}

/** The ports of a range that are taken. As with addresses, random picks leave the lower part to people (KEP-3668). */
export class PortSet {
  readonly #range: PortRange
  readonly #reserved: number
  readonly #taken: Set<number>

  constructor(range: PortRange, taken: Iterable<number> = []) {
    this.#range = range
    this.#taken = new Set(taken)
    this.#reserved = reservedBand(range.last - range.first + 1, 32, 16, 128)
  }

  copy(): PortSet {
    return new PortSet(this.#range, this.#taken)
  }

  /** The ports that are taken, in no order. */
  [Symbol.iterator](): IterableIterator<number> {
    return this.#taken.values()
  }

  /** Takes a port. Answers why it cannot, in upstream's words; undefined when it has. */
  take(port: number): string | undefined {
    const { first, last } = this.#range
    if (port < first || port > last)
      return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`
    if (this.#taken.has(port)) return 'provided port is already allocated'
    this.#taken.add(port)
    return undefined
  }

  /** A free port, now taken; undefined when there is none. */
  pick(random: Random): number | undefined {
    const { first, last } = this.#range
    const border = first + this.#reserved
    return this.#pickFrom(border, last, random) ?? this.#pickFrom(first, border - 1, random)
  }

  release(port: number): void {
    this.#taken.delete(port)
  }

  /** Whether the same ports are taken in both. */
  equals(other: PortSet): boolean {
    return this.#taken.size === other.#taken.size && this.#taken.isSubsetOf(other.#taken)
  }

  /** As upstream stores it: the bits of one big number, port `first` the lowest, most significant byte first. */
  toBytes(): Uint8Array {
    const { first, last } = this.#range
    const bytes = new Uint8Array(((last - first) >>> 3) + 1)
    for (const port of this.#taken) {
      const at = bytes.length - 1 - ((port - first) >>> 3)
      bytes[at] = (bytes[at] ?? 0) | (1 << ((port - first) & 7))
    }
    const start = bytes.findIndex((byte) => byte !== 0)
    return start < 0 ? new Uint8Array(0) : bytes.subarray(start)
  }

  static fromBytes(range: PortRange, bytes: Uint8Array): PortSet {
    const taken: number[] = []
    for (let port = range.first; port <= range.last; port++) {
      const bit = port - range.first
      if (((bytes[bytes.length - 1 - (bit >>> 3)] ?? 0) >>> (bit & 7)) & 1) taken.push(port)
    }
    return new PortSet(range, taken)
  }

  #pickFrom(first: number, last: number, random: Random): number | undefined {
    const count = last - first + 1
    const start = Math.floor(random.next() * count)
    for (let i = 0; i < count; i++) {
      const port = first + ((start + i) % count)
      if (this.take(port) === undefined) return port
    }
    return undefined
  }
}
