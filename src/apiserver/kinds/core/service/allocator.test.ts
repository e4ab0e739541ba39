import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../../api/clock.ts'
import { type Service, type ServiceSpec, Services } from '../../../../api/core/v1/index.ts'
import type { Stored } from '../../../../api/object.ts'
import { systemRandom } from '../../../../api/random.ts'
import { memoryStore } from '../../../../store/memory.ts'
import type { HookContext } from '../../../definition.ts'
import type { ApiServer } from '../../../http/serve.ts'
import { kubeApiServer } from '../../../kube-apiserver.ts'
import { serverUser } from '../../../registry/objects.ts'
import { ServiceAllocator } from './allocator.ts'
import { carriedOver } from './fields.ts'

let server: ApiServer
let allocator: ServiceAllocator
let context: HookContext
beforeEach(async () => {
  const store = memoryStore({ clock: systemClock })
  const ranges = { clusterIPs: '10.96.0.0/24', nodePorts: '30000-30009' }
  server = kubeApiServer({
    store,
    clock: systemClock,
    random: systemRandom,
    log: { info() {}, warn: console.warn, error: console.error },
    serviceClusterIPRange: ranges.clusterIPs,
    serviceNodePortRange: ranges.nodePorts,
  })
  await server.started
  allocator = new ServiceAllocator({ store, ...ranges, warn: console.warn })
  const { objects } = server
  context = {
    user: serverUser,
    clock: systemClock,
    random: systemRandom,
    dryRun: false,
    objects,
    warn() {},
    annotate() {},
    authorize: async () => ({ allowed: true }),
  }
})
afterEach(() => server.close())

const service = (spec: ServiceSpec): Service => ({ metadata: { name: 's' }, spec })
const released = (gone: Service) => allocator.released(gone as Stored<Service>, context)
const give = async (spec: ServiceSpec, old?: Service) =>
  (await allocator.allocate(service(spec), old as Stored<Service>, context)).object.spec
const port = { port: 80, protocol: 'TCP' }

test('a Service gets an address above the reserved band, and its families', async () => {
  const spec = await give({ type: 'ClusterIP', ports: [port] })
  expect(Number(spec?.clusterIP?.split('.')[3])).toBeGreaterThan(16)
  expect(spec).toMatchObject({ clusterIPs: [spec?.clusterIP], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
})

test('what stored Services have is taken', async () => {
  const { objects } = server
  const spec = { type: 'NodePort', clusterIP: '10.96.0.7', ports: [{ ...port, nodePort: 30001 }] }
  await objects.create<Service>(Services, { metadata: { name: 'other', namespace: 'default' }, spec })
  await expect(give({ clusterIP: '10.96.0.7' })).rejects.toThrow(
    'Service "s" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.7"]: failed to allocate IP 10.96.0.7: provided IP is already allocated',
  )
  await expect(give({ type: 'NodePort', ports: [{ ...port, nodePort: 30001 }] })).rejects.toThrow(
    'spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
  )
})

test('two creates at the same time never get the same address, and the range can run full', async () => {
  const all = await Promise.all(Array.from({ length: 254 }, () => give({ type: 'ClusterIP' })))
  expect(new Set(all.map((spec) => spec?.clusterIP)).size).toBe(254)
  await expect(give({ type: 'ClusterIP' })).rejects.toThrow('range is full')
  await released(service(all[3] ?? {}))
  expect((await give({ type: 'ClusterIP' }))?.clusterIP).toBe(all[3]?.clusterIP)
})

test.each([
  ['10.97.0.1', 'the provided network does not match the current range'],
  ['10.96.0.0', 'the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/24'],
  ['10.96.0.0', 'is not in the valid range'],
  ['10.96.0.255', 'is not in the valid range'],
])('%s is refused', async (clusterIP, why) => {
  await expect(give({ clusterIP })).rejects.toThrow(why)
})

test('headless and external Services take nothing', async () => {
  expect(await give({ clusterIP: 'None', selector: { a: 'b' } })).toMatchObject({
    clusterIPs: ['None'],
    ipFamilies: ['IPv4'],
  })
  expect(await give({ clusterIP: 'None' })).toMatchObject({
    ipFamilyPolicy: 'RequireDualStack',
    ipFamilies: ['IPv4', 'IPv6'],
  })
  expect(await give({ type: 'ExternalName', externalName: 'x.y' })).toEqual({
    type: 'ExternalName',
    externalName: 'x.y',
  })
})

test('a port of two protocols shares one node port', async () => {
  const spec = await give({
    type: 'NodePort',
    ports: [port, { port: 80, protocol: 'UDP' }, { port: 81, protocol: 'TCP' }],
  })
  const [tcp, udp, other] = spec?.ports ?? []
  expect(tcp?.nodePort).toBe(udp?.nodePort)
  expect(other?.nodePort).not.toBe(tcp?.nodePort)
  await released(service(spec ?? {}))
  const same = {
    type: 'NodePort',
    ports: [
      { ...port, nodePort: 30005 },
      { port: 81, protocol: 'TCP', nodePort: 30005 },
    ],
  }
  await expect(give(same)).rejects.toThrow(
    'spec.ports[1].nodePort: Invalid value: 30005: provided port is already allocated',
  )
})

test('a failed write gives everything back, and takes back what it gave up', async () => {
  const first = await give({ type: 'NodePort', clusterIP: '10.96.0.9', ports: [{ ...port, nodePort: 30004 }] })
  const old = service(first ?? {}) as Stored<Service>
  const change = await allocator.allocate(service({ type: 'ExternalName', externalName: 'a.b' }), old, context)
  await change.release()
  await expect(give({ clusterIP: '10.96.0.9' })).rejects.toThrow('already allocated')
  const again = await allocator.allocate(service({ type: 'ExternalName', externalName: 'a.b' }), old, context)
  await again.commit?.()
  expect((await give({ clusterIP: '10.96.0.9' }))?.clusterIP).toBe('10.96.0.9')
  expect((await give({ type: 'NodePort', ports: [{ ...port, nodePort: 30004 }] }))?.ports?.[0]?.nodePort).toBe(30004)
})

test('a LoadBalancer with local traffic gets a health check port', async () => {
  const spec = await give({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [port] })
  expect(spec?.healthCheckNodePort).toBeGreaterThan(0)
  expect(spec?.healthCheckNodePort).not.toBe(spec?.ports?.[0]?.nodePort)
})

test('an update that says nothing keeps what was given; a change of type drops it', () => {
  const old = service({
    type: 'NodePort',
    clusterIP: '10.96.0.9',
    clusterIPs: ['10.96.0.9'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    externalTrafficPolicy: 'Cluster',
    ports: [{ ...port, nodePort: 30004 }],
  }) as Stored<Service>
  expect(carriedOver(service({ type: 'NodePort', ports: [port] }), old).spec).toMatchObject({
    clusterIP: '10.96.0.9',
    ports: [{ port: 80, nodePort: 30004 }],
  })
  const plain = carriedOver({ ...old, spec: { ...old.spec, type: 'ClusterIP' } }, old).spec
  expect(plain?.ports).toEqual([port])
  expect(plain?.externalTrafficPolicy).toBeUndefined()
  const external = carriedOver({ ...old, spec: { ...old.spec, type: 'ExternalName', externalName: 'a.b' } }, old).spec
  expect(external?.clusterIP).toBeUndefined()
})
