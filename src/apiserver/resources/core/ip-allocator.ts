import { type Cidr, contains, formatCidr, formatIp, type Ip, nthAddress, sizeOf } from '../../../api/ip.ts'
import type { Random } from '../../../api/random.ts'

/** Why an address or a port could not be taken; worded as upstream words it. */
export type Taken = { ok: true } | { ok: false; why: string }

/** Blocks larger than that are used as if they ended there. */
const largest = 1n << 32n

/**
 * The addresses of one block, in memory. Random picks come from the upper part first, so that the lower one stays free
 * for addresses that people choose (KEP-3070).
 */
export class IpAllocator {
  readonly cidr: Cidr
  /** Usable addresses: offsets 1 to `count` from the block's base. */
  readonly #count: number
  readonly #reserved: number
  readonly #taken = new Set<bigint>()

  constructor(cidr: Cidr) {
    this.cidr = cidr
    const size = sizeOf(cidr) < largest ? sizeOf(cidr) : largest
    // Neither the network's address nor, for IPv4, the broadcast address.
    this.#count = Math.max(0, Number(size) - (cidr.family === 4 ? 2 : 1))
    this.#reserved = reservedBand(this.#count, 16, 16, 256)
  }

  take(ip: Ip): Taken {
    const offset = ip.value - this.cidr.base
    if (!contains(this.cidr, ip) || offset < 1n || offset > BigInt(this.#count))
      return {
        ok: false,
        why: `the provided IP (${formatIp(ip)}) is not in the valid range. The range of valid IPs is ${formatCidr(this.cidr)}`,
      }
    if (this.#taken.has(ip.value)) return { ok: false, why: 'provided IP is already allocated' }
    this.#taken.add(ip.value)
    return { ok: true }
  }

  /** A free address, now taken; undefined when there is none. */
  pick(random: Random): Ip | undefined {
    return this.#pickFrom(this.#reserved + 1, this.#count, random) ?? this.#pickFrom(1, this.#reserved, random)
  }

  /** Gives an address back; one that is not of this block is ignored. */
  release(ip: Ip): void {
    if (ip.family === this.cidr.family) this.#taken.delete(ip.value)
  }

  #pickFrom(first: number, last: number, random: Random): Ip | undefined {
    const count = last - first + 1
    if (count <= 0) return undefined
    const start = Math.floor(random.next() * count)
    for (let i = 0; i < count; i++) {
      const ip = nthAddress(this.cidr, first + ((start + i) % count))
      if (ip && this.take(ip).ok) return ip
    }
    return undefined
  }
}

/** How many of `count` are left to people: a share of all, within bounds, and none of very few. */
export function reservedBand(count: number, share: number, least: number, most: number): number {
  return count <= least ? 0 : Math.min(most, Math.max(least, Math.floor(count / share)))
}
