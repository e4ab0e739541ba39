import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { type Answer, type DecodedPacket, decode, encode, type Packet } from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Service } from '../api/core/v1/index.ts'
import { silentLog } from '../api/log.ts'
import type { Stored } from '../api/object.ts'
import { forward } from './forward.ts'
import { type DnsServer, serveDns } from './server.ts'
import type { Zone, ZoneEndpoint } from './zone.ts'

const service = (name: string, spec: Service['spec']): Stored<Service> =>
  ({ metadata: { name, namespace: 'default' }, spec, status: {} }) as Stored<Service>

const services: Record<string, Stored<Service>> = {
  'default/web': service('web', {
    clusterIP: '10.96.0.7',
    clusterIPs: ['10.96.0.7'],
    ports: [{ name: 'http', port: 80 }],
  }),
  'default/db': service('db', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'pg', port: 5432 }] }),
  'default/out': service('out', { type: 'ExternalName', externalName: 'example.com' }),
  'default/alias': service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
  'default/far': service('far', { type: 'ExternalName', externalName: 'web.default.svc.example.org' }),
  'default/loop': service('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' }),
  'default/big': service('big', { clusterIP: 'None', clusterIPs: ['None'] }),
}
const endpoint = (ip: string, label: string): ZoneEndpoint => ({
  ip,
  family: 'IPv4',
  label,
  ports: [{ name: 'pg', protocol: 'TCP', port: 5432 }],
})
const endpoints: Record<string, ZoneEndpoint[]> = {
  'default/db': [endpoint('10.244.0.5', 'db-0'), endpoint('10.244.0.6', 'db-1')],
  'default/big': Array.from({ length: 200 }, (_, i) => endpoint(`10.244.1.${i}`, `big-${i}`)),
}
const zone: Zone = {
  domain: 'cluster.local',
  addresses: ['10.244.0.1'],
  serial: () => 1,
  namespaceExists: (name) => name === 'default',
  service: (namespace, name) => services[`${namespace}/${name}`],
  endpoints: (namespace, name) => endpoints[`${namespace}/${name}`] ?? [],
  serviceByIp: (ip) => Object.values(services).find((s) => s.spec.clusterIP === ip),
  endpointsByIp: (ip) =>
    (endpoints['default/db'] ?? [])
      .filter((e) => e.ip === ip)
      .map((e) => ({ namespace: 'default', service: 'db', endpoint: e })),
}

let server: DnsServer
let upstream: DnsServer
const resolver = new Resolver({ timeout: 2000, tries: 1 })

