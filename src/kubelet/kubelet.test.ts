import { afterEach, expect, test } from 'vitest'
import { Leases } from '../api/coordination/v1/index.ts'
import type { Pod } from '../api/core/v1/index.ts'
import { ConfigMaps, Nodes, Pods } from '../api/core/v1/index.ts'
import type { KubeObject, Stored } from '../api/object.ts'
import { systemRandom } from '../api/random.ts'
import { bootstrap } from '../apiserver/bootstrap.ts'
import { kubeApiServer } from '../apiserver/kube-apiserver.ts'
import { kubernetesServiceIP } from '../apiserver/resources/index.ts'
import type { Client } from '../client/client.ts'
import type { Context } from '../client/controller.ts'
import { createInformers } from '../client/informers.ts'
import { localClient } from '../client/local.ts'
import { silentLog } from '../client/log.ts'
import { nextTurn } from '../client/turn.ts'
import { type SimulatedRuntime, simulatedRuntime } from '../runtime/simulated/simulated.ts'
import { memoryStore } from '../store/memory.ts'
import { type VirtualClock, virtualClock } from '../testing/clock.ts'
import { simulatedHost } from './host/simulated.ts'
import { type Kubelet, startKubelet } from './kubelet.ts'
import type { KubeletOptions } from './options.ts'
import { startSimulatedNodes } from './simulated/nodes.ts'

interface World {
  clock: VirtualClock
  client: Client
  runtime: SimulatedRuntime
  kubelet: Kubelet
  events: { reason: string; message: string; name: string | undefined }[]
  start(options?: Partial<KubeletOptions>): Promise<Kubelet>
  pod(name: string): Promise<Stored<Pod>>
}

let turn: () => Promise<void> = nextTurn
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** A node with a simulated runtime and virtual time, on a real API server in memory. */
async function world(options: Partial<KubeletOptions> = {}): Promise<World> {
  const clock = virtualClock()
  turn = () => clock.advance(0)
  const store = memoryStore({ clock })
  const server = kubeApiServer({ store, clock, random: systemRandom, log: { info() {}, warn() {}, error() {} } })
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '10.0.0.1', port: 6443 })
  stops.push(async () => {
    await server.close()
    await store.close()
  })
  const client = localClient(server, { name: 'admin', groups: ['system:masters'] })
  const sources = { client, clock, random: systemRandom, log: silentLog }
  const events: World['events'] = []
  const record = (about: KubeObject, _: string, reason: string, message: string) =>
    void events.push({ reason, message, name: about.metadata?.name })
  const runtime = simulatedRuntime({ clock, random: systemRandom })
  const start = async (more: Partial<KubeletOptions> = {}) => {
    const informers = createInformers(sources)
    const ctx: Context = { ...sources, informers, events: { record } }
    const kubelet = await startKubelet({
      ctx,
      runtime,
      host: simulatedHost(),
      nodeName: 'node-1',
      rootDir: '/var/lib/kubelet',
      nodeIp: '10.0.0.1',
      ...options,
      ...more,
    })
    stops.push(async () => {
      await kubelet.stop()
      informers.stop()
    })
    return kubelet
  }
  const kubelet = await start()
  const pod = (name: string) => client.get(Pods, { namespace: 'default', name })
  return { clock, client, runtime, kubelet, events, start, pod }
}

const podOf = (
  name: string,
  spec: Partial<NonNullable<Pod['spec']>> = {},
  annotations: Record<string, string> = {},
): Pod => ({
  metadata: { name, namespace: 'default', annotations },
  spec: {
    nodeName: 'node-1',
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image: 'app:1' }],
    ...spec,
  },
})

/** Lets the world turn, without time passing, until `check` holds. */
async function until<T>(ask: () => Promise<T>, check: (value: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    const value = await ask()
    if (check(value)) return value
    if (i > 300) throw new Error(`never happened; last: ${JSON.stringify(value)}`)
    // Timers that are due at once: what a simulated container does without latency.
    await turn()
  }
}
const phase = (wanted: string) => (pod: Stored<Pod>) => pod.status.phase === wanted
const condition = (pod: Stored<Pod>, type: string) => pod.status.conditions?.find((c) => c.type === type)
const isReady = (pod: Stored<Pod>) => condition(pod, 'Ready')?.status === 'True'
const main = (pod: Stored<Pod>) => pod.status.containerStatuses?.[0]

