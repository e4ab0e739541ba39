import { afterEach, beforeEach, expect, test } from 'vitest'
import { badLine } from '../../test/support/bad-line.ts'
import { podCondition } from '../api/core/pods.ts'
import { type Node, Nodes, type Pod, type PodSpec, Pods } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { startCluster, type TestCluster, type TestClusterOptions } from '../testing/index.ts'

const namespace = 'default'
let cluster: TestCluster
/** Runs the scheduler alone: tests create nodes of chosen sizes, and controllers would taint them without kubelets. */
const start = (options?: TestClusterOptions) => startCluster({ controllers: () => [], ...options })
beforeEach(async () => {
  cluster = await start()
})
afterEach(() => cluster.stop())

async function addNode(name: string, allocatable: Record<string, string> = {}, spec: Node['spec'] = {}): Promise<void> {
  const { client } = cluster
  await client.create(Nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec })
  const status = { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable } }
  await client.patch(Nodes, { name }, { status }, { subresource: 'status' })
  // New nodes are tainted as not ready.
  await client.patch(Nodes, { name }, { spec: { taints: spec.taints ?? null } })
  await cluster.settle()
}

const create = (name: string, cpu = '1', spec: Partial<PodSpec> = {}) =>
  cluster.client.create(Pods, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'web', resources: { requests: { cpu } } }], ...spec },
  })
async function addPod(...pod: Parameters<typeof create>): Promise<void> {
  await create(...pod)
  await cluster.settle()
}
async function change(name: string, spec: Partial<PodSpec>): Promise<void> {
  await cluster.client.patch(Pods, { name, namespace }, { spec }, { type: 'strategic' })
  await cluster.settle()
}
async function remove(name: string): Promise<void> {
  await cluster.delete('Pod', name, namespace, { gracePeriodSeconds: 0 })
  await cluster.settle()
}

const nodeOf = async (name: string) => (await cluster.get('Pod', name)).spec.nodeName
const scheduled = async (name: string) => podCondition(await cluster.get('Pod', name), 'PodScheduled')
const hasNode = ({ spec }: Stored<Pod>) => spec.nodeName !== undefined
const isUnschedulable = (pod: Stored<Pod>) => podCondition(pod, 'PodScheduled')?.reason === 'Unschedulable'
const podsByNode = async () => {
  const bound = (await cluster.list('Pod')).filter(hasNode)
  return [...Map.groupBy(bound, ({ spec }) => spec.nodeName).values()].map((pods) => pods.length)
}
const messages = async (reason: string) =>
  (await cluster.events()).filter((event) => event.reason === reason).map(({ message }) => message)

test('binds pods to nodes, and records Events', async () => {
  await addNode('a')
  await addPod('web')
  expect(await nodeOf('web')).toBe('a')
  expect(await scheduled('web')).toMatchObject({ status: 'True' })
  expect(await messages('Scheduled')).toEqual(['Successfully assigned default/web to a'])
  expect((await cluster.events({ name: 'web' }))[0]?.source?.component).toBe('default-scheduler')
})

test('reports why a pod is pending, and places it when a node with room comes', async () => {
  await addNode('small', { cpu: '500m' })
  await addPod('web')
  const message =
    '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  expect(await scheduled('web')).toMatchObject({ status: 'False', reason: 'Unschedulable', message })
  expect(await messages('FailedScheduling')).toEqual([message])
  await addNode('large')
  expect(await nodeOf('web')).toBe('large')
})

test('places waiting pods when other pods or taints go, and when the pods change', async () => {
  await addNode('a', { cpu: '1' })
  await addNode('b', {}, { taints: [{ key: 'k', effect: 'NoSchedule' }] })
  await addPod('first')
  await addPod('second')
  expect([await nodeOf('first'), await nodeOf('second')]).toEqual(['a', undefined])
  await remove('first')
  expect(await nodeOf('second')).toBe('a')

  await addPod('third')
  expect(await nodeOf('third')).toBeUndefined()
  const { tolerations = [] } = (await cluster.get('Pod', 'third')).spec
  await change('third', { tolerations: [...tolerations, { key: 'k', operator: 'Exists' }] })
  expect(await nodeOf('third')).toBe('b')

  await addPod('fourth')
  expect(await nodeOf('fourth')).toBeUndefined()
  await cluster.client.patch(Nodes, { name: 'b' }, { spec: { taints: null } })
  await cluster.settle()
  expect(await nodeOf('fourth')).toBe('b')
})

