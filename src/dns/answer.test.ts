import type { Answer, RecordType } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Namespaces, type ServiceSpec, Services } from '../api/core/v1/index.ts'
import { type EndpointSlice, EndpointSlices } from '../api/discovery/v1/index.ts'
import { startCluster, type TestCluster } from '../testing/index.ts'
import { answer } from './answer.ts'
import { informedZone, type Zone } from './zone.ts'

let cluster: TestCluster
let zone: Zone

const namespace = 'ns'
const service = (name: string, spec: Partial<ServiceSpec>) =>
  cluster.client.create(Services, { metadata: { name, namespace }, spec: spec as ServiceSpec })
const slice = (
  name: string,
  service: string,
  content: Partial<EndpointSlice> & Pick<EndpointSlice, 'endpoints'>,
): Promise<unknown> =>
  cluster.client.create(EndpointSlices, {
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ...content,
  })
const at = (ip: string, hostname?: string, ready = true) => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname && { hostname }),
})

beforeAll(async () => {
  cluster = await startCluster()
  await cluster.client.create(Namespaces, { metadata: { name: namespace } })
  await service('web', {
    clusterIP: '10.96.0.7',
    ports: [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ],
  })
  const http = { name: 'http', protocol: 'TCP' as const, port: 8080 }
  await slice('web-1', 'web', { ports: [http], endpoints: [at('10.0.0.1', 'one'), at('10.0.0.2')] })
  await service('peers', { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] })
  await slice('peers-1', 'peers', {
    ports: [http, { name: 'admin', protocol: 'TCP', port: 9090 }],
    endpoints: [at('10.0.0.1', 'one'), at('10.0.0.3'), at('10.0.0.4', 'late', false), at('10.0.0.5', 'one')],
  })
  await slice('peers-2', 'peers', { ports: [http], endpoints: [at('10.0.0.3')] })
  await slice('peers-6', 'peers', { addressType: 'IPv6', ports: [http], endpoints: [at('fd00:1::1'), at('fd00:2::')] })
  await service('plain', { clusterIP: 'None' })
  await slice('plain-1', 'plain', { endpoints: [at('10.0.0.9')] })
  await service('nobody', { clusterIP: 'None' })
  await service('out', { type: 'ExternalName', externalName: 'example.com' })
  const { informers, clock } = cluster.context('dns')
  const informed = informedZone(informers, {
    domain: 'cluster.local',
    addresses: ['10.244.0.1', 'fd00::53'],
    clock,
  })
  await informed.synced
  zone = informed
})
afterAll(() => cluster.stop())

function text(record: Answer): string {
  if (record.type !== 'SRV') return `${record.name} ${record.type} ${String((record as { data?: unknown }).data)}`
  const { priority, weight, port, target } = record.data
  return `${record.name} SRV ${priority} ${weight} ${port} ${target}`
}

/** What there is to a question, below `ns.svc.cluster.local` unless the name ends in a dot. */
function ask(name: string, type: string) {
  const full = name.endsWith('.') ? name.slice(0, -1) : `${name}.ns.svc.cluster.local`
  const reply = answer(zone, { name: full, type: type as RecordType })
  if (!reply) return 'ELSEWHERE'
  const { rcode, answers, authorities, additionals } = reply
  const records = [...answers, ...additionals].map((record) =>
    text(record).replaceAll(/\.ns\.svc\.cluster\.local\b/g, ''),
  )
  if (answers.length > 0) return records
  return authorities.some(({ type }) => type === 'SOA') ? (rcode === 'NOERROR' ? 'NODATA' : rcode) : 'no SOA'
}