test('registers a node that is ready, and keeps its lease', async () => {
  const { client, clock } = await world({ labels: { zone: 'a' }, maxPods: 7 })
  const node = await client.get(Nodes, { name: 'node-1' })
  expect(node.metadata.labels).toMatchObject({
    'kubernetes.io/hostname': 'node-1',
    'kubernetes.io/os': 'linux',
    zone: 'a',
  })
  expect(node.status.capacity).toMatchObject({ cpu: '32', pods: '7' })
  expect(node.status.addresses).toContainEqual({ type: 'InternalIP', address: '10.0.0.1' })
  expect(node.status.conditions?.map((c) => [c.type, c.status])).toEqual([
    ['MemoryPressure', 'False'],
    ['DiskPressure', 'False'],
    ['PIDPressure', 'False'],
    ['Ready', 'True'],
  ])
  const lease = () => client.get(Leases, { namespace: 'kube-node-lease', name: 'node-1' })
  await until(
    () => lease().catch(() => undefined),
    (l) => l !== undefined,
  )
  const first = await lease()
  await clock.advance('30s')
  const later = await lease()
  expect(Date.parse(later.spec.renewTime ?? '') - Date.parse(first.spec.renewTime ?? '')).toBeGreaterThan(15_000)
  expect(later.spec).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 40 })
})

test('a pod that asks for a label that the node got just now is taken', async () => {
  const { client, pod } = await world()
  await client.patch(Nodes, { name: 'node-1' }, { metadata: { labels: { disk: 'fast' } } })
  await client.create(Pods, podOf('picky', { nodeSelector: { disk: 'fast' } }))
  await until(() => pod('picky'), phase('Running'))
  await client.create(Pods, podOf('elsewhere', { nodeSelector: { disk: 'slow' } }))
  const failed = await until(() => pod('elsewhere'), phase('Failed'))
  expect(failed.status.reason).toBe('NodeAffinity')
})

test('runs a pod, reports it as upstream does, and deletes it', async () => {
  const { client, pod, runtime, events } = await world()
  await client.create(Pods, podOf('web'))
  const running = await until(() => pod('web'), isReady)
  expect(running.status).toMatchObject({
    phase: 'Running',
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    qosClass: 'BestEffort',
    podIPs: [{ ip: running.status.podIP }],
    containerStatuses: [{ name: 'main', image: 'app:1', ready: true, started: true, restartCount: 0, lastState: {} }],
  })
  expect(main(running)?.state?.running?.startedAt).toBe('2026-01-01T00:00:00Z')
  expect(main(running)?.containerID).toMatch(/^k8ts-simulated:\/\/[0-9a-f]{64}$/)
  expect(running.status.conditions?.map((c) => `${c.type}=${c.status}`).sort()).toEqual([
    'ContainersReady=True',
    'Initialized=True',
    'PodReadyToStartContainers=True',
    'PodScheduled=True',
    'Ready=True',
  ])
  expect(events.filter((e) => e.name === 'web').map((e) => e.reason)).toEqual(['Pulled', 'Created', 'Started'])

  await client.delete(Pods, { namespace: 'default', name: 'web' })
  await until(
    () => pod('web').catch(() => undefined),
    (p) => p === undefined,
  )
  await until(
    () => runtime.listPodSandbox(),
    (all) => all.length === 0,
  )
  expect(events.at(-1)).toMatchObject({ reason: 'Killing', message: 'Stopping container main' })
})

test('restarts a container that crashes, with growing pauses', async () => {
  const { client, clock, pod, events } = await world()
  await client.create(Pods, podOf('crash', {}, { 'k8ts.dev/exit-code': '3' }))
  const waiting = await until(
    () => pod('crash'),
    (p) => main(p)?.state?.waiting?.reason === 'CrashLoopBackOff',
  )
  const uid = waiting.metadata.uid
  // The first restart is at once; the second waits.
  expect(main(waiting)).toMatchObject({
    restartCount: 1,
    ready: false,
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  })
  expect(main(waiting)?.state?.waiting?.message).toBe(
    `back-off 10s restarting failed container=main pod=crash_default(${uid})`,
  )
  expect(phase('Running')(waiting)).toBe(true)
  expect(events.find((e) => e.reason === 'BackOff')?.message).toBe(
    `Back-off restarting failed container main in pod crash_default(${uid})`,
  )
  await clock.advance('9s')
  expect(main(await pod('crash'))?.restartCount).toBe(1)
  await clock.advance('2s')
  await until(
    () => pod('crash'),
    (p) => main(p)?.restartCount === 2,
  )
  await clock.advance('15s')
  expect(main(await pod('crash'))?.restartCount).toBe(2)
  await clock.advance('6s')
  await until(
    () => pod('crash'),
    (p) => main(p)?.restartCount === 3,
  )
})

