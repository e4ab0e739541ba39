import { afterEach, beforeEach, expect, test } from 'vitest'
import { formatMicroTime, formatTime } from '../api/clock.ts'
import { Leases } from '../api/coordination/v1/index.ts'
import { Nodes, Pods } from '../api/core/v1/index.ts'
import { codeOf } from '../client/ownership.ts'
import { type ControllerCluster, startControllers } from '../testing/controllers.ts'
import { nodeIpamController } from './node-ipam.ts'
import { nodeLifecycleController } from './node-lifecycle.ts'
import { podGc } from './pod-gc.ts'
import { taintEvictionController } from './taint-eviction.ts'

let cluster: ControllerCluster
const living = new Set<string>()
beforeEach(async () => {
  living.clear()
  cluster = await startControllers((ctx) => [
    nodeLifecycleController(ctx),
    taintEvictionController(ctx),
    nodeIpamController(ctx, { clusterCidr: '10.244.0.0/22' }),
    podGc(ctx, { terminatedPodThreshold: 3 }),
  ])
  renewLeases()
})
afterEach(() => cluster.stop())

/** What kubelets do: every 10 s they renew their leases. */
function renewLeases(): void {
  const { client, clock } = cluster
  clock.after(10_000, renewLeases)
  for (const name of living) {
    const metadata = { name, namespace: 'kube-node-lease' }
    const spec = { holderIdentity: name, renewTime: formatMicroTime(clock.now()) }
    client
      .patch(Leases, metadata, { spec })
      .catch((error) => {
        if (codeOf(error) !== 404) throw error
        return client.create(Leases, { metadata, spec })
      })
      .catch(() => {})
  }
}

async function addNode(name: string, { zone = 'a', ready = 'True' } = {}): Promise<void> {
  const { client } = cluster
  await client.create(Nodes, { metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } })
  await setReady(name, ready)
  living.add(name)
}

async function setReady(name: string, status: string): Promise<void> {
  const time = formatTime(cluster.clock.now())
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'False' }))
  const ready = { type: 'Ready', status, lastHeartbeatTime: time, lastTransitionTime: time, reason: 'KubeletReady' }
  await cluster.client.patch(
    Nodes,
    { name },
    { status: { conditions: [...conditions, ready] } },
    { subresource: 'status' },
  )
}