test('a pod that has ended needs no room', async () => {
  await addNode('a', { cpu: '1' })
  await addPod('job')
  await addPod('next')
  expect(await nodeOf('next')).toBeUndefined()
  const status = { phase: 'Succeeded' }
  await cluster.client.patch(Pods, { name: 'job', namespace }, { status }, { subresource: 'status' })
  await cluster.settle()
  expect(await nodeOf('next')).toBe('a')
})

test('waits for scheduling gates, and ignores the pods of other schedulers', async () => {
  await addNode('a')
  await addPod('gated', '1', { schedulingGates: [{ name: 'example.com/wait' }] })
  await addPod('foreign', '1', { schedulerName: 'other' })
  await addPod('web')
  expect([await nodeOf('web'), await nodeOf('gated'), await nodeOf('foreign')]).toEqual(['a', undefined, undefined])
  expect((await scheduled('gated'))?.reason).toBe('SchedulingGated')
  await cluster.client.patch(Pods, { name: 'gated', namespace }, { spec: { schedulingGates: [] } })
  await cluster.settle()
  expect([await nodeOf('gated'), await nodeOf('foreign')]).toEqual(['a', undefined])
})

test('retries when a binding fails, and frees the place meanwhile', async () => {
  await addNode('a', { cpu: '1' })
  const mend = cluster.faults.add({ resource: 'pods/binding', name: 'web', status: 503 })
  await addPod('web')
  await cluster.clock.advance('500ms')
  expect(await messages('FailedScheduling')).toHaveLength(1)
  await addPod('other')
  expect([await nodeOf('web'), await nodeOf('other')]).toEqual([undefined, 'a'])
  await remove('other')
  expect(mend()).toBeGreaterThan(0)
  await cluster.clock.advance('10s')
  expect(await nodeOf('web')).toBe('a')
})

test('fills nodes completely but no further, even if others bind pods, too', async () => {
  for (let i = 0; i < 5; i++) await addNode(`n${i}`, { cpu: '10' })
  await Promise.all(Array.from({ length: 60 }, (_, i) => create(`p${i}`, '1', i % 12 === 0 ? { nodeName: 'n0' } : {})))
  await cluster.settle()
  expect(await podsByNode()).toEqual([10, 10, 10, 10, 10])
  expect((await cluster.list('Pod')).filter(isUnschedulable)).toHaveLength(10)
})

test('gives a freed place to one of many waiting pods', async () => {
  await addNode('a', { cpu: '5' })
  await Promise.all(Array.from({ length: 30 }, (_, i) => create(`p${i}`)))
  await cluster.settle()
  const all = await cluster.list('Pod')
  expect(all.filter(isUnschedulable)).toHaveLength(25)
  await remove(all.find(hasNode)?.metadata.name ?? '')
  expect(await podsByNode()).toEqual([5])
  expect((await cluster.list('Pod')).filter(isUnschedulable)).toHaveLength(24)
})

test('places every pod and overfills no node, even if requests fail', async () => {
  await cluster.stop()
  const line = badLine(7, { failing: 0.1, lost: 0.2, lateMs: 500, breaking: 0.05 })
  cluster = await start({ line, seed: 7 })
  await cluster.clock.advance('10s')
  for (let i = 0; i < 5; i++) await addNode(`n${i}`, { cpu: '10' })
  await Promise.all(Array.from({ length: 60 }, (_, i) => create(`p${i}`)))
  await cluster.settle({ until: async () => (await cluster.list('Pod')).filter(hasNode).length >= 50 })
  await cluster.clock.advance('1m')
  expect(await podsByNode()).toEqual([10, 10, 10, 10, 10])
})

test('makes room for more important pods', async () => {
  await addNode('a', { cpu: '2' })
  await addPod('low', '1', { priority: 0 })
  await addPod('low2', '1', { priority: 0 })
  // The priority of a class that every cluster has.
  await addPod('high', '1', { priorityClassName: 'system-cluster-critical' })
  const { metadata, status } = await cluster.get('Pod', 'high')
  expect(status.nominatedNodeName).toBe('a')
  const victims = (await cluster.list('Pod')).filter(({ metadata }) => metadata.deletionTimestamp)
  expect(victims.map((victim) => podCondition(victim, 'DisruptionTarget')?.reason)).toEqual(['PreemptionByScheduler'])
  expect(await messages('Preempted')).toEqual([`Preempted by pod ${metadata.uid} on node a`])
  await remove(victims[0]?.metadata.name ?? '')
  expect(await nodeOf('high')).toBe('a')
})