/** A port that was free a moment ago. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address()
      socket.close(() => resolve(port))
    })
  })

beforeAll(async () => {
  const [port, upstreamPort] = [await freePort(), await freePort()]
  const other: Zone = { ...zone, domain: 'example.org' }
  upstream = await serveDns({
    zone: other,
    listen: [{ host: '127.0.0.1', port: upstreamPort }],
    upstreams: [],
    log: silentLog,
  })
  server = await serveDns({
    zone,
    listen: [{ host: '127.0.0.1', port }],
    upstreams: ['127.0.0.1:1', `127.0.0.1:${upstreamPort}`],
    log: silentLog,
  })
  resolver.setServers([`127.0.0.1:${port}`])
})
afterAll(async () => {
  await server.close()
  await upstream.close()
})

test('a Service is its cluster IP', async () => {
  expect(await resolver.resolve4('web.default.svc.cluster.local')).toEqual(['10.96.0.7'])
  expect(await resolver.resolve4('WEB.Default.svc.cluster.local')).toEqual(['10.96.0.7'])
})

test('an IPv4 Service has no AAAA record, yet exists', async () => {
  await expect(resolver.resolve6('web.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENODATA' })
})

test('a headless Service is its endpoints, each with a name of its own', async () => {
  expect((await resolver.resolve4('db.default.svc.cluster.local')).sort()).toEqual(['10.244.0.5', '10.244.0.6'])
  expect(await resolver.resolve4('db-1.db.default.svc.cluster.local')).toEqual(['10.244.0.6'])
})

test('named ports have SRV records', async () => {
  expect(await resolver.resolveSrv('_http._tcp.web.default.svc.cluster.local')).toMatchObject([
    { name: 'web.default.svc.cluster.local', port: 80 },
  ])
  const names = (await resolver.resolveSrv('_pg._tcp.db.default.svc.cluster.local')).map((r) => r.name)
  expect(names.sort()).toEqual(['db-0.db.default.svc.cluster.local', 'db-1.db.default.svc.cluster.local'])
})

test('an ExternalName is a CNAME', async () => {
  expect(await resolver.resolveCname('out.default.svc.cluster.local')).toEqual(['example.com'])
})

test('an ExternalName comes with the addresses of what it names, in the cluster or outside', async () => {
  expect(await resolver.resolve4('alias.default.svc.cluster.local')).toEqual(['10.96.0.7'])
  expect(await resolver.resolve4('far.default.svc.cluster.local')).toEqual(['10.96.0.7'])
  for (const none of [
    resolver.resolve6('alias.default.svc.cluster.local'),
    resolver.resolve4('loop.default.svc.cluster.local'),
  ])
    await expect(none).rejects.toMatchObject({ code: 'ENODATA' })
})

test('addresses have names', async () => {
  expect(await resolver.reverse('10.96.0.7')).toEqual(['web.default.svc.cluster.local'])
  expect(await resolver.reverse('10.244.0.6')).toEqual(['db-1.db.default.svc.cluster.local'])
})

test.each([
  'none.default.svc.cluster.local',
  'web.other.svc.cluster.local',
  'x.web.default.svc.cluster.local',
  'a.cluster.local',
])('%s does not exist', async (name) => {
  await expect(resolver.resolve4(name)).rejects.toMatchObject({ code: 'ENOTFOUND' })
})

test('what does not fit into a datagram comes over TCP', async () => {
  expect(await resolver.resolve4('big.default.svc.cluster.local')).toHaveLength(200)
})

test('a server that closes while a question is forwarded drops the answer, and nothing is thrown', async () => {
  const [port, upstreamPort] = [await freePort(), await freePort()]
  const slow = createSocket('udp4')
  const asked = new Promise<() => void>((resolve) => {
    slow.on('message', (message, from) => resolve(() => slow.send(message, from.port, from.address)))
  })
  await new Promise<void>((bound) => slow.bind(upstreamPort, '127.0.0.1', bound))
  const warnings: string[] = []
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) }
  const listen = [{ host: '127.0.0.1', port }]
  const closing = await serveDns({ zone, listen, upstreams: [`127.0.0.1:${upstreamPort}`], log })
  const client = createSocket('udp4')
  const uncaught: unknown[] = []
  const note = (error: unknown) => void uncaught.push(error)
  process.on('unhandledRejection', note)
  try {
    client.send(encode({ type: 'query', id: 7, ...aOf('slow.example.net') }), port, '127.0.0.1')
    const answer = await asked
    await closing.close()
    answer()
    // What one socket is sent comes in order: by then the forwarded answer has come, too.
    await exchange(aOf('web.default.svc.cluster.local'))
    expect([uncaught, warnings]).toEqual([[], []])
  } finally {
    process.off('unhandledRejection', note)
    client.close()
    slow.close()
  }
})

test('a name that cannot be looked up is a failure of the server, over UDP and TCP', async () => {
  const port = await freePort()
  const service = () => {
    throw new Error('no such thing')
  }
  const listen = [{ host: '127.0.0.1', port }]
  const failing = await serveDns({ zone: { ...zone, service }, listen, upstreams: [], log: silentLog })
  try {
    const { packet } = await exchange(aOf('web.default.svc.cluster.local'), port)
    expect(packet).toMatchObject({ id: 7, rcode: 'SERVFAIL' })
    const query = encode({ type: 'query', id: 8, ...aOf('web.default.svc.cluster.local') })
    expect(decode(Buffer.from(await forward(query, [`127.0.0.1:${port}`], 'tcp')))).toMatchObject({
      id: 8,
      rcode: 'SERVFAIL',
    })
  } finally {
    await failing.close()
  }
})

test('the server asks the upstream servers in turn for other names', async () => {
  expect(await resolver.resolve4('web.default.svc.example.org')).toEqual(['10.96.0.7'])
})

/** The reply over UDP to a query of the given parts. */
async function exchange(
  parts: Partial<Packet>,
  port = Number(resolver.getServers()[0]?.split(':')[1]),
): Promise<{ bytes: Buffer; packet: DecodedPacket }> {
  const socket = createSocket('udp4')
  try {
    const bytes = await new Promise<Buffer>((received, failed) => {
      socket.on('message', received)
      socket.on('error', failed)
      socket.send(encode({ type: 'query', id: 7, flags: 0x100, ...parts }), port, '127.0.0.1')
    })
    return { bytes, packet: decode(bytes) }
  } finally {
    socket.close()
  }
}
const aOf = (name: string): Partial<Packet> => ({ questions: [{ type: 'A', name }] })
const optOf = (udpPayloadSize: number, more = {}): Answer[] => [
  {
    type: 'OPT',
    name: '.',
    udpPayloadSize,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
    ...more,
  } as unknown as Answer,
]

