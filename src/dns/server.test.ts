import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Service } from '../api/core/v1/index.ts'
import { silentLog } from '../api/log.ts'
import type { Stored } from '../api/object.ts'
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
  namespaceExists: (name) => name === 'default',
  service: (namespace, name) => services[`${namespace}/${name}`],
  endpoints: (namespace, name) => endpoints[`${namespace}/${name}`] ?? [],
  serviceByIp: (ip) => Object.values(services).find((s) => s.spec.clusterIP === ip),
  endpointByIp(ip) {
    const found = endpoints['default/db']?.find((e) => e.ip === ip)
    return found && { namespace: 'default', service: 'db', endpoint: found }
  },
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
  expect(await resolver.resolve6('alias.default.svc.cluster.local')).toEqual([])
  expect(await resolver.resolve4('loop.default.svc.cluster.local')).toEqual([])
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

test('other names are asked of the upstream servers in turn', async () => {
  expect(await resolver.resolve4('web.default.svc.example.org')).toEqual(['10.96.0.7'])
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
