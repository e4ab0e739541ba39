import { formatIp, type Ip, parseCidr, parseIp } from '../../../ip.ts'
import { sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import { failure } from '../errors.ts'
import * as t from '../types.ts'
import { Opaque } from '../values.ts'

/** An address: Kubernetes' type `net.IP`. */
class IpValue extends Opaque {
  readonly typeName = 'net.IP'
  readonly ip: Ip
  constructor(ip: Ip) {
    super()
    this.ip = ip
  }
  equals(other: unknown): boolean {
    return other instanceof IpValue && other.ip.family === this.ip.family && other.ip.value === this.ip.value
  }
}

/** A network, with the address as it was given: `10.1.2.3/8` is not `10.0.0.0/8`. */
class CidrValue extends Opaque {
  readonly typeName = 'net.CIDR'
  readonly ip: Ip
  readonly prefix: number
  constructor(ip: Ip, prefix: number) {
    super()
    this.ip = ip
    this.prefix = prefix
  }
  equals(other: unknown): boolean {
    return (
      other instanceof CidrValue && other.prefix === this.prefix && new IpValue(this.ip).equals(new IpValue(other.ip))
    )
  }
  get masked(): Ip {
    return masked(this.ip, this.prefix)
  }
}

const widthOf = ({ family }: Ip) => (family === 4 ? 32 : 128)

function masked(ip: Ip, prefix: number): Ip {
  const host = BigInt(Math.max(0, widthOf(ip) - prefix))
  return { family: ip.family, value: (ip.value >> host) << host }
}

const isMapped = ({ family, value }: Ip) => family === 6 && value >> 32n === 0xffffn

const shown = (text: string) => JSON.stringify(text)

function readIp(text: string): Ip {
  if (text.includes('%') && parseIp(text.split('%')[0] ?? ''))
    throw failure(`IP address ${shown(text)} with zone value is not allowed`)
  const ip = parseIp(text)
  if (!ip)
    throw failure(
      `IP Address ${shown(text)} parse error during conversion from string: ParseAddr(${shown(text)}): unable to parse IP`,
    )
  if (isMapped(ip)) throw failure(`IPv4-mapped IPv6 address ${shown(text)} is not allowed`)
  return ip
}

function readCidr(text: string): CidrValue {
  const problem = 'network address parse error during conversion from string: '
  const [address = '', length = ''] = text.split('/')
  const ip = parseIp(address)
  if (!ip || !parseCidr(text))
    throw failure(
      `${problem}${problem}netip.ParsePrefix(${shown(text)}): ${text.includes('/') ? 'unable to parse prefix' : "no '/'"}`,
    )
  if (isMapped(ip)) throw failure(`${problem}IPv4-mapped IPv6 address ${shown(text)} is not allowed`)
  return new CidrValue(ip, Number(length))
}

function succeeds(read: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      read(text)
      return true
    } catch {
      return false
    }
  }
}

const ip = t.opaque('net.IP')
const cidr = t.opaque('net.CIDR')

const reading: CallCost = ([x]) => traversal(sizeOf(x))

const within =
  (base: Ip, prefix: number) =>
  (address: Ip): boolean =>
    address.family === base.family && masked(address, prefix).value === base.value

const block = (text: string) => {
  const { ip: base, prefix } = readCidr(text)
  return within(base, prefix)
}

const nowhere = (address: Ip) => address.value === 0n
const loopback4 = block('127.0.0.0/8')
const linkLocalMulticast4 = block('224.0.0.0/24')
const linkLocal4 = block('169.254.0.0/16')
const multicast4 = block('224.0.0.0/4')
const linkLocal6 = block('fe80::/10')
const multicast6 = block('ff00::/8')