const nodeOf = async (name: string) => {
  const node = await cluster.find(Nodes, name)
  const taints =
    node?.spec.taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`) ?? []
  return { ready: node?.status.conditions?.find(({ type }) => type === 'Ready'), taints: taints.sort() }
}

test('a node whose kubelet falls silent: Unknown, its pods not ready, tainted, its pods evicted in time', async () => {
  await addNode('n1')
  await addNode('n2')
  await cluster.runningPod({ name: 'p', ip: '10.0.0.1', node: 'n1' })
  const seconds = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }
  const patient = { containers: [{ name: 'c', image: 'i' }], tolerations: [seconds] }
  const eternal = { ...patient, tolerations: [{ operator: 'Exists' }] }
  await cluster.runningPod({ name: 'patient', ip: '10.0.0.2', node: 'n1', spec: patient })
  await cluster.runningPod({ name: 'eternal', ip: '10.0.0.3', node: 'n1', spec: eternal })
  await cluster.advance('5m')
  expect(await nodeOf('n1')).toMatchObject({ ready: { status: 'True' }, taints: [] })

  living.delete('n1')
  await cluster.advance('35s')
  expect((await nodeOf('n1')).ready?.status).toBe('True')
  await cluster.advance('30s')
  const { ready, taints } = await nodeOf('n1')
  expect(ready).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  })
  expect(taints).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule'])
  expect((await nodeOf('n2')).ready?.status).toBe('True')
  expect(cluster.events).toContain('Normal NodeNotReady Node n1 status is now: NodeNotReady')
  const pod = await cluster.find(Pods, 'p', 'default')
  expect(pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False')

  await cluster.advance('70s')
  const deleted = async (name: string) =>
    (await cluster.find(Pods, name, 'default'))?.metadata.deletionTimestamp !== undefined
  expect([await deleted('p'), await deleted('patient'), await deleted('eternal')]).toEqual([false, true, false])
  const patientPod = await cluster.find(Pods, 'patient', 'default')
  expect(patientPod?.status.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  })
  await cluster.advance('5m')
  expect([await deleted('p'), await deleted('eternal')]).toEqual([true, false])
  expect(cluster.events).toContain('Normal TaintManagerEviction Marking for deletion Pod default/p')
})

test('a node that comes back in time keeps its pods', async () => {
  await addNode('n1')
  await addNode('n2')
  await cluster.runningPod({ name: 'p', ip: '10.0.0.1', node: 'n1' })
  await cluster.advance('20s')
  living.delete('n1')
  await cluster.advance('2m')
  expect((await nodeOf('n1')).taints).toHaveLength(2)
  living.add('n1')
  await setReady('n1', 'True')
  await cluster.advance('10m')
  expect(await nodeOf('n1')).toMatchObject({ ready: { status: 'True' }, taints: [] })
  expect((await cluster.find(Pods, 'p', 'default'))?.metadata.deletionTimestamp).toBeUndefined()
  expect(cluster.events).toContain('Normal TaintManagerEviction Cancelling deletion of Pod default/p')
})

test('conditions and unschedulable become taints, and others’ taints stay', async () => {
  await addNode('n1', { ready: 'False' })
  await addNode('n2')
  await cluster.advance('6s')
  expect((await nodeOf('n1')).taints).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule'])
  await setReady('n1', 'True')
  const node = await cluster.find(Nodes, 'n1')
  const own = { key: 'mine', effect: 'NoSchedule' }
  await cluster.client.patch(Nodes, { name: 'n1' }, { spec: { unschedulable: true, taints: [own] } })
  const conditions = (node?.status.conditions ?? []).map((condition) =>
    condition.type === 'DiskPressure' ? { ...condition, status: 'True' } : condition,
  )
  await cluster.client.patch(Nodes, { name: 'n1' }, { status: { conditions } }, { subresource: 'status' })
  await cluster.settle()
  expect((await nodeOf('n1')).taints).toEqual([
    'disk-pressure:NoSchedule',
    'mine:NoSchedule',
    'unschedulable:NoSchedule',
  ])
})

test('when no node is heard of, none is blamed', async () => {
  for (const name of ['n1', 'n2', 'n3']) await addNode(name)
  await cluster.advance('20s')
  living.clear()
  await cluster.advance('10m')
  for (const name of ['n1', 'n2', 'n3'])
    expect(await nodeOf(name)).toMatchObject({ ready: { status: 'Unknown' }, taints: ['unreachable:NoSchedule'] })
  living.add('n1')
  await setReady('n1', 'True')
  await cluster.advance('1m')
  expect((await nodeOf('n2')).taints).toContain('unreachable:NoExecute')
})

test('in a small zone most of which is gone nothing is evicted; in a healthy one a node every 10 s', async () => {
  for (const name of ['a1', 'a2', 'a3', 'a4']) await addNode(name)
  for (let i = 0; i < 8; i++) await addNode(`b${i}`, { zone: 'b' })
  await cluster.advance('20s')
  for (const name of ['a1', 'a2', 'a3', 'b0', 'b1', 'b2']) living.delete(name)
  await cluster.advance('62s')
  const evicting = async (...names: string[]) =>
    (await Promise.all(names.map(nodeOf))).filter(({ taints }) => taints.includes('unreachable:NoExecute')).length
  expect(await evicting('b0', 'b1', 'b2')).toBeLessThan(3)
  await cluster.advance('5m')
  // The first two of zone a may have been tainted before the third fell silent too.
  expect(await evicting('a1', 'a2', 'a3')).toBeLessThan(3)
  expect(await evicting('b0', 'b1', 'b2')).toBe(3)
})

test('each node has its own pod CIDR; one that is freed is used again; none left is said', async () => {
  for (const name of ['n1', 'n2', 'n3', 'n4', 'n5']) await addNode(name)
  await cluster.settle()
  const cidr = async (name: string) => (await cluster.find(Nodes, name))?.spec.podCIDR
  const all = await Promise.all(['n1', 'n2', 'n3', 'n4'].map(cidr))
  expect(all.sort()).toEqual(['10.244.0.0/24', '10.244.1.0/24', '10.244.2.0/24', '10.244.3.0/24'])
  expect(await cidr('n5')).toBeUndefined()
  expect(cluster.events).toContain('Normal CIDRNotAvailable Node n5 status is now: CIDRNotAvailable')
  const freed = await cidr('n2')
  living.delete('n2')
  await cluster.client.delete(Nodes, { name: 'n2' })
  await cluster.advance('10s')
  expect(await cidr('n5')).toBe(freed)
})

test('a bad cluster CIDR is refused', () => {
  const { ctx } = cluster
  expect(() => nodeIpamController(ctx, { clusterCidr: '10.0.0.0' })).toThrow('not an address block')
  expect(() => nodeIpamController(ctx, { clusterCidr: '10.0.0.0/28' })).toThrow('has no room for a /24')
})

test('pods that nobody else removes', async () => {
  await addNode('n1')
  await addNode('gone')
  await cluster.runningPod({ name: 'orphan', ip: '10.0.0.1', node: 'gone' })
  await cluster.runningPod({ name: 'stays', ip: '10.0.0.2', node: 'n1' })
  const keep = { containers: [{ name: 'c', image: 'i' }] }
  await cluster.client.create(Pods, {
    metadata: { name: 'unscheduled', namespace: 'default', finalizers: ['example.com/keep'] },
    spec: keep,
  })
  await cluster.client.delete(Pods, { name: 'unscheduled', namespace: 'default' })
  for (let i = 0; i < 5; i++) {
    await cluster.runningPod({ name: `done${i}`, ip: '', node: 'n1', ready: false })
    const patch = { status: { phase: 'Succeeded' } }
    await cluster.client.patch(Pods, { name: `done${i}`, namespace: 'default' }, patch, { subresource: 'status' })
    await cluster.advance('1s')
  }
  living.delete('gone')
  await cluster.client.delete(Nodes, { name: 'gone' })
  const names = async () => (await cluster.client.list(Pods)).items.map(({ metadata }) => metadata.name).sort()
  await cluster.advance('21s')
  expect(await names()).toEqual(['done2', 'done3', 'done4', 'orphan', 'stays', 'unscheduled'])
  await cluster.advance('45s')
  expect(await names()).toEqual(['done2', 'done3', 'done4', 'stays', 'unscheduled'])
})