test.each<[name: string, type: string, wanted: string[] | string]>([
  ['web', 'A', ['web A 10.96.0.7']],
  ['web', 'AAAA', 'NODATA'],
  ['web', 'TXT', 'NODATA'],
  ['web', 'MX', 'NODATA'],
  ['web', 'NS', 'NODATA'],
  ['web', 'ANY', 'NODATA'],
  ['web', 'UNKNOWN_65', 'NODATA'],
  ['none', 'A', 'NXDOMAIN'],
  ['none', 'TXT', 'NXDOMAIN'],
  ['none', 'UNKNOWN_65', 'NXDOMAIN'],
  // Single endpoints, of any Service.
  ['one.web', 'A', ['one.web A 10.0.0.1']],
  ['10-0-0-2.web', 'A', ['10-0-0-2.web A 10.0.0.2']],
  ['10-0-0-2.web', 'SRV', ['10-0-0-2.web SRV 0 100 8080 10-0-0-2.web', '10-0-0-2.web A 10.0.0.2']],
  ['10-0-0-1.web', 'A', 'NXDOMAIN'],
  ['one.none', 'A', 'NXDOMAIN'],
  ['one.peers', 'A', ['one.peers A 10.0.0.1', 'one.peers A 10.0.0.5']],
  ['late.peers', 'A', 'NXDOMAIN'],
  ['fd00-1--1.peers', 'AAAA', ['fd00-1--1.peers AAAA fd00:1::1']],
  ['fd00-2--0.peers', 'AAAA', ['fd00-2--0.peers AAAA fd00:2::']],
  // Lists each address once, even if several ports or slices have it.
  ['peers', 'A', ['peers A 10.0.0.1', 'peers A 10.0.0.3', 'peers A 10.0.0.5']],
  ['peers', 'AAAA', ['peers AAAA fd00:1::1', 'peers AAAA fd00:2::']],
  ['plain', 'A', ['plain A 10.0.0.9']],
  ['plain', 'SRV', 'NODATA'],
  ['nobody', 'A', 'NXDOMAIN'],
  // SRV: of named ports, and of the bare name.
  ['_http._tcp.web', 'SRV', ['_http._tcp.web SRV 0 100 80 web', 'web A 10.96.0.7']],
  ['_dns._udp.web', 'SRV', ['_dns._udp.web SRV 0 100 53 web', 'web A 10.96.0.7']],
  ['_http._udp.web', 'SRV', 'NXDOMAIN'],
  ['_nope._tcp.web', 'SRV', 'NXDOMAIN'],
  ['_nope._tcp.web', 'A', 'NXDOMAIN'],
  ['_http._tcp.web', 'A', ['_http._tcp.web A 10.96.0.7']],
  ['web', 'SRV', ['web SRV 0 33 80 web', 'web SRV 0 33 81 web', 'web SRV 0 33 53 web', 'web A 10.96.0.7']],
  [
    '_admin._tcp.peers',
    'SRV',
    [
      '_admin._tcp.peers SRV 0 33 9090 one.peers',
      '_admin._tcp.peers SRV 0 33 9090 10-0-0-3.peers',
      'one.peers A 10.0.0.1',
      '10-0-0-3.peers A 10.0.0.3',
      'one.peers A 10.0.0.5',
    ],
  ],
  ['_a._b._tcp.web', 'SRV', 'NXDOMAIN'],
  // Aliases.
  ['out', 'CNAME', ['out CNAME example.com']],
  ['out', 'A', ['out CNAME example.com']],
  ['out', 'SRV', 'NODATA'],
  ['_http._tcp.out', 'SRV', 'NXDOMAIN'],
  ['one.out', 'A', 'NXDOMAIN'],
  // Names above the Services'.
  ['cluster.local.', 'A', 'NODATA'],
  ['svc.cluster.local.', 'A', 'NODATA'],
  ['svc.cluster.local.', 'NS', 'NODATA'],
  ['ns.svc.cluster.local.', 'A', 'NODATA'],
  ['ns.svc.cluster.local.', 'SOA', 'NODATA'],
  ['other.svc.cluster.local.', 'A', 'NXDOMAIN'],
  ['web.other.svc.cluster.local.', 'A', 'NXDOMAIN'],
  ['foo.cluster.local.', 'A', 'NXDOMAIN'],
  ['dns-version.cluster.local.', 'TXT', ['dns-version.cluster.local TXT 1.1.0']],
  ['dns-version.cluster.local.', 'A', 'NODATA'],
  [
    'cluster.local.',
    'NS',
    [
      'cluster.local NS ns.dns.cluster.local',
      'ns.dns.cluster.local A 10.244.0.1',
      'ns.dns.cluster.local AAAA fd00::53',
    ],
  ],
  ['ns.dns.cluster.local.', 'A', ['ns.dns.cluster.local A 10.244.0.1']],
  ['cluster.local.', 'AXFR', 'no SOA'],
  // Pods by address.
  ['1-2-3-4.ns.pod.cluster.local.', 'A', ['1-2-3-4.ns.pod.cluster.local A 1.2.3.4']],
  ['1-2-3-4.ns.pod.cluster.local.', 'AAAA', 'NODATA'],
  ['fd00--7.ns.pod.cluster.local.', 'AAAA', ['fd00--7.ns.pod.cluster.local AAAA fd00::7']],
  ['1-2-3-400.ns.pod.cluster.local.', 'A', 'NXDOMAIN'],
  ['1-2-3-4.other.pod.cluster.local.', 'A', 'NXDOMAIN'],
  // Addresses have names, except those that are of no Service.
  ['7.0.96.10.in-addr.arpa.', 'PTR', ['7.0.96.10.in-addr.arpa PTR web']],
  ['1.0.0.10.in-addr.arpa.', 'PTR', ['1.0.0.10.in-addr.arpa PTR one.peers', '1.0.0.10.in-addr.arpa PTR one.web']],
  ['2.0.0.10.in-addr.arpa.', 'PTR', ['2.0.0.10.in-addr.arpa PTR 10-0-0-2.web']],
  ['4.0.0.10.in-addr.arpa.', 'PTR', 'ELSEWHERE'],
  ['7.0.96.10.in-addr.arpa.', 'A', 'ELSEWHERE'],
  ['1.1.1.1.in-addr.arpa.', 'PTR', 'ELSEWHERE'],
  ['example.com.', 'A', 'ELSEWHERE'],
  ['notcluster.local.', 'A', 'ELSEWHERE'],
])('%s has for %s', (name, type, wanted) => {
  const got = ask(name, type)
  expect(Array.isArray(got) && type === 'PTR' ? got.sort() : got).toEqual(wanted)
})

