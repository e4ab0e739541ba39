import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../../../api/clock.ts'
import { type Namespace, Namespaces, type Service, type ServiceSpec, Services } from '../../../../api/core/v1/index.ts'
import { type IPAddress, IPAddresses, ServiceCIDRs } from '../../../../api/networking/v1/index.ts'
import { systemRandom } from '../../../../api/random.ts'
import { etcdStore } from '../../../../store/etcd.ts'
import { memoryStore } from '../../../../store/memory.ts'
import type { Store } from '../../../../store/store.ts'
import { virtualClock } from '../../../../testing/time/clock.ts'
import { bootstrap } from '../../../bootstrap.ts'
import type { ApiServer } from '../../../http/serve.ts'
import { type KubeApiServerOptions, kubeApiServer } from '../../../kube-apiserver.ts'

const endings: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function serve(store: Store, options: Partial<KubeApiServerOptions> = {}): Promise<ApiServer> {
  const log = { info() {}, warn: vi.fn(), error: console.error }
  const server = kubeApiServer({ store, clock: systemClock, random: systemRandom, log, ...options })
  endings.push(() => server.close())
  await server.started
  return server
}

const http = { port: 80, protocol: 'TCP' }
const create = ({ objects }: ApiServer, name: string, spec: ServiceSpec) =>
  objects.create<Service>(Services, { metadata: { namespace: 'default', name }, spec: { ports: [http], ...spec } })
const names = async ({ objects }: ApiServer) =>
  (await objects.list<IPAddress>(IPAddresses)).map(({ metadata }) => metadata.name)

const installed = (() => {
  try {
    execFileSync('etcd', ['--version'])
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!installed)('two API servers on one etcd', () => {
  let folder: string
  let etcd: ChildProcess
  let endpoint: string
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-ranges-'))
    const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
    endpoint = client ?? ''
    const flags = {
      'data-dir': folder,
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      'unsafe-no-fsync': 'true',
      'log-level': 'error',
    }
    etcd = spawn(
      'etcd',
      Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      { stdio: 'ignore' },
    )
    endings.push(async () => {
      const gone = new Promise((resolve) => etcd.once('exit', resolve))
      etcd.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true, force: true })
    })
  })

  async function server(): Promise<ApiServer> {
    const store = await etcdStore({ endpoints: [endpoint], clock: systemClock })
    endings.push(() => store.close())
    return serve(store)
  }

  test('500 Services made at the same time have 500 addresses and 500 node ports', { timeout: 60_000 }, async () => {
    const servers = await Promise.all([server(), server()])
    const made = await Promise.all(
      Array.from({ length: 500 }, (_, i) => create(servers[i % 2] as ApiServer, `s${i}`, { type: 'NodePort' })),
    )
    expect(new Set(made.map(({ spec }) => spec.clusterIP)).size).toBe(500)
    expect(new Set(made.map(({ spec }) => spec.ports?.[0]?.nodePort)).size).toBe(500)
    expect((await names(servers[0])).sort()).toEqual(made.map(({ spec }) => spec.clusterIP).sort())

    const [{ spec }] = made as [(typeof made)[number]]
    await expect(create(servers[1], 'same-ip', { clusterIP: spec.clusterIP })).rejects.toMatchObject({
      code: 422,
      message: `Service "same-ip" is invalid: spec.clusterIPs: Invalid value: ["${spec.clusterIP}"]: failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`,
    })
    const ports = [{ ...http, nodePort: spec.ports?.[0]?.nodePort }]
    await expect(create(servers[1], 'same-port', { type: 'NodePort', ports })).rejects.toMatchObject({
      code: 422,
      message: `Service "same-port" is invalid: spec.ports[0].nodePort: Invalid value: ${ports[0]?.nodePort}: provided port is already allocated`,
    })
    // What one server gives back, the other gives out again, at once.
    await servers[0].objects.delete(Services, { namespace: 'default', name: 's0' })
    const again = await create(servers[1], 'again', { type: 'NodePort', clusterIP: spec.clusterIP, ports })
    expect(again.spec).toMatchObject({ clusterIP: spec.clusterIP, ports })
  })

  test('two servers that start at the same time agree on the range', async () => {
    const servers = await Promise.all([server(), server()])
    await Promise.all(servers.map(({ objects }) => bootstrap(objects, { serviceIP: '10.96.0.1', port: 6443 })))
    await vi.waitFor(async () => expect(await names(servers[1])).toEqual(['10.96.0.1']))
    for (const { objects } of servers)
      await vi.waitFor(async () =>
        expect(await objects.get(ServiceCIDRs, { name: 'kubernetes' })).toMatchObject({
          spec: { cidrs: ['10.96.0.0/16'] },
          status: { conditions: [{ type: 'Ready', status: 'True' }] },
        }),
      )
  })
})