test.each([
  { restartPolicy: 'Never', code: '0', phase: 'Succeeded', reason: 'Completed' },
  { restartPolicy: 'Never', code: '1', phase: 'Failed', reason: 'Error' },
  { restartPolicy: 'OnFailure', code: '0', phase: 'Succeeded', reason: 'Completed' },
])('a pod with restartPolicy $restartPolicy that exits with $code ends as $phase', async (row) => {
  const { client, pod } = await world()
  await client.create(Pods, podOf('job', { restartPolicy: row.restartPolicy }, { 'k8ts.dev/exit-code': row.code }))
  const done = await until(() => pod('job'), phase(row.phase))
  expect(main(done)?.state?.terminated).toMatchObject({ exitCode: Number(row.code), reason: row.reason })
  expect(condition(done, 'Ready')).toMatchObject({
    status: 'False',
    reason: row.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed',
  })
})

test('init containers run one after the other, sidecars stay', async () => {
  const { client, clock, pod, runtime } = await world()
  const spec = {
    initContainers: [
      { name: 'first', image: 'a:1' },
      { name: 'side', image: 'b:1', restartPolicy: 'Always' },
      { name: 'second', image: 'c:1' },
    ],
  }
  const steer = { 'k8ts.dev/exit-after.first': '2s', 'k8ts.dev/exit-after.second': '3s' }
  await client.create(Pods, podOf('init', spec, steer))
  const begun = await until(
    () => pod('init'),
    (p) => p.status.initContainerStatuses?.[0]?.state?.running !== undefined,
  )
  expect(begun.status.phase).toBe('Pending')
  expect(main(begun)?.state?.waiting?.reason).toBe('PodInitializing')
  expect(condition(begun, 'Initialized')).toMatchObject({
    status: 'False',
    message: 'containers with incomplete status: [first side second]',
  })
  await clock.advance('2s')
  const half = await until(
    () => pod('init'),
    (p) => p.status.initContainerStatuses?.[2]?.state?.running !== undefined,
  )
  expect(half.status.initContainerStatuses?.[1]).toMatchObject({ ready: true, started: true })
  expect(half.status.phase).toBe('Pending')
  await clock.advance('3s')
  const running = await until(() => pod('init'), isReady)
  expect(running.status.initContainerStatuses?.map((s) => s.ready)).toEqual([true, true, true])
  expect(running.status.phase).toBe('Running')
  expect((await runtime.listContainers()).filter((c) => c.state === 'RUNNING')).toHaveLength(2)
})

test('a pod whose work is done takes its sidecars with it', async () => {
  const { client, clock, pod, runtime } = await world()
  const spec = { restartPolicy: 'Never', initContainers: [{ name: 'side', image: 'b:1', restartPolicy: 'Always' }] }
  await client.create(Pods, podOf('batch', spec, { 'k8ts.dev/exit-after.main': '5s' }))
  await until(() => pod('batch'), isReady)
  await clock.advance('5s')
  await until(() => pod('batch'), phase('Succeeded'))
  await until(
    () => runtime.listContainers(),
    (all) => all.every((c) => c.state === 'EXITED'),
  )
})

