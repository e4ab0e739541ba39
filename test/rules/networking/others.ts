import { IPAddresses, NetworkPolicies, ServiceCIDRs } from '../../../src/api/networking/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  forbidden,
  invalid,
  nothing,
  notSupported,
  put,
  type Rule,
  range,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'

const from = 'spec.ingress[0].from[0]'
const port = 'spec.ingress[0].ports[0]'
const peer = to(from)
const block = (cidr: string, ...except: string[]) => peer({ ipBlock: { cidr, except } })
const ports = (fields: object) => to(port)(fields)
const first = (list: Rule[]) => list.slice(0, 1)

/** The rules of traffic one way hold the other way, too. */
const outwards = (rules: Rule[]): Rule[] =>
  rules.map((one) => ({
    ...one,
    path: turned(one.path),
    accept: new Map([...one.accept].map(([path, value]) => [turned(path), value])),
    refuse: new Map([...one.refuse].map(([path, value]) => [turned(path), value])),
  }))
const turned = (path: string) => path.replace('ingress', 'egress').replace('.from[', '.to[')

const traffic: Rule[] = [
  rule(from, required, 'must specify a peer', { podSelector: {} }, {}),
  rule(
    from,
    forbidden,
    'may not specify both ipBlock and another peer',
    { podSelector: {}, namespaceSelector: {} },
    { podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } },
  ),
  rule(
    `${from}.podSelector.matchLabels`,
    invalid,
    words.qualified,
    peer({ podSelector: { matchLabels: { a: 'b' } } }),
    peer({ podSelector: { matchLabels: { 'a b': 'b' } } }),
  ),
  rule(
    `${from}.namespaceSelector.matchExpressions[0].operator`,
    invalid,
    'not a valid selector operator',
    peer({ namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }),
    peer({ namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } }),
  ),
  rule(`${from}.ipBlock.cidr`, required, '', block('10.0.0.0/8'), block('')),
  rule(`${from}.ipBlock.cidr`, invalid, words.cidr, block('::/0'), block('10.0.0.0')),
  rule(`${from}.ipBlock.except[0]`, invalid, words.cidr, block('10.0.0.0/8', '10.1.0.0/16'), block('10.0.0.0/8', 'x')),
  rule(
    `${from}.ipBlock.except[0]`,
    invalid,
    'must be a strict subset of `cidr`',
    block('10.0.0.0/8', '10.0.0.0/9'),
    block('10.0.0.0/8', '10.0.0.0/8'),
  ),
  rule(
    `${from}.ipBlock.except[0]`,
    invalid,
    'must be a strict subset of `cidr`',
    block('10.0.0.0/8', '10.255.255.255/32'),
    block('10.0.0.0/8', '11.0.0.0/16'),
  ),
  rule(`${port}.protocol`, notSupported, '"": supported values: "TCP", "UDP", "SCTP"', 'SCTP', ''),
  ...range(`${port}.port`, 1, 65535),
  rule(`${port}.port`, invalid, 'must contain only alpha-numeric characters', 'http', 'a_b'),
  rule(
    `${port}.endPort`,
    invalid,
    'must be greater than or equal to `port`',
    ports({ port: 80, endPort: 80 }),
    ports({ port: 80, endPort: 79 }),
  ),
  rule(
    `${port}.endPort`,
    invalid,
    'must be between 1 and 65535, inclusive',
    ports({ port: 80, endPort: 65535 }),
    ports({ port: 80, endPort: 65536 }),
  ),
  rule(
    `${port}.endPort`,
    invalid,
    'may not be specified when `port` is non-numeric',
    ports({ port: 'http' }),
    ports({ port: 'http', endPort: 81 }),
  ),
  rule(
    `${port}.endPort`,
    invalid,
    'may not be specified when `port` is not specified',
    ports({}),
    ports({ endPort: 81 }),
  ),
]

