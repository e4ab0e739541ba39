import { expect, test } from 'vitest'
import { mainOf, podOf, startKubeletWorld } from '../../test/support/kubelet.ts'
import { isReady } from '../api/core/pods.ts'
import { Nodes } from '../api/core/v1/index.ts'
import { systemRandom } from '../api/random.ts'
import { simulatedRuntime } from '../runtime/simulated/simulated.ts'
import { startCluster } from '../testing/index.ts'
import { simulatedHost } from './host/simulated.ts'
import type { KubeletOptions } from './options.ts'

test('registers a node that is ready, and keeps its lease', async () => {
  await using world = await startKubeletWorld({ labels: { zone: 'a' }, maxPods: 7 })
  const { cluster } = world
  const node = await cluster.get('Node', 'node-1')
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
  const lease = () => cluster.get('Lease', 'node-1', 'kube-node-lease')
  const first = await lease()
  await cluster.clock.advance('30s')
  const later = await lease()
  expect(Date.parse(later.spec.renewTime ?? '') - Date.parse(first.spec.renewTime ?? '')).toBeGreaterThan(15_000)
  expect(later.spec).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 40 })
})

test('a node that others have called Unknown says that it is Ready, at its next turn', async () => {
  await using world = await startKubeletWorld()
  const { cluster, events } = world
  const ready = async () =>
    (await cluster.get('Node', 'node-1')).status.conditions?.find(({ type }) => type === 'Ready')
  const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }]
  const patch = { status: { conditions } }
  await cluster.client.patch(Nodes, { name: 'node-1' }, patch, { subresource: 'status', type: 'strategic' })
  expect(await ready()).toMatchObject({ status: 'Unknown' })
  const since = cluster.clock.now()
  await cluster.clock.advance('11s')
  const now = await ready()
  expect(now).toMatchObject({ status: 'True', reason: 'KubeletReady' })
  expect(Date.parse(now?.lastTransitionTime ?? '')).toBeGreaterThan(since)
  expect(events.map(({ reason }) => reason)).toContain('NodeReady')
})

test('a pod that asks for a label that the node got just now is taken', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  await cluster.client.patch(Nodes, { name: 'node-1' }, { metadata: { labels: { disk: 'fast' } } })
  await cluster.apply(podOf('picky', { nodeSelector: { disk: 'fast' } }))
  await settled('picky', 'Running')
  await cluster.apply(podOf('elsewhere', { nodeSelector: { disk: 'slow' } }))
  const failed = await settled('elsewhere', 'Failed')
  expect(failed.status.reason).toBe('NodeAffinity')
})

test('rejects what does not fit', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const containers = [{ name: 'main', image: 'app:1', resources: { requests: { cpu: '33' } } }]
  await cluster.apply(podOf('big', { containers }))
  const failed = await settled('big', 'Failed')
  expect(failed.status).toMatchObject({
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 33000, used: 0, capacity: 32000",
  })
})

test('a restarted kubelet takes over what runs: no restart, readiness kept, orphans removed', async () => {
  await using world = await startKubeletWorld()
  const { cluster, kubelet, settled, runtime, start } = world
  const containers = [
    { name: 'main', image: 'app:1', readinessProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: 60 } },
  ]
  await cluster.apply(podOf('keep', { containers: [{ name: 'main', image: 'app:1' }] }))
  await cluster.apply(podOf('gone'))
  await cluster.apply(podOf('probed', { containers }, {}))
  const before = await settled('keep', 'Ready')
  await settled('gone', 'Ready')
  await kubelet.stop()
  await cluster.delete('Pod', 'gone', 'default', { gracePeriodSeconds: 0 })
  await start()
  const after = await settled('keep', 'Ready')
  expect(mainOf(after)?.containerID).toBe(mainOf(before)?.containerID)
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  expect(await runtime.listPodSandbox()).toHaveLength(2)
})

test('after a restart of the machine, containers run again or have failed', async () => {
  await using world = await startKubeletWorld()
  const { cluster, kubelet, settled, start } = world
  await cluster.apply(podOf('server'))
  await cluster.apply(podOf('task', { restartPolicy: 'Never' }))
  await settled('server', 'Ready')
  await settled('task', 'Ready')
  await kubelet.stop()
  await start({ runtime: simulatedRuntime({ clock: cluster.clock, random: systemRandom }) })
  const again = await settled('server')
  expect(mainOf(again)).toMatchObject({ ready: true, restartCount: 1 })
  expect(mainOf(again)?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' })
  const failed = await settled('task', 'Failed')
  expect(mainOf(failed)?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'ContainerStatusUnknown' })
})

test('a pod from a file runs by itself, and has a mirror in the API', async () => {
  const files = new Map([
    [
      '/manifests/web.yaml',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: static}\nspec: {containers: [{name: main, image: "app:1"}]}\n',
    ],
    ['/manifests/broken.yaml', 'kind: [\n'],
    ['/manifests/folder.yaml', ''],
  ])
  let changed = () => {}
  let isFolderReadable = true
  const host = simulatedHost()
  const inFiles: KubeletOptions['host'] = {
    ...host,
    files: {
      ...host.files,
      list: async (path) => {
        if (!isFolderReadable) throw new Error('EIO: i/o error')
        return [...files.keys()].filter((f) => f.startsWith(`${path}/`)).map((f) => f.slice(path.length + 1))
      },
      read: async (path) => {
        if (path.endsWith('/folder.yaml')) throw new Error('EISDIR: illegal operation on a directory, read')
        return files.has(path) ? new TextEncoder().encode(files.get(path)) : undefined
      },
      watch: (_, callback) => {
        changed = callback
        return () => {}
      },
    },
  }
  await using world = await startKubeletWorld({ host: inFiles, staticPodPath: '/manifests' })
  const { cluster, settled, runtime } = world
  const mirror = await settled('static-node-1', 'Ready')
  expect(mirror.metadata.annotations).toMatchObject({ 'kubernetes.io/config.source': 'file' })
  // Deleting the mirror stops nothing; it comes back.
  await cluster.delete('Pod', 'static-node-1')
  const again = await settled('static-node-1', 'Ready')
  expect(again.metadata.uid).not.toBe(mirror.metadata.uid)
  expect(mainOf(again)?.containerID).toBe(mainOf(mirror)?.containerID)
  // What cannot be read stops nothing, neither a pod nor the kubelet.
  isFolderReadable = false
  changed()
  await cluster.clock.advance('1s')
  expect(mainOf(await settled('static-node-1', 'Ready'))?.containerID).toBe(mainOf(again)?.containerID)
  isFolderReadable = true
  files.delete('/manifests/web.yaml')
  changed()
  await cluster.clock.advance('1s')
  expect(await runtime.listPodSandbox()).toEqual([])
  await expect(settled('static-node-1')).rejects.toMatchObject({ code: 404 })
})

test('many simulated nodes share their watches', async () => {
  await using cluster = await startCluster({ nodes: 20 })
  const nodes = await cluster.list('Node')
  expect(new Set(nodes.map(({ spec }) => spec.podCIDR)).size).toBe(20)
  expect(new Set(nodes.map(({ status }) => status.addresses?.[0]?.address)).size).toBe(20)
  const nodeOf = (pod: number) => ({ nodeName: `node-${(pod % 20) + 1}` })
  await cluster.apply(Array.from({ length: 60 }, (_, i) => podOf(`many-${i}`, nodeOf(i))))
  await cluster.settle()
  const pods = await cluster.list('Pod')
  expect(pods.filter(isReady)).toHaveLength(60)
  expect(new Set(pods.map(({ status }) => status.podIP)).size).toBe(60)
})
