import { expect, test, vi } from 'vitest'
import { type KubeletWorld, mainOf, podOf, startKubeletWorld } from '../../../test/support/kubelet.ts'
import { isReady } from '../../api/core/pods.ts'
import { Pods } from '../../api/core/v1/index.ts'
import { simulatedHost } from '../host/simulated.ts'

const sidecar = (name: string, more = {}) => ({ name, image: 'side:1', restartPolicy: 'Always', ...more })
const where = { name: 'web', namespace: 'default' }

/** What the runtime is asked to stop, in how many seconds, and when: seconds since `watchStops`. */
function watchStops({ runtime, cluster }: KubeletWorld): { name: string; seconds: number; at: number }[] {
  const stops: { name: string; seconds: number; at: number }[] = []
  const since = cluster.clock.now()
  const stop = runtime.stopContainer.bind(runtime)
  vi.spyOn(runtime, 'stopContainer').mockImplementation(async (id, seconds) => {
    const { metadata } = await runtime.containerStatus(id)
    stops.push({ name: metadata.name, seconds, at: (cluster.clock.now() - since) / 1000 })
    return stop(id, seconds)
  })
  return stops
}

const isGone = async ({ cluster }: KubeletWorld): Promise<boolean> => {
  await cluster.settle()
  return (await cluster.list('Pod')).length === 0
}

test('app containers and sidecars that ignore SIGTERM share one grace period', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const spec = { terminationGracePeriodSeconds: 6, initContainers: [sidecar('side1'), sidecar('side2')] }
  await cluster.apply(podOf('web', spec, { 'k8ts.dev/stop-latency': '10m' }))
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.clock.advance('7s')
  expect(await isGone(world)).toBe(false)
  await cluster.clock.advance('2s')
  expect(await isGone(world)).toBe(true)
  expect(stops).toEqual([
    { name: 'main', seconds: 6, at: 0 },
    { name: 'side2', seconds: 2, at: 6 },
    { name: 'side1', seconds: 2, at: 6 },
  ])
})

test('sidecars end after the app containers, the last first, each with what is left', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const containers = [
    { name: 'main', image: 'app:1' },
    { name: 'other', image: 'app:1' },
  ]
  const steer = { 'k8ts.dev/stop-latency': '2s', 'k8ts.dev/stop-latency.other': '5s' }
  await cluster.apply(podOf('web', { containers, initContainers: [sidecar('side1'), sidecar('side2')] }, steer))
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.clock.advance('10s')
  expect(stops).toEqual([
    { name: 'main', seconds: 30, at: 0 },
    { name: 'other', seconds: 30, at: 0 },
    { name: 'side2', seconds: 25, at: 5 },
    { name: 'side1', seconds: 23, at: 7 },
  ])
  expect(await isGone(world)).toBe(true)
})

test('preStop hooks of all containers run when the pod begins to end, and once', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  const lifecycle = { preStop: { exec: { command: ['drain'] } } }
  const spec = {
    containers: [{ name: 'main', image: 'app:1', lifecycle }],
    initContainers: [sidecar('side', { lifecycle })],
  }
  await cluster.apply(podOf('web', spec, { 'k8ts.dev/stop-latency': '20s' }))
  await settled('web', 'Ready')
  const hooks = vi.spyOn(runtime, 'execSync')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.settle()
  expect(hooks).toHaveBeenCalledTimes(2)
  expect(stops.map(({ name }) => name)).toEqual(['main'])
  await cluster.clock.advance('41s')
  expect(await isGone(world)).toBe(true)
  expect(hooks).toHaveBeenCalledTimes(2)
  expect(stops.slice(1)).toEqual([{ name: 'side', seconds: 10, at: 20 }])
})

test('a hook that hangs uses up the grace period, and two seconds are left for SIGTERM', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const lifecycle = { preStop: { exec: { command: ['drain'] } } }
  vi.spyOn(world.runtime, 'execSync').mockReturnValue(Promise.withResolvers<never>().promise)
  const spec = {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'main', image: 'app:1', lifecycle }],
  }
  await cluster.apply(podOf('web', spec, { 'k8ts.dev/stop-latency': '10m' }))
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.clock.advance('8s')
  expect(stops).toEqual([{ name: 'main', seconds: 2, at: 5 }])
  expect(await isGone(world)).toBe(true)
})

test('what a hook takes is taken from the grace period', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const lifecycle = { preStop: { sleep: { seconds: 4 } } }
  await cluster.apply(podOf('web', { containers: [{ name: 'main', image: 'app:1', lifecycle }] }))
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.clock.advance('5s')
  expect(stops).toEqual([{ name: 'main', seconds: 26, at: 4 }])
})

test('a pod without a grace period is gone at once; its containers still get a moment', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  await cluster.apply(podOf('web', { terminationGracePeriodSeconds: 0 }, { 'k8ts.dev/stop-latency': '10m' }))
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  expect(await isGone(world)).toBe(true)
  expect(stops).toEqual([{ name: 'main', seconds: 2, at: 0 }])
  expect(await runtime.listPodSandbox()).toHaveLength(1)
  await cluster.clock.advance('2s')
  expect(await runtime.listPodSandbox()).toEqual([])
})