const isLoopback = (x: Ip) => loopback4(x) || (x.family === 6 && x.value === 1n)
const isLinkLocalUnicast = (x: Ip) => linkLocal4(x) || linkLocal6(x)
const isLinkLocalMulticast = (x: Ip) => linkLocalMulticast4(x) || (multicast6(x) && (x.value >> 112n) % 16n === 2n)
const isGlobalUnicast = (x: Ip) =>
  !nowhere(x) &&
  !(x.family === 4 && x.value === 0xffffffffn) &&
  !isLoopback(x) &&
  !multicast4(x) &&
  !multicast6(x) &&
  !isLinkLocalUnicast(x)

const test = (id: string, check: (address: Ip) => boolean) => [method(id, [ip], t.bool, (x: IpValue) => check(x.ip))]

const addresses: Library = {
  ip: [
    overload('string_to_ip', [t.string], ip, (text: string) => new IpValue(readIp(text)), reading),
    method('cidr_ip', [cidr], ip, (x: CidrValue) => new IpValue(x.ip)),
  ],
  isIP: [overload('is_ip', [t.string], t.bool, succeeds(readIp), reading)],
  'ip.isCanonical': [
    overload(
      'ip_is_canonical',
      [t.string],
      t.bool,
      (text: string) => formatIp(readIp(text)) === text,
      ([x]) => traversal(sizeOf(x), 2),
    ),
  ],
  family: [method('ip_family', [ip], t.int, (x: IpValue) => x.ip.family)],
  isUnspecified: test('ip_is_unspecified', nowhere),
  isLoopback: test('ip_is_loopback', isLoopback),
  isLinkLocalMulticast: test('ip_is_link_local_multicast', isLinkLocalMulticast),
  isLinkLocalUnicast: test('ip_is_link_local_unicast', isLinkLocalUnicast),
  isGlobalUnicast: test('ip_is_global_unicast', isGlobalUnicast),
  string: [
    overload('ip_to_string', [ip], t.string, (x: IpValue) => formatIp(x.ip)),
    overload('cidr_to_string', [cidr], t.string, (x: CidrValue) => `${formatIp(x.ip)}/${x.prefix}`),
  ],
}

const containsIp = (x: CidrValue, y: Ip) => within(x.masked, x.prefix)(y)
const containsCidr = (x: CidrValue, y: CidrValue) => x.prefix <= y.prefix && containsIp(x, y.ip)

/** The bytes of an address are compared: twice those of the network, as upstream counts. */
const bytesOf = ({ ip: { family } }: CidrValue) => (family === 4 ? 4 : 16)
const comparing =
  (more: (bytes: number, other: unknown) => number): CallCost =>
  ([x, other]) => {
    const bytes = bytesOf(x as CidrValue)
    return traversal(bytes, 2) + more(bytes, other)
  }

const networks: Library = {
  cidr: [overload('string_to_cidr', [t.string], cidr, readCidr, reading)],
  isCIDR: [overload('is_cidr', [t.string], t.bool, succeeds(readCidr), reading)],
  containsIP: [
    method(
      'cidr_contains_ip_string',
      [cidr, t.string],
      t.bool,
      (x: CidrValue, y: string) => containsIp(x, readIp(y)),
      comparing((_, y) => traversal(sizeOf(y))),
    ),
    method(
      'cidr_contains_ip_ip',
      [cidr, ip],
      t.bool,
      (x: CidrValue, y: IpValue) => containsIp(x, y.ip),
      comparing(() => 0),
    ),
  ],
  containsCIDR: [
    method(
      'cidr_contains_cidr_string',
      [cidr, t.string],
      t.bool,
      (x: CidrValue, y: string) => containsCidr(x, readCidr(y)),
      comparing((bytes, y) => traversal(bytes) + 1 + traversal(sizeOf(y))),
    ),
    method(
      'cidr_contains_cidr',
      [cidr, cidr],
      t.bool,
      containsCidr,
      comparing((bytes) => traversal(bytes) + 1),
    ),
  ],
  masked: [method('cidr_masked', [cidr], cidr, (x: CidrValue) => new CidrValue(x.masked, x.prefix))],
  prefixLength: [method('cidr_prefix_length', [cidr], t.int, (x: CidrValue) => x.prefix)],
}

export const net: readonly Library[] = [addresses, networks]