test('the question comes back byte for byte, and answers have its case', async () => {
  const name = 'wEb.dEfAuLt.svc.CLUSTER.local'
  const { packet } = await exchange(aOf(name))
  expect(packet).toMatchObject({ id: 7, rcode: 'NOERROR', flag_aa: true, flag_ra: true, flag_rd: true, flag_tc: false })
  expect(packet.questions).toMatchObject([{ name, type: 'A' }])
  expect(packet.answers).toMatchObject([{ name, data: '10.96.0.7' }])
})

test.each([
  ['without EDNS, of 512 bytes', undefined, 512, 25],
  ['of the size that it announces', 1232, 1232, 70],
  ['of no less than 512 bytes', 100, 512, 25],
])('what is cut off a datagram is announced; it is %s', async (_, size, limit, atLeast) => {
  const { bytes, packet } = await exchange({
    ...aOf('big.default.svc.cluster.local'),
    ...(size !== undefined && { additionals: optOf(size) }),
  })
  expect(packet.flag_tc).toBe(true)
  expect(bytes.length).toBeLessThanOrEqual(limit)
  // Names are pointers to the question's.
  expect(packet.answers?.length).toBeGreaterThanOrEqual(atLeast)
  expect(packet.additionals?.length).toBe(size === undefined ? 0 : 1)
})

test('a datagram may be as large as the query says', async () => {
  const { packet } = await exchange({ ...aOf('big.default.svc.cluster.local'), additionals: optOf(8192) })
  expect(packet.flag_tc).toBe(false)
  expect(packet.answers).toHaveLength(200)
  expect(packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 8192 }])
})

test('a negative answer carries the SOA', async () => {
  const { packet } = await exchange(aOf('none.default.svc.cluster.local'))
  expect(packet).toMatchObject({
    rcode: 'NXDOMAIN',
    answers: [],
    authorities: [{ type: 'SOA', name: 'cluster.local' }],
  })
})

test.each<[string, Partial<Packet>, string]>([
  ['another class', { questions: [{ type: 'TXT', class: 'CH', name: 'version.bind' }] }, 'REFUSED'],
  ['a zone transfer', { questions: [{ type: 'AXFR', name: 'cluster.local' }] }, 'REFUSED'],
  ['an update', { ...aOf('web.default.svc.cluster.local'), flags: 5 << 11 }, 'NOTIMP'],
  ['two questions', { questions: [1, 2].map((i) => ({ type: 'A', name: `${i}.cluster.local` })) }, 'FORMERR'],
])('%s is refused', async (_, query, rcode) => {
  expect((await exchange(query)).packet).toMatchObject({ id: 7, rcode, answers: [] })
})

test('a newer version of EDNS is not spoken', async () => {
  const { packet } = await exchange({
    ...aOf('web.default.svc.cluster.local'),
    additionals: optOf(1232, { ednsVersion: 1 }),
  })
  expect(packet).toMatchObject({ rcode: 'NOERROR', answers: [], additionals: [{ extendedRcode: 1, ednsVersion: 0 }] })
})

test('a failure of all upstream servers comes with the question, as resolvers drop it otherwise', async () => {
  const { packet } = await exchange(aOf('no.such.example'))
  expect(packet).toMatchObject({ rcode: 'SERVFAIL', questions: [{ name: 'no.such.example' }] })
})

test('garbage is survived', async () => {
  const socket = createSocket('udp4')
  const port = Number(resolver.getServers()[0]?.split(':')[1])
  for (const bytes of [[], [1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255], Array(600).fill(0xc0)]) {
    await new Promise((sent) => socket.send(Buffer.from(bytes), port, '127.0.0.1', sent))
  }
  socket.close()
  expect(await resolver.resolve4('web.default.svc.cluster.local')).toEqual(['10.96.0.7'])
})
