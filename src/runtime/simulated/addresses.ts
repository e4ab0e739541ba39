import { formatIp, nthAddress, parseCidr, sizeOf } from '../../api/ip.ts'

/** Gives out pod addresses from a CIDR as host-local does: the next free one, and never the first (the gateway). */
export interface Addresses {
  take(): string
  release(ip: string): void
}

/** Fails when they run out. */
export function addressesOf(text: string): Addresses {
  const cidr = parseCidr(text)
  if (!cidr) throw new Error(`invalid pod CIDR "${text}"`)
  const taken = new Map<string, number>()
  const used = new Set<number>()
  /** Neither the network's own address, nor the gateway's after it, nor the broadcast address at the end. */
  const count = Math.min(Number(sizeOf(cidr)) - 3, Number.MAX_SAFE_INTEGER)
  let next = 0

  return {
    take() {
      if (used.size >= count) throw new Error(`no addresses are free in ${text}`)
      while (used.has(next)) next = (next + 1) % count
      const ip = formatIp(nthAddress(cidr, next + 2) ?? { family: cidr.family, value: cidr.base })
      used.add(next)
      taken.set(ip, next)
      next = (next + 1) % count
      return ip
    },
    release(ip) {
      const index = taken.get(ip)
      if (index === undefined) return
      taken.delete(ip)
      used.delete(index)
    },
  }
}