test('readiness decides what is ready, liveness what is restarted', async () => {
  const { client, clock, pod, events } = await world()
  const probe = { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 3 }
  const containers = [{ name: 'main', image: 'app:1', readinessProbe: { ...probe, periodSeconds: 2 } }]
  await client.create(Pods, podOf('slow', { containers }, { 'k8ts.dev/probes-after': '5s' }))
  const started = await until(() => pod('slow'), phase('Running'))
  expect(condition(started, 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [main]',
  })
  await clock.advance('5s')
  expect(isReady(await pod('slow'))).toBe(false)
  await clock.advance('1s')
  await until(() => pod('slow'), isReady)

  const live = [{ name: 'main', image: 'app:1', livenessProbe: probe }]
  await client.create(Pods, podOf('hung', { containers: live }, { 'k8ts.dev/fail-probes': 'liveness' }))
  await until(() => pod('hung'), phase('Running'))
  await clock.advance('1s')
  expect(main(await pod('hung'))?.restartCount).toBe(0)
  await clock.advance('2s')
  await until(
    () => pod('hung'),
    (p) => main(p)?.restartCount === 1,
  )
  expect(events.map((e) => e.message)).toContain('Container main failed liveness probe, will be restarted')
  expect(events.some((e) => e.reason === 'Unhealthy' && e.message.startsWith('Liveness probe failed: '))).toBe(true)
})

test('waits for a config map, saying so, and starts when it comes', async () => {
  const { client, pod } = await world()
  const env = [{ name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } }]
  await client.create(Pods, podOf('env', { containers: [{ name: 'main', image: 'app:1', env }] }))
  const waiting = await until(
    () => pod('env'),
    (p) => main(p)?.state?.waiting?.reason === 'CreateContainerConfigError',
  )
  expect(main(waiting)?.state?.waiting?.message).toBe('configmap "settings" not found')
  await client.create(ConfigMaps, { metadata: { name: 'settings', namespace: 'default' }, data: { color: 'red' } })
  await until(() => pod('env'), isReady)
})

test('an image that cannot be pulled: ErrImagePull, then ImagePullBackOff, then again', async () => {
  const { client, clock, pod, events } = await world()
  await client.create(Pods, podOf('noimage', {}, { 'k8ts.dev/fail-pull': 'no such image' }))
  await until(
    () => pod('noimage'),
    (p) => main(p)?.state?.waiting?.reason === 'ErrImagePull',
  )
  await clock.advance('2s')
  const waiting = await until(
    () => pod('noimage'),
    (p) => main(p)?.state?.waiting?.reason === 'ImagePullBackOff',
  )
  expect(main(waiting)?.state?.waiting?.message).toBe('Back-off pulling image "app:1": ErrImagePull: no such image')
  expect(phase('Pending')(waiting)).toBe(true)
  await clock.advance('10s')
  expect(events.filter((e) => e.reason === 'Pulling')).toHaveLength(2)
})

test('a restarted kubelet takes over what runs: no restart, readiness kept, orphans removed', async () => {
  const { client, kubelet, pod, runtime, start } = await world()
  const containers = [
    { name: 'main', image: 'app:1', readinessProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: 60 } },
  ]
  await client.create(Pods, podOf('keep', { containers: [{ name: 'main', image: 'app:1' }] }))
  await client.create(Pods, podOf('gone'))
  await client.create(Pods, podOf('probed', { containers }, {}))
  const before = await until(() => pod('keep'), isReady)
  await until(() => pod('gone'), isReady)
  await kubelet.stop()
  await client.delete(Pods, { namespace: 'default', name: 'gone' }, { gracePeriodSeconds: 0 })
  await start()
  const after = await until(() => pod('keep'), isReady)
  expect(main(after)?.containerID).toBe(main(before)?.containerID)
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  await until(
    () => runtime.listPodSandbox(),
    (all) => all.length === 2,
  )
})

test('after a restart of the machine, what ran is run again, or has failed', async () => {
  const { client, clock, kubelet, pod, start } = await world()
  await client.create(Pods, podOf('server'))
  await client.create(Pods, podOf('task', { restartPolicy: 'Never' }))
  await until(() => pod('server'), isReady)
  await until(() => pod('task'), isReady)
  await kubelet.stop()
  await start({ runtime: simulatedRuntime({ clock, random: systemRandom }) })
  const again = await until(
    () => pod('server'),
    (p) => isReady(p) && main(p)?.restartCount === 1,
  )
  expect(main(again)?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' })
  const failed = await until(() => pod('task'), phase('Failed'))
  expect(main(failed)?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' })
})

test('rejects what does not fit', async () => {
  const { client, pod } = await world()
  const containers = [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '33' } } }]
  await client.create(Pods, podOf('big', { containers }))
  const failed = await until(() => pod('big'), phase('Failed'))
  expect(failed.status).toMatchObject({
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 33000, used: 0, capacity: 32000",
  })
})

