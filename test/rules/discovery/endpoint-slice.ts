import { EndpointSlices } from '../../../src/api/discovery/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  duplicate,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  tooMany,
  words,
} from '../rule.ts'

const slice = {
  metadata: { name: 'x' },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'] }],
  ports: [{ port: 80 }],
} as KubeObject
const one = 'endpoints[0]'
const address = `${one}.addresses[0]`
const many = (count: number) => Array.from({ length: count }, () => ({ addresses: ['10.0.0.1'] }))
const addresses = (count: number) => Array.from({ length: count }, (_, i) => `10.0.1.${i}`)
const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `p${i}`, port: 80 }))
const ofType = (addressType: string, text: string) => put({ addressType, [address]: text })
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']))
const ports = (...names: string[]) => put({ ports: names.map((name) => ({ name, port: 80 })) })

const hints = (name: string, bad: string, message: string): Rule[] => {
  const path = `${one}.hints.${name}`
  const named = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `n${i}` }))
  return [
    rule(path, tooMany, '9: must have at most 8 items', named(8), named(9)),
    rule(
      `${path}[1].name`,
      duplicate,
      '"a"',
      put({ [path]: [{ name: 'a' }, { name: 'b' }] }),
      put({ [path]: [{ name: 'a' }, { name: 'a' }] }),
    ),
    rule(`${path}[0].name`, invalid, message, put({ [path]: [{ name: 'a' }] }), put({ [path]: [{ name: bad }] })),
  ]
}

export const sliceTables: Table[] = [
  {
    resource: EndpointSlices,
    base: slice,
    rules: [
      rule('addressType', required, '', 'IPv4', ''),
      rule('addressType', notSupported, 'supported values: "FQDN", "IPv4", "IPv6"', 'IPv4', 'IPv5'),
      rule('endpoints', tooMany, '1001: must have at most 1000 items', many(1000), many(1001)),
      rule(`${one}.addresses`, required, 'must contain at least 1 address', ['10.0.0.1'], []),
      rule(`${one}.addresses`, tooMany, '101: must have at most 100 items', addresses(100), addresses(101)),
      rule(address, invalid, words.ip, '10.0.0.1', '10.0.0'),
      rule(address, invalid, 'must be an IPv4 address', '10.0.0.1', '2001:db8::1'),
      rule(address, invalid, 'must be an IPv6 address', ofType('IPv6', '2001:db8::1'), ofType('IPv6', '10.0.0.1')),
      rule(address, invalid, 'may not be in the loopback range', '128.0.0.1', '127.0.0.1'),
      rule(address, invalid, 'may not be in the link-local range', '169.255.0.1', '169.254.0.1'),
      rule(address, required, '', ofType('FQDN', 'a.b'), ofType('FQDN', '')),
      rule(address, invalid, words.subdomain, ofType('FQDN', 'a.b.'), ofType('FQDN', 'a_b.c')),
      rule(
        address,
        invalid,
        'should be a domain with at least two segments separated by dots',
        ofType('FQDN', 'a.b'),
        ofType('FQDN', 'a'),
      ),
      rule(
        address,
        invalid,
        'must be no more than 63 characters',
        ofType('FQDN', `${'a'.repeat(63)}.b`),
        ofType('FQDN', `${'a'.repeat(64)}.b`),
      ),
      rule(`${one}.nodeName`, invalid, words.subdomain, 'a.b', 'A'),
      rule(`${one}.deprecatedTopology`, tooMany, '17: must have at most 16 items', labels(16), labels(17)),
      rule(`${one}.deprecatedTopology`, invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
      rule(`${one}.hostname`, invalid, words.label, '1-a', 'A'),
      ...hints('forZones', 'a b', 'a valid label must be an empty string or consist of'),
      ...hints('forNodes', 'A', words.subdomain),
      rule('ports', tooMany, '20001: must have at most 20000 items', numbered(20_000), numbered(20_001)),
      rule('ports[0].name', invalid, words.label, ports(''), ports('A')),
      rule('ports[1].name', duplicate, '""', ports('', 'a'), ports('', '')),
      rule('ports[0].protocol', notSupported, 'supported values: "SCTP", "TCP", "UDP"', 'SCTP', 'ICMP'),
      rule('ports[0].appProtocol', invalid, words.qualified, 'a.b/c', 'a b'),
    ],
    uncovered: [{ path: 'ports[].protocol', rule: 'is there', why: 'it has a default' }],
  },
  {
    resource: EndpointSlices,
    write: 'update',
    base: slice,
    rules: [
      rule('addressType', invalid, words.immutable, to(address)('10.0.0.2'), ofType('IPv6', '2001:db8::1')),
      rule('addressType', invalid, words.immutable, put({ ports: [] }), put({ addressType: 'FQDN', endpoints: [] })),
    ],
  },
]
