import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatTime } from '../../api/clock.ts'
import { EndpointsResource, Nodes, type PodSpec, Pods, type ServiceSpec, Services } from '../../api/core/v1/index.ts'
import { silentLog } from '../../api/log.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

let cluster: TestCluster
let warnings: string[]
beforeEach(async () => {
  warnings = []
  cluster = await startCluster({ log: { ...silentLog, warn: (message) => void warnings.push(message) } })
  await cluster.settle()
  for (const name of ['n1', 'n2'])
    await cluster.client.create(Nodes, {
      metadata: { name, labels: { 'topology.kubernetes.io/zone': `zone-${name}` } },
    })
})
afterEach(() => cluster.stop())

const namespace = 'default'
const labels = { app: 'web' }
const service = (spec: Partial<ServiceSpec> = {}, more = {}) =>
  cluster.client.create(Services, {
    metadata: { name: 'web', namespace, ...more },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  })
interface RunningPod {
  name: string
  ip: string
  node?: string
  labels?: Record<string, string>
  ready?: boolean
  spec?: Partial<PodSpec>
}
/** Plays the kubelet: sets addresses and readiness. */
async function pod({ name, ip, node = 'n1', labels: own = labels, ready = true, spec }: RunningPod): Promise<void> {
  const made = await cluster.client.create(Pods, {
    metadata: { name, namespace, labels: own },
    spec: { containers: [{ name: 'c', image: 'i' }], nodeName: node, ...spec },
  })
  const lastTransitionTime = formatTime(cluster.clock.now())
  const status = {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
  }
  await cluster.client.update(Pods, { ...made, status }, { subresource: 'status' })
}
/** Undefined: there is none. */
const endpointsOf = async (name: string) =>
  (await cluster.list('Endpoints', { namespace })).find(({ metadata }) => metadata.name === name)
const subsets = async () => {
  const found = await endpointsOf('web')
  return found?.subsets?.map(({ addresses, notReadyAddresses, ports }) => ({
    ready: addresses?.map(({ ip }) => ip) ?? [],
    notReady: notReadyAddresses?.map(({ ip }) => ip) ?? [],
    ports: ports?.map(({ name, port }) => `${name}:${port}`) ?? [],
  }))
}
const slices = () => cluster.list('EndpointSlice', { namespace, labelSelector: 'kubernetes.io/service-name=web' })
const endpoints = async () => (await slices()).flatMap((slice) => slice.endpoints ?? [])
const summary = async () =>
  (await endpoints())
    .map(
      ({ addresses, conditions }) =>
        `${addresses[0]} ${conditions?.ready} ${conditions?.serving} ${conditions?.terminating}`,
    )
    .sort()

test('ready pods and others, and how they change', async () => {
  await service({}, { labels: { team: 'shop' } })
  await cluster.settle()
  expect(await slices()).toMatchObject([{ addressType: 'IPv4' }])
  await pod({ name: 'a', ip: '10.0.0.1' })
  await pod({ name: 'b', ip: '10.0.0.2', node: 'n2', ready: false })
  await pod({ name: 'stranger', ip: '10.0.0.3', labels: { app: 'other' } })
  await cluster.settle()

  expect(await subsets()).toEqual([{ ready: ['10.0.0.1'], notReady: ['10.0.0.2'], ports: ['http:8080'] }])
  const found = await endpointsOf('web')
  expect(found?.metadata.labels).toEqual({ team: 'shop', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' })
  expect(found?.subsets?.[0]?.addresses?.[0]).toMatchObject({ nodeName: 'n1', targetRef: { kind: 'Pod', name: 'a' } })
  const [slice, ...others] = await slices()
  expect(others).toEqual([])
  expect(slice?.metadata).toMatchObject({
    labels: {
      team: 'shop',
      'kubernetes.io/service-name': 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    },
    ownerReferences: [{ kind: 'Service', name: 'web', controller: true, blockOwnerDeletion: true }],
  })
  expect(slice?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }])
  expect(await endpoints()).toMatchObject([
    { addresses: ['10.0.0.1'], nodeName: 'n1', zone: 'zone-n1', targetRef: { name: 'a' } },
    { addresses: ['10.0.0.2'], nodeName: 'n2', zone: 'zone-n2' },
  ])

  await cluster.delete('Pod', 'a')
  await cluster.settle()
  expect(await summary()).toEqual(['10.0.0.1 false true true', '10.0.0.2 false false false'])
  expect(await subsets()).toMatchObject([{ ready: [], notReady: ['10.0.0.2'] }])
  await cluster.delete('Pod', 'a', namespace, { gracePeriodSeconds: 0 })
  await cluster.client.patch(Pods, { name: 'stranger', namespace }, { metadata: { labels } })
  await cluster.settle()
  expect(await summary()).toEqual(['10.0.0.2 false false false', '10.0.0.3 true true false'])
  await cluster.client.patch(Pods, { name: 'stranger', namespace }, { metadata: { labels: { app: null } } })
  await cluster.client.patch(Pods, { name: 'b', namespace }, { status: { phase: 'Failed' } }, { subresource: 'status' })
  await cluster.settle()
  expect(await summary()).toEqual([])
  expect(await subsets()).toBeUndefined()
  expect(warnings).toEqual([])
})