test('a second deletion may shorten the grace period of a pod that ends, not lengthen it', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const spec = { terminationGracePeriodSeconds: 60, initContainers: [sidecar('side')] }
  await cluster.apply(podOf('web', spec, { 'k8ts.dev/stop-latency': '10m' }))
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.clock.advance('10s')
  await cluster.client.delete(Pods, where, { gracePeriodSeconds: 3 })
  await cluster.settle()
  await cluster.client.delete(Pods, where, { gracePeriodSeconds: 30 })
  await cluster.clock.advance('6s')
  expect(stops).toEqual([
    { name: 'main', seconds: 60, at: 0 },
    { name: 'main', seconds: 3, at: 10 },
    { name: 'side', seconds: 2, at: 13 },
  ])
  expect(await isGone(world)).toBe(true)
})

test.each(['liveness', 'startup'] as const)('a failed %s probe brings its own grace period', async (kind) => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const probe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 4 }
  const spec = {
    terminationGracePeriodSeconds: 60,
    containers: [{ name: 'main', image: 'app:1', [`${kind}Probe`]: probe }],
  }
  await cluster.apply(podOf('web', spec, { 'k8ts.dev/fail-probes': kind, 'k8ts.dev/stop-latency': '10m' }))
  const stops = watchStops(world)
  await cluster.settle()
  await cluster.clock.advance('3s')
  expect(stops).toEqual([{ name: 'main', seconds: 4, at: expect.any(Number) }])
  await cluster.clock.advance('4s')
  expect(mainOf(await settled('web'))?.restartCount).toBe(1)
})

test('a pod that ends is not killed by its liveness probe, and its readiness is still looked at', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, events } = world
  const probe = { tcpSocket: { port: 80 }, periodSeconds: 1, failureThreshold: 1 }
  const containers = [{ name: 'main', image: 'app:1', livenessProbe: probe, readinessProbe: probe }]
  await cluster.apply(podOf('web', { containers }, { 'k8ts.dev/stop-latency': '20s' }))
  await cluster.clock.advance('1s')
  await settled('web', 'Ready')
  const stops = watchStops(world)
  await cluster.client.delete(Pods, where)
  await cluster.settle()
  const asked = vi.spyOn(world.runtime, 'execSync')
  asked.mockResolvedValue({ exitCode: 1, stdout: 'draining', stderr: '' })
  await cluster.clock.advance('5s')
  expect(isReady(await settled('web'))).toBe(false)
  expect(events.filter(({ reason }) => reason === 'Unhealthy').map(({ message }) => message)).toContain(
    'Readiness probe failed: draining',
  )
  expect(events.some(({ message }) => message.startsWith('Liveness'))).toBe(false)
  expect(stops).toHaveLength(1)
})

test('a container that cannot be stopped is tried again, with what is left and without another hook', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled, runtime } = world
  const lifecycle = { preStop: { exec: { command: ['drain'] } } }
  await cluster.apply(podOf('web', { containers: [{ name: 'main', image: 'app:1', lifecycle }] }))
  await settled('web', 'Ready')
  const hooks = vi.spyOn(runtime, 'execSync')
  const stop = vi.spyOn(runtime, 'stopContainer')
  stop.mockRejectedValueOnce(new Error('the runtime is busy'))
  await cluster.client.delete(Pods, where)
  await cluster.clock.advance('2s')
  expect(await isGone(world)).toBe(true)
  expect(stop.mock.calls.map(([, seconds]) => seconds)).toEqual([30, 29])
  expect(hooks).toHaveBeenCalledTimes(1)
})

test('a pod whose sandbox cannot be made is cleared away only after the mount that is under way', async () => {
  const gate = Promise.withResolvers<void>()
  const host = simulatedHost()
  const mounts = { ...host.mounts, tmpfs: () => gate.promise }
  await using world = await startKubeletWorld({ host: { ...host, mounts } })
  const { cluster, settled, events } = world
  const spec = {
    containers: [{ name: 'main', image: 'app:1', volumeMounts: [{ name: 'memory', mountPath: '/memory' }] }],
    volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }],
  }
  await cluster.apply(podOf('web', spec, { 'k8ts.dev/fail-sandbox': 'no network' }))
  await cluster.settle()
  // The next attempt waits for the mount, too.
  await cluster.clock.advance('10s')
  expect(events.filter(({ name }) => name === 'web')).toMatchObject([{ reason: 'FailedCreatePodSandBox' }])
  await cluster.client.delete(Pods, { name: 'web', namespace: 'default' })
  await cluster.clock.advance('60s')
  expect((await settled('web')).metadata.deletionTimestamp).toBeDefined()
  gate.resolve()
  await expect(settled('web')).rejects.toMatchObject({ code: 404 })
})
