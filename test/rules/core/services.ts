import { Services } from '../../../src/api/core/v1/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  duplicate,
  forbidden,
  invalid,
  nothing,
  notSupported,
  oneOf,
  put,
  type Rule,
  range,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'

const ports = [{ port: 80 }]
const service = { metadata: { name: 's' }, spec: { ports } } as KubeObject
const spec = to('spec')
const portsOf = to('spec.ports')
const two = (fields: object) =>
  portsOf([
    { port: 80, name: 'a' },
    { port: 81, name: 'b', ...fields },
  ])
const external = { type: 'ExternalName', externalName: 'a.b' }
const balanced = (fields: object) => spec({ ports, type: 'LoadBalancer', ...fields })
const balanceOnly = "may only be used when `type` is 'LoadBalancer'"
const notExternal = 'may not be set for ExternalName services'
const ips = (...clusterIPs: string[]) => spec({ ports, clusterIP: clusterIPs[0], clusterIPs })
const ranges = 'service.beta.kubernetes.io/load-balancer-source-ranges'
const annotated = (text: string, type = 'LoadBalancer') =>
  put({ 'spec.type': type, [`metadata.annotations[${ranges}]`]: text })
const topology = 'service.kubernetes.io/topology-mode'

const portRules: Rule[] = [
  rule('spec.ports', required, '', ports, absent),
  rule('spec.ports', required, '', spec({ clusterIP: 'None' }), spec({})),
  rule('spec.ports', required, '', spec(external), spec({ ports: [] })),
  rule('spec.ports[1].name', required, '', two({}), two({ name: undefined })),
  rule('spec.ports[1].name', duplicate, '"a"', two({}), two({ name: 'a' })),
  rule('spec.ports[0].name', invalid, words.label, 'a-1', 'A'),
  ...range('spec.ports[0].port', 1, 65535),
  ...oneOf('spec.ports[0].protocol', ['SCTP', 'TCP', 'UDP']),
  ...range('spec.ports[0].targetPort', 1, 65535).slice(1),
  rule('spec.ports[0].targetPort', invalid, 'must contain only alpha-numeric characters', 'http', 'a_b'),
  rule('spec.ports[0].targetPort', invalid, 'must be no more than 15 characters', 'a'.repeat(15), 'a'.repeat(16)),
  rule('spec.ports[0].appProtocol', invalid, words.qualified, 'example.com/x', 'a b'),
  rule('spec.ports[0].appProtocol', invalid, 'name part must be non-empty', 'x', ''),
  rule('spec.ports[1]', duplicate, '"port":80', two({ port: 80, protocol: 'UDP' }), two({ port: 80 })),
  rule(
    'spec.ports[1].nodePort',
    duplicate,
    '30080',
    spec({
      type: 'NodePort',
      ports: [
        { port: 80, name: 'a', nodePort: 30080 },
        { port: 80, name: 'b', nodePort: 30080, protocol: 'UDP' },
      ],
    }),
    spec({
      type: 'NodePort',
      ports: [
        { port: 80, name: 'a', nodePort: 30080 },
        { port: 81, name: 'b', nodePort: 30080 },
      ],
    }),
  ),
  rule(
    'spec.ports[0].nodePort',
    forbidden,
    "may not be used when `type` is 'ClusterIP'",
    spec({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    portsOf([{ port: 80, nodePort: 30080 }]),
  ),
]

const addresses: Rule[] = [
  ...['LoadBalancer', 'NodePort'].map((type) =>
    rule(
      'spec.clusterIPs[0]',
      invalid,
      `may not be set to 'None' for ${type} services`,
      spec({ type, ports }),
      spec({ type, ports, clusterIP: 'None' }),
    ),
  ),
  rule('spec.clusterIPs', forbidden, notExternal, spec(external), spec({ ...external, clusterIP: '10.96.0.9' })),
  rule('spec.ipFamilies', forbidden, notExternal, spec(external), spec({ ...external, ipFamilies: ['IPv4'] })),
  rule(
    'spec.ipFamilyPolicy',
    forbidden,
    notExternal,
    spec(external),
    spec({ ...external, ipFamilyPolicy: 'SingleStack' }),
  ),
  rule('spec.externalName', required, '', spec(external), spec({ type: 'ExternalName' })),
  rule(
    'spec.externalName',
    invalid,
    words.subdomain,
    spec({ ...external, externalName: 'a.b.' }),
    spec({ ...external, externalName: 'a_b' }),
  ),
  rule(
    'spec.clusterIPs',
    invalid,
    'first value must match `clusterIP`',
    ips('10.96.0.9'),
    spec({ ports, clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.8'] }),
  ),
  rule(
    'spec.clusterIPs',
    invalid,
    'must be empty when `clusterIP` is not specified',
    ips('10.96.0.9'),
    spec({ ports, clusterIPs: ['10.96.0.9'] }),
  ),
  rule('spec.clusterIPs', invalid, "'None' must be the first and only value", ips('None'), ips('None', '10.96.0.9')),
  rule('spec.clusterIPs[0]', invalid, words.ip, ips('10.96.0.9'), ips('10.96.0')),
  rule(
    'spec.clusterIPs',
    invalid,
    'may only hold up to 2 values',
    ips('10.96.0.9'),
    ips('10.96.0.9', '2001:db8::1', '2001:db8::2'),
  ),
  rule(
    'spec.clusterIPs',
    invalid,
    'may specify no more than one IP for each IP family',
    ips('10.96.0.9'),
    ips('10.96.0.9', '10.96.0.8'),
  ),
  rule(
    'spec.clusterIPs[0]',
    invalid,
    'expected an IPv6 value as indicated by `ipFamilies[0]`',
    spec({ ports, clusterIP: '10.96.0.9', ipFamilies: ['IPv4'] }),
    spec({ ports, clusterIP: '10.96.0.9', ipFamilies: ['IPv6'] }),
  ),
  rule('spec.ipFamilies[0]', notSupported, 'supported values: "IPv4", "IPv6"', 'IPv4', 'IPv5'),
  rule(
    'spec.ipFamilies[1]',
    duplicate,
    '"IPv4"',
    to('spec.ipFamilies')(['IPv4']),
    to('spec.ipFamilies')(['IPv4', 'IPv4']),
  ),
  rule(
    'spec.ipFamilyPolicy',
    notSupported,
    'supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
    'PreferDualStack',
    'Sometimes',
  ),
  rule('spec.externalIPs[0]', invalid, words.ip, '1.2.3.4', '1.2.3'),
  rule('spec.externalIPs[0]', invalid, 'may not be unspecified (0.0.0.0)', '1.2.3.4', '0.0.0.0'),
  rule(
    'spec.externalIPs[0]',
    invalid,
    'may not be in the loopback range (127.0.0.0/8, ::1/128)',
    '128.0.0.1',
    '127.0.0.1',
  ),
  rule(
    'spec.externalIPs[0]',
    invalid,
    'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    '169.255.0.1',
    '169.254.0.1',
  ),
  rule(
    'spec.externalIPs[0]',
    invalid,
    'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    'fec0::1',
    'febf::1',
  ),
  rule(
    'spec.externalIPs[0]',
    invalid,
    'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    '224.0.1.1',
    '224.0.0.1',
  ),
]

const balancing: Rule[] = [
  rule(
    'spec.LoadBalancerSourceRanges',
    forbidden,
    balanceOnly,
    balanced({ loadBalancerSourceRanges: ['10.0.0.0/8'] }),
    put({ 'spec.loadBalancerSourceRanges': ['10.0.0.0/8'] }),
  ),
  rule(
    'spec.LoadBalancerSourceRanges[0]',
    invalid,
    words.cidr,
    balanced({ loadBalancerSourceRanges: [' 10.0.0.0/8 '] }),
    balanced({ loadBalancerSourceRanges: ['10.0.0.0'] }),
  ),
  rule(
    `metadata.annotations[${ranges}]`,
    forbidden,
    balanceOnly,
    annotated('10.0.0.0/8'),
    annotated('10.0.0.0/8', 'ClusterIP'),
  ),
  rule(
    `metadata.annotations[${ranges}]`,
    invalid,
    words.cidr,
    annotated('10.0.0.0/8, 11.0.0.0/8'),
    annotated('10.0.0.0/8,x'),
  ),
  rule(
    'spec.allocateLoadBalancerNodePorts',
    forbidden,
    balanceOnly,
    balanced({ allocateLoadBalancerNodePorts: false }),
    false,
  ),
  rule('spec.loadBalancerClass', forbidden, balanceOnly, balanced({ loadBalancerClass: 'example.com/x' }), 'x'),
  rule(
    'spec.loadBalancerClass',
    invalid,
    words.qualified,
    balanced({ loadBalancerClass: 'x' }),
    balanced({ loadBalancerClass: 'a b' }),
  ),
  rule(
    'spec.externalTrafficPolicy',
    invalid,
    'may only be set for externally-accessible services',
    balanced({ externalTrafficPolicy: 'Local' }),
    'Local',
  ),
  rule(
    'spec.externalTrafficPolicy',
    invalid,
    'may only be set for externally-accessible services',
    put({ 'spec.externalIPs': ['1.2.3.4'], 'spec.externalTrafficPolicy': 'Local' }),
    spec({ clusterIP: 'None', externalTrafficPolicy: 'Local' }),
  ),
  rule(
    'spec.externalTrafficPolicy',
    notSupported,
    'supported values: "Cluster", "Local"',
    balanced({ externalTrafficPolicy: 'Cluster' }),
    balanced({ externalTrafficPolicy: 'Sometimes' }),
  ),
  rule(
    'spec.healthCheckNodePort',
    invalid,
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    balanced({ externalTrafficPolicy: 'Local', healthCheckNodePort: 30081 }),
    balanced({ healthCheckNodePort: 30081 }),
  ),
  rule('spec.internalTrafficPolicy', notSupported, 'supported values: "Cluster", "Local"', 'Local', 'Sometimes'),
  rule(
    'spec.trafficDistribution',
    notSupported,
    '"Sometimes": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"',
    'PreferSameNode',
    'Sometimes',
  ),
]

const timeout = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds'
const sticky = (fields: object) => spec({ ports, sessionAffinity: 'ClientIP', ...fields })
const seconds = (timeoutSeconds: number) => sticky({ sessionAffinityConfig: { clientIP: { timeoutSeconds } } })

const others: Rule[] = [
  rule('metadata.name', invalid, words.label, '1-a', 'A'),
  rule('metadata.name', invalid, 'must be no more than 63 characters', 's'.repeat(63), 's'.repeat(64)),
  rule(
    `metadata.annotations[${topology}]`,
    invalid,
    'must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
    put({ 'metadata.annotations': { [topology]: 'Auto', 'service.kubernetes.io/topology-aware-hints': 'Auto' } }),
    put({ 'metadata.annotations': { [topology]: 'Auto', 'service.kubernetes.io/topology-aware-hints': 'auto' } }),
  ),
  rule('spec.selector', invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
  rule('spec.selector', invalid, 'a valid label must be an empty string or consist of', { a: 'b' }, { a: 'b b' }),
  rule('spec.sessionAffinity', notSupported, 'supported values: "ClientIP", "None"', 'ClientIP', 'Sometimes'),
  rule(timeout, invalid, 'must be greater than 0 and less than 86400', seconds(1), seconds(0)),
  rule(timeout, invalid, 'must be greater than 0 and less than 86400', seconds(86400), seconds(86401)),
  rule(
    'spec.type',
    notSupported,
    'supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    'NodePort',
    'Sometimes',
  ),
]

const once = 'may not change once set'
const isBalanced = put({ 'spec.type': 'LoadBalancer', 'spec.loadBalancerClass': 'x' })

const updates: Rule[] = [
  rule(
    'spec.clusterIPs[0]',
    invalid,
    once,
    nothing,
    put({ 'spec.clusterIP': '10.96.255.254', 'spec.clusterIPs': ['10.96.255.254'] }),
  ),
  rule('spec.ipFamilies[0]', invalid, once, nothing, put({ 'spec.ipFamilies': ['IPv6'] })),
  rule('spec.loadBalancerClass', invalid, once, nothing, 'y', isBalanced),
  rule(
    'spec.loadBalancerClass',
    invalid,
    once,
    put({ 'spec.type': 'ClusterIP', 'spec.loadBalancerClass': absent }),
    absent,
    isBalanced,
  ),
  rule('spec.ports', required, '', spec(external), []),
]

const ingress = 'status.loadBalancer.ingress'
const given = to(ingress)
const loads = put({ 'spec.type': 'LoadBalancer' })

const statuses: Rule[] = [
  rule(ingress, forbidden, 'may only be used when `spec.type` is "LoadBalancer"', given([]), [{ ip: '1.2.3.4' }]),
  rule(`${ingress}[0].ip`, invalid, words.ip, given([{ ip: '1.2.3.4' }]), given([{ ip: '1.2.3' }]), loads),
  rule(
    `${ingress}[0].ipMode`,
    forbidden,
    'may not be specified when `ip` is not set',
    given([{ hostname: 'a' }]),
    given([{ hostname: 'a', ipMode: 'VIP' }]),
    loads,
  ),
  rule(
    `${ingress}[0].ipMode`,
    notSupported,
    'supported values: "Proxy", "VIP"',
    given([{ ip: '1.2.3.4', ipMode: 'Proxy' }]),
    given([{ ip: '1.2.3.4', ipMode: 'Sometimes' }]),
    loads,
  ),
  rule(
    `${ingress}[0].hostname`,
    invalid,
    words.subdomain,
    given([{ hostname: 'a.b' }]),
    given([{ hostname: 'a_b' }]),
    loads,
  ),
  rule(
    `${ingress}[0].hostname`,
    invalid,
    'must be a DNS name, not an IP address',
    given([{ hostname: 'a.b' }]),
    given([{ hostname: '1.2.3.4' }]),
    loads,
  ),
]

export const serviceTables: Table[] = [
  {
    resource: Services,
    base: service,
    rules: [...portRules, ...addresses, ...balancing, ...others],
    uncovered: [
      { path: 'spec.sessionAffinity', rule: 'is there', why: 'it has a default' },
      { path: 'spec.internalTrafficPolicy', rule: 'is there', why: 'it has a default' },
      { path: 'spec.sessionAffinityConfig', rule: 'is not there without affinity', why: 'it is dropped' },
      { path: 'spec.allocateLoadBalancerNodePorts', rule: 'is there', why: 'it has a default' },
      { path: 'spec.healthCheckNodePort', rule: 'is there where it is needed', why: 'it is allocated' },
    ],
  },
  { resource: Services, write: 'update', base: service, rules: updates },
  {
    resource: Services,
    write: 'status',
    base: service,
    rules: statuses,
    uncovered: [{ path: `${ingress}[].ipMode`, rule: 'is there beside an ip', why: 'it has a default' }],
  },
]