test('an address names its Service, and goes with it', async () => {
  const server = await serve(memoryStore({ clock: systemClock }))
  const { spec } = await create(server, 'web', { clusterIP: '10.96.0.50' })
  expect(spec.clusterIP).toBe('10.96.0.50')
  expect(await server.objects.get(IPAddresses, { name: '10.96.0.50' })).toMatchObject({
    metadata: {
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
  })
  await server.objects.update<Service>(Services, { namespace: 'default', name: 'web' }, (service) => ({
    ...service,
    spec: { type: 'ExternalName', externalName: 'a.b' },
  }))
  expect(await names(server)).toEqual([])
  await create(server, 'other', {})
  await server.objects.delete(Services, { namespace: 'default', name: 'other' })
  expect(await names(server)).toEqual([])
})

test('a Service that is not stored leaves nothing taken', async () => {
  const server = await serve(memoryStore({ clock: systemClock }), { serviceNodePortRange: '30000-30001' })
  await create(server, 'web', { type: 'NodePort' })
  for (let i = 0; i < 3; i++)
    await expect(create(server, 'web', { type: 'NodePort' })).rejects.toMatchObject({ code: 409 })
  expect(await names(server)).toHaveLength(1)
  await create(server, 'other', { type: 'NodePort' })
  await expect(create(server, 'third', { type: 'NodePort' })).rejects.toThrow('range is full')
  expect(await names(server)).toHaveLength(2)
})

test('a repair claims what Services hold and frees the rest', async () => {
  const clock = virtualClock()
  const store = memoryStore({ clock })
  const first = await serve(store, { clock })
  const old = await create(first, 'old', { type: 'NodePort' })
  const { clusterIP = '', ports = [] } = old.spec
  // As data of a server that did not know of claims, and as a server that died between two writes leaves it.
  await first.objects.delete(IPAddresses, { name: clusterIP })
  const range = await store.get('/registry/ranges/servicenodeports')
  await store.delete('/registry/ranges/servicenodeports', range?.revision ?? 0)
  await first.objects.create<IPAddress>(IPAddresses, {
    metadata: { name: '10.96.0.77', labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } },
    spec: { parentRef: { group: '', resource: 'services', namespace: 'default', name: 'gone' } },
  })
  const reserved: IPAddress = {
    metadata: { name: '10.96.0.78' },
    spec: { parentRef: { group: 'example.com', resource: 'gateways', name: 'mine' } },
  }
  await first.objects.create<IPAddress>(IPAddresses, reserved)

  const second = await serve(store, { clock })
  await expect(create(second, 'new', { clusterIP })).rejects.toThrow('provided IP is already allocated')
  await expect(create(second, 'new', { type: 'NodePort', ports })).rejects.toThrow('provided port is already allocated')
  expect((await names(second)).sort()).toEqual([clusterIP, '10.96.0.77', '10.96.0.78'].sort())

  await clock.advance('3m')
  expect((await names(second)).sort()).toEqual([clusterIP, '10.96.0.78'].sort())
})

test('a node port that leaked is free after three repairs', async () => {
  const clock = virtualClock()
  const store = memoryStore({ clock })
  const options = { clock, serviceNodePortRange: '30000-30000' }
  const first = await serve(store, options)
  await create(first, 'web', { type: 'NodePort' })
  const taken = await store.get('/registry/ranges/servicenodeports')
  await first.objects.delete(Services, { namespace: 'default', name: 'web' })
  const free = await store.get('/registry/ranges/servicenodeports')
  await store.put('/registry/ranges/servicenodeports', taken?.value ?? new Uint8Array(0), free?.revision ?? 0)
  await expect(create(first, 'web', { type: 'NodePort' })).rejects.toThrow('range is full')
  await clock.advance('10m')
  expect((await create(first, 'web', { type: 'NodePort' })).spec.ports?.[0]?.nodePort).toBe(30000)
})

test('a dry run takes nothing, and fails for what is taken', async () => {
  const server = await serve(memoryStore({ clock: systemClock }))
  await server.objects.create<Namespace>(Namespaces, { metadata: { name: 'default' } })
  const { spec } = await create(server, 'web', { type: 'NodePort' })
  const dryRun = (clusterIP?: string) =>
    server.call({
      verb: 'create',
      user: { name: 'admin', groups: ['system:masters'] },
      group: '',
      version: 'v1',
      resource: 'services',
      namespace: 'default',
      options: { dryRun: true },
      body: { metadata: { name: 'try' }, spec: { type: 'NodePort', ports: [http], ...(clusterIP && { clusterIP }) } },
    })
  expect(await dryRun()).toMatchObject({ spec: { clusterIP: expect.stringMatching(/^10\.96\./) } })
  await expect(dryRun(spec.clusterIP)).rejects.toThrow('provided IP is already allocated')
  expect(await names(server)).toHaveLength(1)
})

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