export const networkPolicyTables: Table[] = [
  {
    resource: NetworkPolicies,
    base: { metadata: { name: 'x' }, spec: { podSelector: {} } } as KubeObject,
    rules: [
      ...traffic,
      ...outwards(traffic),
      rule('spec.podSelector.matchLabels', invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
      rule(
        'spec.policyTypes',
        invalid,
        'may not specify more than two policyTypes',
        ['Ingress', 'Ingress'],
        ['Ingress', 'Egress', 'Ingress'],
      ),
      rule('spec.policyTypes[0]', notSupported, 'supported values: "Ingress", "Egress"', 'Egress', ''),
    ],
  },
  {
    resource: NetworkPolicies,
    write: 'update',
    base: { metadata: { name: 'x' }, spec: { podSelector: {} } } as KubeObject,
    rules: first(traffic),
  },
]

const parentRef = { resource: 'services', name: 's', namespace: 'n' }
const address = { metadata: { name: '10.0.0.1' }, spec: { parentRef } } as KubeObject
const parent = 'spec.parentRef'

export const addressTables: Table[] = [
  {
    resource: IPAddresses,
    base: address,
    rules: [
      rule('metadata.name', invalid, words.ip, '10.0.0.2', '10.0.0'),
      rule('metadata.name', invalid, 'must not have leading 0s', '10.0.0.2', '10.0.0.02'),
      rule('metadata.name', invalid, 'must be in canonical form ("2001:db8::1")', '2001:db8::1', '2001:db8:0::1'),
      rule('metadata.name', invalid, 'must not be an IPv4-mapped IPv6 address', '10.0.0.2', '::ffff:10.0.0.1'),
      rule(parent, required, '', parentRef, absent),
      rule(`${parent}.group`, invalid, words.subdomain, '', 'A'),
      rule(`${parent}.resource`, required, '', 'R', ''),
      rule(`${parent}.resource`, invalid, "may not contain '/'", 'a b', 'a/b'),
      rule(`${parent}.name`, required, '', 'N', ''),
      rule(`${parent}.name`, invalid, "may not be '..'", '...', '..'),
      rule(`${parent}.namespace`, invalid, "may not contain '%'", '', 'a%b'),
    ],
  },
  {
    resource: IPAddresses,
    write: 'update',
    base: address,
    rules: [rule(parent, invalid, words.immutable, put({ 'metadata.labels.a': 'b' }), { ...parentRef, name: 't' })],
  },
]

const range4 = { metadata: { name: 'x' }, spec: { cidrs: ['10.0.0.0/8'] } } as KubeObject
const cidrs = 'spec.cidrs'
const oneFamily = 'may specify no more than one IP for each IP family'

export const serviceCidrTables: Table[] = [
  {
    resource: ServiceCIDRs,
    base: range4,
    rules: [
      rule(cidrs, required, 'at least one CIDR required', ['10.0.0.0/8'], []),
      rule(cidrs, invalid, 'may only hold up to 2 values', ['10.0.0.0/8', '::/64'], ['10.0.0.0/8', '::/64', '::/65']),
      rule(cidrs, invalid, oneFamily, ['::/64', '10.0.0.0/8'], ['10.0.0.0/8', '11.0.0.0/8']),
      rule(`${cidrs}[0]`, invalid, words.cidr, '2001:db8::/64', '10.0.0.0'),
      rule(`${cidrs}[0]`, invalid, 'must not have bits set beyond the prefix length', '10.0.0.0/8', '10.0.0.1/8'),
      rule(`${cidrs}[0]`, invalid, 'must be in canonical form ("2001:db8::/64")', '2001:db8::/64', '2001:db8:0::/64'),
    ],
  },
  {
    resource: ServiceCIDRs,
    write: 'update',
    base: range4,
    rules: [
      rule(`${cidrs}[0]`, invalid, words.immutable, nothing, '11.0.0.0/8'),
      rule(cidrs, invalid, words.immutable, ['10.0.0.0/8', '::/64'], []),
      rule(
        `${cidrs}[0]`,
        invalid,
        words.immutable,
        to(cidrs)(['10.0.0.0/8', '::/64']),
        put({ [cidrs]: ['::/64', '10.0.0.0/8'] }),
      ),
      rule(cidrs, invalid, oneFamily, ['10.0.0.0/8', '::/64'], ['10.0.0.0/8', '11.0.0.0/8']),
    ],
  },
]
