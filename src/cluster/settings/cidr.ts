import { BlockList } from 'node:net'

/** Whether an IPv4 range (`10.244.0.0/16`) contains an address. */
export function contains(cidr: string, address: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/')
  const list = new BlockList()
  list.addSubnet(network, Number(bits))
  return list.check(address)
}

/** Whether two IPv4 ranges have an address in common. */
export const overlaps = (a: string, b: string): boolean =>
  contains(a, b.split('/')[0] ?? '') || contains(b, a.split('/')[0] ?? '')

/** The range by its first address: `10.244.0.0/16` for `10.244.3.1/16`. */
export function networkOf(cidr: string): string {
  const bits = Number(cidr.split('/')[1])
  const first = nthAddress(cidr, 0)
    .split('.')
    .map((octet, i) => Number(octet) & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff)
  return `${first.join('.')}/${bits}`
}

/** The `n`th address of an IPv4 range, counted from its network address. */
export function nthAddress(cidr: string, n: number): string {
  const octets = (cidr.split('/')[0] ?? '').split('.').map(Number)
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0) + n
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