test('named ports with different numbers; a pod without the name is left out', async () => {
  await service({ ports: [{ port: 80, targetPort: 'http' }] })
  const withPort = (containerPort: number) => ({
    containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort }] }],
  })
  await pod({ name: 'a', ip: '10.0.0.1', spec: withPort(8080) })
  await pod({ name: 'b', ip: '10.0.0.2', spec: withPort(9090) })
  await pod({ name: 'c', ip: '10.0.0.3' })
  await cluster.settle()
  expect((await subsets())?.map(({ ready, ports }) => `${ready} ${ports}`).sort()).toEqual([
    '10.0.0.1 undefined:8080',
    '10.0.0.2 undefined:9090',
  ])
  const byPort = (await slices()).map(({ ports, endpoints }) => `${ports?.[0]?.port} ${endpoints?.[0]?.addresses}`)
  expect(byPort.sort()).toEqual(['8080 10.0.0.1', '9090 10.0.0.2', 'undefined 10.0.0.3'])
})

test('headless: label, host names, no ports needed; not-ready addresses published on demand', async () => {
  await service({ clusterIP: 'None', ports: undefined, publishNotReadyAddresses: true })
  await pod({
    name: 'a',
    ip: '10.0.0.1',
    ready: false,
    spec: { containers: [{ name: 'c', image: 'i' }], hostname: 'db-0', subdomain: 'web' },
  })
  await cluster.settle()
  expect(await subsets()).toEqual([{ ready: ['10.0.0.1'], notReady: [], ports: [] }])
  expect(await endpoints()).toMatchObject([{ hostname: 'db-0', conditions: { ready: true, serving: false } }])
  const [slice] = await slices()
  expect(slice?.metadata.labels?.['service.kubernetes.io/headless']).toBe('')
})

test('a Service without a selector is its users’; one that loses its pods’ node waits for it', async () => {
  await cluster.client.create(EndpointsResource, { metadata: { name: 'own', namespace }, subsets: [] })
  await cluster.client.create(Services, { metadata: { name: 'own', namespace }, spec: { ports: [{ port: 80 }] } })
  await service()
  await pod({ name: 'a', ip: '10.0.0.1', node: 'n3' })
  await cluster.settle()
  expect(await summary()).toEqual([])
  expect(await endpointsOf('own')).toBeDefined()
  await cluster.client.create(Nodes, { metadata: { name: 'n3' } })
  await cluster.settle()
  expect(await summary()).toEqual(['10.0.0.1 true true false'])
  const labels = { 'topology.kubernetes.io/zone': 'z' }
  await cluster.client.patch(Nodes, { name: 'n3' }, { metadata: { labels } })
  await cluster.settle()
  expect((await endpoints())[0]?.zone).toBe('z')
})

test('Endpoints that a user made are mirrored, followed, and unless they say no', async () => {
  const mirrored = async () => {
    const all = await cluster.list('EndpointSlice', { namespace })
    return all.map(({ addressType, ports, endpoints }) => {
      const addresses = endpoints?.map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready}`)
      return `${addressType} ${ports?.map(({ port }) => port)} ${addresses}`
    })
  }
  const name = { name: 'db', namespace }
  await cluster.client.create(Services, { metadata: name, spec: { ports: [{ port: 5432 }] } })
  const ports = [{ port: 5432 }]
  const subsets = [{ addresses: [{ ip: '192.168.1.5' }], notReadyAddresses: [{ ip: '192.168.1.6' }], ports }]
  await cluster.client.create(EndpointsResource, { metadata: name, subsets })
  await cluster.settle()
  expect(await mirrored()).toEqual(['IPv4 5432 192.168.1.5 true,192.168.1.6 false'])
  await cluster.client.patch(EndpointsResource, name, { subsets: [{ addresses: [{ ip: '192.168.1.7' }], ports }] })
  await cluster.settle()
  expect(await mirrored()).toEqual(['IPv4 5432 192.168.1.7 true'])
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  await cluster.client.patch(EndpointsResource, name, { metadata: { labels } })
  await cluster.settle()
  expect(await mirrored()).toEqual([])
  await cluster.delete('Service', 'db')
  await cluster.settle()
  expect(await endpointsOf('db')).toBeUndefined()
  await cluster.client.create(EndpointsResource, { metadata: name, subsets })
  await cluster.settle()
  expect(await endpointsOf('db')).toBeDefined()
})

test('endpoints of a deleted Service go', async () => {
  await service()
  await pod({ name: 'a', ip: '10.0.0.1' })
  await cluster.settle()
  await cluster.delete('Service', 'web')
  await cluster.settle()
  expect(await endpointsOf('web')).toBeUndefined()
})

test('traffic that prefers to stay near gets hints', async () => {
  await service({ trafficDistribution: 'PreferSameZone' })
  await pod({ name: 'a', ip: '10.0.0.1' })
  await cluster.settle()
  expect((await endpoints())[0]?.hints).toEqual({ forZones: [{ name: 'zone-n1' }] })
})

test('1,100 pods: slices of 100, Endpoints cut at 1,000; one more pod writes one slice', async () => {
  await service()
  const ip = (i: number) => `10.1.${Math.floor(i / 200)}.${(i % 200) + 1}`
  await Promise.all(Array.from({ length: 1100 }, (_, i) => pod({ name: `p${i}`, ip: ip(i) })))
  await cluster.settle()
  const before = await slices()
  expect(new Set((await endpoints()).map(({ addresses }) => addresses[0])).size).toBe(1100)
  expect(Math.max(...before.map(({ endpoints = [] }) => endpoints?.length ?? 0))).toBe(100)
  expect(before.length).toBeLessThanOrEqual(12)
  const found = await endpointsOf('web')
  expect(found?.subsets?.[0]?.addresses).toHaveLength(1000)
  expect(found?.metadata.annotations?.['endpoints.kubernetes.io/over-capacity']).toBe('truncated')

  await pod({ name: 'more', ip: '10.2.0.1' })
  await cluster.settle()
  const after = await slices()
  const versions = new Set(before.map(({ metadata }) => metadata.resourceVersion))
  expect(after.filter(({ metadata }) => !versions.has(metadata.resourceVersion))).toHaveLength(1)
})
