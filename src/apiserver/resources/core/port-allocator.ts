import type { Random } from '../../../api/random.ts'
import { reservedBand, type Taken } from './ip-allocator.ts'

/** The node ports, in memory. As with addresses, random picks leave the lower part to people (KEP-3668). */
export class PortAllocator {
  readonly #first: number
  readonly #last: number
  readonly #reserved: number
  readonly #taken = new Set<number>()

  /** @param range `30000-32767` */
  constructor(range: string) {
    const [first, last] = range.split('-').map(Number)
    if (!first || !last || first > last || last > 65535)
      throw new Error(`invalid port range ${JSON.stringify(range)}: must be two ports, as in 30000-32767`)
    this.#first = first
    this.#last = last
    this.#reserved = reservedBand(last - first + 1, 32, 16, 128)
  }

  take(port: number): Taken {
    if (port < this.#first || port > this.#last)
      return {
        ok: false,
        why: `provided port is not in the valid range. The range of valid ports is ${this.#first}-${this.#last}`,
      }
    if (this.#taken.has(port)) return { ok: false, why: 'provided port is already allocated' }
    this.#taken.add(port)
    return { ok: true }
  }

  /** A free port, now taken; undefined when there is none. */
  pick(random: Random): number | undefined {
    const border = this.#first + this.#reserved
    return this.#pickFrom(border, this.#last, random) ?? this.#pickFrom(this.#first, border - 1, random)
  }

  release(port: number): void {
    this.#taken.delete(port)
  }

  #pickFrom(first: number, last: number, random: Random): number | undefined {
    const count = last - first + 1
    const start = Math.floor(random.next() * count)
    for (let i = 0; i < count; i++) {
      const port = first + ((start + i) % count)
      if (this.take(port).ok) return port
    }
    return undefined
  }
}
