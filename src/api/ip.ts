/** An IP address as a number, with its family. Pure values; text in and out as Go's `net/netip` writes it. */
export interface Ip {
  readonly family: 4 | 6
  readonly value: bigint
}

/** A block of addresses; `base` has no bits set beyond `prefix`. */
export interface Cidr {
  readonly family: 4 | 6
  readonly base: bigint
  readonly prefix: number
}

const widths = { 4: 32, 6: 128 } as const

/** Undefined for anything that is no address; leading zeros in IPv4 are refused, and so are zones. */
export function parseIp(text: string): Ip | undefined {
  if (text.includes(':')) {
    const value = parseIpv6(text)
    return value === undefined ? undefined : { family: 6, value }
  }
  const value = parseIpv4(text)
  return value === undefined ? undefined : { family: 4, value }
}

/** The canonical form (RFC 5952 for IPv6). */
export function formatIp({ family, value }: Ip): string {
  return family === 4 ? formatIpv4(value) : formatIpv6(value)
}

/** `10.0.0.0/8`. The address may have bits beyond the prefix; they are cut off. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, more] = text.split('/')
  const ip = parseIp(address)
  if (!ip || more !== undefined || length === undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined
  const prefix = Number(length)
  if (prefix > widths[ip.family]) return undefined
  const host = BigInt(widths[ip.family] - prefix)
  return { family: ip.family, base: (ip.value >> host) << host, prefix }
}

/** The same for text that has been checked. @throws TypeError for anything that is no block. */
export function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text)
  if (!cidr) throw new TypeError(`not an address block, such as 10.244.0.0/16: "${text}"`)
  return cidr
}

export function formatCidr({ family, base, prefix }: Cidr): string {
  return `${formatIp({ family, value: base })}/${prefix}`
}

export function contains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.family !== ip.family) return false
  const host = BigInt(widths[cidr.family] - cidr.prefix)
  return ip.value >> host === cidr.base >> host
}

/** Whether two blocks share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return contains(a, { family: b.family, value: b.base }) || contains(b, { family: a.family, value: a.base })
}

/** How many addresses a block has, network and broadcast addresses included. */
export function sizeOf({ family, prefix }: Cidr): bigint {
  return 1n << BigInt(widths[family] - prefix)
}

/** The address `n` after the first one of a block; undefined outside of it. */
export function nthAddress(cidr: Cidr, n: number | bigint): Ip | undefined {
  const offset = BigInt(n)
  return offset < 0n || offset >= sizeOf(cidr) ? undefined : { family: cidr.family, value: cidr.base + offset }
}

/** The block number `n` when `cidr` is cut into blocks of `prefix`; undefined where there is none: node pod CIDRs. */
export function nthSubnet(cidr: Cidr, prefix: number, n: number): Cidr | undefined {
  if (prefix < cidr.prefix || prefix > widths[cidr.family] || n < 0) return undefined
  if (BigInt(n) >= 1n << BigInt(prefix - cidr.prefix)) return undefined
  const step = 1n << BigInt(widths[cidr.family] - prefix)
  return { family: cidr.family, base: cidr.base + step * BigInt(n), prefix }
}

/** The error of an address, in upstream's words. */
export function ipProblem(text: string): string[] {
  const ip = parseIp(text)
  if (!ip) {
    const sloppy = parseIp(text.replace(/(^|\.)0+(?=\d)/g, '$1'))
    return sloppy?.family === 4
      ? ['must not have leading 0s']
      : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
  }
  return isMapped(ip) ? ['must not be an IPv4-mapped IPv6 address'] : []
}

/** The error of a block of addresses, in upstream's words. */
export function cidrProblem(text: string): string[] {
  const cidr = parseCidr(text)
  if (!cidr) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
  const ip = parseIp(text.slice(0, text.indexOf('/')))
  if (ip && isMapped(ip)) return ['must not have an IPv4-mapped IPv6 address']
  return ip && ip.value !== cidr.base ? ['must not have bits set beyond the prefix length'] : []
}

const isMapped = ({ family, value }: Ip) => family === 6 && value >> 32n === 0xffffn

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let value = 0n
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = value * 256n + BigInt(part)
  }
  return value
}

const formatIpv4 = (value: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')

function parseIpv6(text: string): bigint | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    const low = parseIpv4(dotted[2] ?? '')
    if (low === undefined) return undefined
    return parseIpv6(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const groups = head.length + tail.length
  if (halves.length === 2 ? groups > 7 : groups !== 8) return undefined
  const all = [...head, ...Array.from({ length: 8 - groups }, () => '0'), ...tail]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return all.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n)
}

function formatIpv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(value & 0xffffffffn)}`
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - i * 16)) & 0xffffn).toString(16))
  const run = longestZeros(groups)
  if (run.length < 2) return groups.join(':')
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let length = 0
    while (groups[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  return best
}