test('ends a pod at its deadline', async () => {
  const { client, clock, pod } = await world()
  await client.create(Pods, podOf('late', { activeDeadlineSeconds: 30 }))
  await until(() => pod('late'), isReady)
  await clock.advance('31s')
  const failed = await until(() => pod('late'), phase('Failed'))
  expect(failed.status).toMatchObject({ reason: 'DeadlineExceeded' })
})

test('a forced deletion stops the containers of an object that is gone', async () => {
  const { client, clock, pod, runtime } = await world()
  await client.create(Pods, podOf('force', {}, { 'k8ts.dev/stop-latency': '60s' }))
  await until(() => pod('force'), isReady)
  await client.delete(Pods, { namespace: 'default', name: 'force' }, { gracePeriodSeconds: 0 })
  await expect(pod('force')).rejects.toMatchObject({ code: 404 })
  // Nobody has said that it may be quick: it has the grace period of its spec.
  await clock.advance('29s')
  expect(await runtime.listPodSandbox()).toHaveLength(1)
  await clock.advance('2s')
  await until(
    () => runtime.listPodSandbox(),
    (all) => all.length === 0,
  )
})

test('a pod from a file runs without being asked for, and has a mirror in the API', async () => {
  const files = new Map([
    [
      '/manifests/web.yaml',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: static}\nspec: {containers: [{name: main, image: "app:1"}]}\n',
    ],
    ['/manifests/broken.yaml', 'kind: [\n'],
  ])
  let changed = () => {}
  const host = simulatedHost()
  const inFiles: KubeletOptions['host'] = {
    ...host,
    files: {
      ...host.files,
      list: async (path) =>
        [...files.keys()].filter((f) => f.startsWith(`${path}/`)).map((f) => f.slice(path.length + 1)),
      read: async (path) => (files.has(path) ? new TextEncoder().encode(files.get(path)) : undefined),
      watch: (_, callback) => {
        changed = callback
        return () => {}
      },
    },
  }
  const { client, clock, pod, runtime } = await world({ host: inFiles, staticPodPath: '/manifests' })
  const mirror = await until(
    () => pod('static-node-1').catch(() => undefined),
    (p) => p !== undefined && isReady(p),
  )
  expect(mirror?.metadata.annotations).toMatchObject({ 'kubernetes.io/config.source': 'file' })
  // Deleting the mirror stops nothing; it comes back.
  await client.delete(Pods, { namespace: 'default', name: 'static-node-1' })
  const again = await until(
    () => pod('static-node-1').catch(() => undefined),
    (p) => p !== undefined && p.metadata.uid !== mirror?.metadata.uid && isReady(p),
  )
  expect(again && main(again)?.containerID).toBe(mirror && main(mirror)?.containerID)
  files.delete('/manifests/web.yaml')
  changed()
  await clock.advance('1s')
  await until(
    () => runtime.listPodSandbox(),
    (all) => all.length === 0,
  )
  await until(
    () => pod('static-node-1').catch(() => undefined),
    (p) => p === undefined,
  )
})

test('many simulated nodes share their watches', async () => {
  const { clock, client } = await world()
  const sources = { client, clock, random: systemRandom, log: silentLog }
  const informers = createInformers(sources)
  const nodes = await startSimulatedNodes({
    ctx: { ...sources, informers, events: { record() {} } },
    count: 20,
    prefix: 'sim-',
  })
  stops.push(async () => {
    await nodes.stop()
    informers.stop()
  })
  const all = (await client.list(Nodes)).items.filter((n) => n.metadata.name.startsWith('sim-'))
  expect(all).toHaveLength(20)
  expect(new Set(all.map((n) => n.spec.podCIDR)).size).toBe(20)
  expect(new Set(all.map((n) => n.status.addresses?.[0]?.address)).size).toBe(20)
  for (let i = 0; i < 60; i++) await client.create(Pods, podOf(`many-${i}`, { nodeName: `sim-${i % 20}` }))
  const pods = await until(
    () => client.list(Pods),
    (l) => l.items.every(isReady),
  )
  expect(new Set(pods.items.map((p) => p.status.podIP)).size).toBe(60)
})
