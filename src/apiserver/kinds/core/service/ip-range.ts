import { type Cidr, contains, formatCidr, formatIp, type Ip, nthAddress, sizeOf } from '../../../../api/ip.ts'
import type { Random } from '../../../../api/random.ts'

/** Blocks larger than that are used as if they ended there. */
const largest = 1n << 32n

/**
 * The addresses of one block that Services may have. Random picks come from the upper part first, so that the lower one
 * stays free for addresses that people choose (KEP-3070).
 */
export class IpRange {
  readonly cidr: Cidr
  /** Usable addresses: offsets 1 to `count` from the block's base. */
  readonly #count: number
  readonly #reserved: number

  constructor(cidr: Cidr) {
    this.cidr = cidr
    const size = sizeOf(cidr) < largest ? sizeOf(cidr) : largest
    // Neither the network's address nor, for IPv4, the broadcast address.
    this.#count = Math.max(0, Number(size) - (cidr.family === 4 ? 2 : 1))
    this.#reserved = reservedBand(this.#count, 16, 16, 256)
  }

  /** `10.96.0.0/16` */
  get text(): string {
    return formatCidr(this.cidr)
  }

  /** Why an address is none of a Service, in upstream's words; undefined when it may be one. */
  problemOf(ip: Ip): string | undefined {
    const offset = ip.value - this.cidr.base
    if (contains(this.cidr, ip) && offset >= 1n && offset <= BigInt(this.#count)) return undefined
    return `the provided IP (${formatIp(ip)}) is not in the valid range. The range of valid IPs is ${this.text}`
  }

  /** Every address, in the order in which they are tried. */
  *candidates(random: Random): Generator<Ip> {
    yield* this.#round(this.#reserved + 1, this.#count, random)
    yield* this.#round(1, this.#reserved, random)
  }

  *#round(first: number, last: number, random: Random): Generator<Ip> {
    const count = last - first + 1
    if (count <= 0) return
    const start = Math.floor(random.next() * count)
    for (let i = 0; i < count; i++) {
      const ip = nthAddress(this.cidr, first + ((start + i) % count))
      if (ip) yield ip
    }
  }
}

/** How many of `count` are left to people: a share of all, within bounds, and none of very few. */
export function reservedBand(count: number, share: number, least: number, most: number): number {
  return count <= least ? 0 : Math.min(most, Math.max(least, Math.floor(count / share)))
}