test('an IPv6 address is found by its 32 digits', () => {
  const digits = 'fd000001000000000000000000000001'.split('').reverse().join('.')
  expect(ask(`${digits}.ip6.arpa.`, 'PTR')).toEqual([`${digits}.ip6.arpa PTR fd00-1--1.peers`])
})

test('the case of a question stays in what is made of its name', () => {
  const name = '_HTTP._tcp.wEb.NS.svc.Cluster.LOCAL'
  const reply = answer(zone, { name, type: 'SRV' })
  expect([...(reply?.answers ?? []), ...(reply?.additionals ?? [])].map(text)).toEqual([
    `${name} SRV 0 100 80 web.ns.svc.Cluster.LOCAL`,
    'web.ns.svc.Cluster.LOCAL A 10.96.0.7',
  ])
  const negative = answer(zone, { name: 'none.NS.svc.Cluster.LOCAL', type: 'A' })
  expect(negative?.authorities).toMatchObject([
    { type: 'SOA', name: 'Cluster.LOCAL', ttl: 30, data: { mname: 'ns.dns.Cluster.LOCAL', minimum: 30 } },
  ])
})

test('the serial of the SOA is the time of the last change', async () => {
  const serial = () => answer(zone, { name: 'cluster.local', type: 'SOA' })?.answers[0]
  const before = zone.serial()
  expect(serial()).toMatchObject({ type: 'SOA', data: { serial: before } })
  await cluster.clock.advance('5s')
  await service('new', { clusterIP: 'None' })
  await cluster.settle()
  expect(serial()).toMatchObject({ data: { serial: before + 5 } })
})

test('the Service that the DNS server is an endpoint of is the name server', async () => {
  await service('dns', { clusterIP: '10.96.0.10', ports: [{ name: 'dns', port: 53 }] })
  await slice('dns-1', 'dns', { ports: [{ name: 'dns', port: 53 }], endpoints: [at('10.244.0.1')] })
  await cluster.settle()
  expect(ask('cluster.local.', 'NS')).toEqual(['cluster.local NS dns', 'dns A 10.96.0.10'])
})
