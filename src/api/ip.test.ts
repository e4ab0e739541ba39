import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ip from './ip.ts'

const formatted = (text: string) => {
  const parsed = ip.parseIp(text)
  return parsed && ip.formatIp(parsed)
}
const cidr = (text: string): ip.Cidr => {
  const parsed = ip.parseCidr(text)
  if (!parsed) throw new Error(`no CIDR: ${text}`)
  return parsed
}

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::', '::'],
  ['::1', '::1'],
  ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
  ['fe80::', 'fe80::'],
])('%s is written %s', (text, expected) => {
  expect(formatted(text)).toBe(expected)
})

test.each([
  '',
  '1.2.3',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4.5',
  '1::2::3',
  '1:2',
  ':::',
  'g::',
  '::1.2.3',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7::8:9',
])('%j is no address', (text) => {
  expect(ip.parseIp(text)).toBeUndefined()
})

test('every address comes back as it was', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 128n - 1n), (value) => {
      expect(ip.parseIp(ip.formatIp({ family: 6, value }))).toEqual({ family: 6, value })
    }),
  )
})

test('blocks', () => {
  const block = cidr('10.96.0.7/12')
  expect(ip.formatCidr(block)).toBe('10.96.0.0/12')
  expect(ip.contains(block, { family: 4, value: (10n << 24n) + (111n << 16n) })).toBe(true)
  expect(ip.contains(block, { family: 4, value: 10n << 24n })).toBe(false)
  expect(ip.contains(block, { family: 6, value: block.base })).toBe(false)
  expect(ip.overlaps(cidr('10.0.0.0/8'), cidr('10.1.0.0/16'))).toBe(true)
  expect(ip.overlaps(cidr('10.0.0.0/16'), cidr('10.1.0.0/16'))).toBe(false)
  expect(ip.nthAddress(cidr('10.0.0.0/30'), 4)).toBeUndefined()
  expect(ip.parseCidr('10.0.0.0/33')).toBeUndefined()
  expect(ip.parseCidr('10.0.0.0')).toBeUndefined()
  expect(ip.parseCidr('::/129')).toBeUndefined()
})

test('a block is cut into subnets', () => {
  const pods = cidr('10.244.0.0/16')
  expect([0, 1, 255, 256].map((n) => ip.nthSubnet(pods, 24, n)).map((c) => c && ip.formatCidr(c))).toEqual([
    '10.244.0.0/24',
    '10.244.1.0/24',
    '10.244.255.0/24',
    undefined,
  ])
})

test('what is wrong, in words', () => {
  expect(ip.ipProblem('10.0.0.1')).toEqual([])
  expect(ip.ipProblem('010.0.0.1')).toEqual(['must not have leading 0s'])
  expect(ip.ipProblem('x')[0]).toMatch('must be a valid IP address')
  expect(ip.ipProblem('::ffff:1.2.3.4')[0]).toMatch('IPv4-mapped')
  expect(ip.cidrProblem('10.0.0.1/8')).toEqual(['must not have bits set beyond the prefix length'])
  expect(ip.cidrProblem('10.0.0.0/8')).toEqual([])
})
