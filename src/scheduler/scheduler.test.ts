import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Call } from '../api/call.ts'
import { Events, Namespaces, type Node, Nodes, type Pod, type PodSpec, Pods } from '../api/core/v1/index.ts'
import { serviceUnavailable } from '../api/errors.ts'
import type { Stored } from '../api/object.ts'
import { systemRandom } from '../api/random.ts'
import { startTestServer, type TestServer } from '../apiserver/testing.ts'
import type { Client } from '../client/client.ts'
import { eventRecorder } from '../client/events.ts'
import { createInformers } from '../client/informers.ts'
import { localClient } from '../client/local.ts'
import { silentLog } from '../client/log.ts'
import { podCondition } from '../client/pods.ts'
import { flakyClient } from '../client/testing/flaky-client.ts'
import { nextTurn } from '../client/turn.ts'
import { type VirtualClock, virtualClock } from '../testing/clock.ts'
import { type Scheduler, startScheduler } from './scheduler.ts'

const namespace = 'default'
let server: TestServer
let clock: VirtualClock
let client: Client
let backendClient: Client
let scheduler: Scheduler
let stop: () => void
/** Refuses calls of the scheduler. */
let refuse: (call: Call) => boolean

beforeEach(async () => {
  clock = virtualClock()
  server = await startTestServer({ clock, bootstrap: false })
  client = localClient(server.server, { name: 'admin', groups: ['system:masters'] })
  await client.create(Namespaces, { metadata: { name: namespace } })
  refuse = () => false
  const backend = {
    ...server.server,
    resource: server.server.resource,
    watch: server.server.watch,
    call: (call: Call) => (refuse(call) ? Promise.reject(serviceUnavailable('try later')) : server.server.call(call)),
  }
  backendClient = localClient(backend, { name: 'system:kube-scheduler', groups: ['system:authenticated'] })
  await start()
})

afterEach(async () => {
  stop()
  await server.close()
})

async function start(line = (own: Client) => own): Promise<void> {
  const own = line(backendClient)
  const sources = { client: own, clock, random: systemRandom, log: silentLog }
  const informers = createInformers(sources)
  scheduler = startScheduler({
    ...sources,
    informers,
    events: eventRecorder({ ...sources, component: 'scheduler' }),
  })
  stop = () => {
    scheduler.stop()
    informers.stop()
  }
  let started = false
  void scheduler.started.then(() => {
    started = true
  })
  // On a bad line the first lists take a back-off or two.
  for (let turn = 0; !started; turn++) await (turn > 100 ? clock.advance('1s') : nextTurn())
}

async function until<T>(read: () => Promise<T>, accept: (value: T) => unknown): Promise<T> {
  const deadline = performance.now() + 5000
  for (;;) {
    const value = await read()
    if (accept(value)) return value
    if (performance.now() > deadline) throw new Error(`never came: ${JSON.stringify(value, null, 1)}`)
    await nextTurn()
  }
}

async function addNode(name: string, allocatable: Record<string, string> = {}, spec: Node['spec'] = {}): Promise<void> {
  await client.create(Nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec })
  const status = { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable } }
  await client.patch(Nodes, { name }, { status }, { subresource: 'status' })
  // New nodes are tainted as not ready.
  await client.patch(Nodes, { name }, { spec: { taints: spec.taints ?? null } })
}

const addPod = (name: string, cpu = '1', spec: Partial<PodSpec> = {}) =>
  client.create(Pods, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'web', resources: { requests: { cpu } } }], ...spec },
  })

const pod = (name: string) => () => client.get(Pods, { name, namespace })
const hasNode = ({ spec }: Stored<Pod>) => spec.nodeName
const isUnschedulable = (one: Stored<Pod>) => podCondition(one, 'PodScheduled')?.status === 'False'
const messages = async (reason: string) =>
  (await client.list(Events, { namespace })).items.filter((event) => event.reason === reason).map((e) => e.message)
const come = (all: unknown[]) => all.length > 0

test('gives pods their nodes, and says so', async () => {
  await addNode('a')
  await addPod('web')
  const bound = await until(pod('web'), hasNode)
  expect(bound.spec.nodeName).toBe('a')
  expect(podCondition(bound, 'PodScheduled')).toMatchObject({ status: 'True' })
  expect(await until(() => messages('Scheduled'), come)).toEqual(['Successfully assigned default/web to a'])
  expect((await client.list(Events, { namespace })).items[0]?.source?.component).toBe('default-scheduler')
  expect(scheduler.pending).toEqual({ active: 0, backoff: 0, unschedulable: 0, gated: 0 })
})

test('says why a pod is pending, and places it when a node comes that has room', async () => {
  await addNode('small', { cpu: '500m' })
  await addPod('web')
  const waiting = await until(pod('web'), isUnschedulable)
  const message =
    '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.'
  expect(podCondition(waiting, 'PodScheduled')).toMatchObject({ reason: 'Unschedulable', message })
  expect(await until(() => messages('FailedScheduling'), come)).toEqual([message])
  await addNode('large')
  expect((await until(pod('web'), hasNode)).spec.nodeName).toBe('large')
})

test('places waiting pods when others go, when taints go, and when they are changed themselves', async () => {
  await addNode('a', { cpu: '1' })
  await addNode('b', {}, { taints: [{ key: 'k', effect: 'NoSchedule' }] })
  await addPod('first')
  await until(pod('first'), hasNode)
  await addPod('second')
  await until(pod('second'), isUnschedulable)
  await client.delete(Pods, { name: 'first', namespace }, { gracePeriodSeconds: 0 })
  expect((await until(pod('second'), hasNode)).spec.nodeName).toBe('a')

  await addPod('third')
  const third = await until(pod('third'), isUnschedulable)
  const tolerations = [...(third.spec.tolerations ?? []), { key: 'k', operator: 'Exists' }]
  await client.patch(Pods, { name: 'third', namespace }, { spec: { tolerations } }, { type: 'strategic' })
  expect((await until(pod('third'), hasNode)).spec.nodeName).toBe('b')

  await addPod('fourth')
  await until(pod('fourth'), isUnschedulable)
  await client.patch(Nodes, { name: 'b' }, { spec: { taints: null } })
  expect((await until(pod('fourth'), hasNode)).spec.nodeName).toBe('b')
})

test('a pod that has ended needs no room', async () => {
  await addNode('a', { cpu: '1' })
  await addPod('job')
  await until(pod('job'), hasNode)
  await addPod('next')
  await until(pod('next'), isUnschedulable)
  await client.patch(Pods, { name: 'job', namespace }, { status: { phase: 'Succeeded' } }, { subresource: 'status' })
  await until(pod('next'), hasNode)
})

test('waits for scheduling gates, and leaves to other schedulers what is theirs', async () => {
  await addNode('a')
  await addPod('gated', '1', { schedulingGates: [{ name: 'example.com/wait' }] })
  await addPod('foreign', '1', { schedulerName: 'other' })
  await addPod('web')
  await until(pod('web'), hasNode)
  expect(hasNode(await pod('gated')())).toBeUndefined()
  expect(hasNode(await pod('foreign')())).toBeUndefined()
  expect(scheduler.pending.gated).toBe(1)
  await client.patch(Pods, { name: 'gated', namespace }, { spec: { schedulingGates: [] } })
  await until(pod('gated'), hasNode)
})

test('tries again when a binding fails, and the place is free meanwhile', async () => {
  await addNode('a', { cpu: '1' })
  refuse = ({ subresource, name }) => subresource === 'binding' && name === 'web'
  await addPod('web')
  await until(() => messages('FailedScheduling'), come)
  await addPod('other')
  await until(pod('other'), hasNode)
  await client.delete(Pods, { name: 'other', namespace }, { gracePeriodSeconds: 0 })
  refuse = () => false
  await clock.advance('1s')
  await until(pod('web'), hasNode)
})

test('fills nodes to the last place and no further, whoever else binds pods', async () => {
  for (let i = 0; i < 5; i++) await addNode(`n${i}`, { cpu: '10' })
  await Promise.all(Array.from({ length: 60 }, (_, i) => addPod(`p${i}`, '1', i % 12 === 0 ? { nodeName: 'n0' } : {})))
  const all = async () => (await client.list(Pods, { namespace })).items
  await until(all, (pods) => pods.filter(hasNode).length === 50 && pods.filter(isUnschedulable).length === 10)
  const byNode = Map.groupBy((await all()).filter(hasNode), hasNode)
  expect([...byNode.values()].map((pods) => pods.length)).toEqual([10, 10, 10, 10, 10])
  await until(
    async () => scheduler.idle,
    (idle) => idle,
  )
  expect(scheduler.pending.unschedulable).toBe(10)
})

test('one place that gets free is given to one of many who wait', async () => {
  await addNode('a', { cpu: '5' })
  await Promise.all(Array.from({ length: 30 }, (_, i) => addPod(`p${i}`)))
  const all = async () => (await client.list(Pods, { namespace })).items
  const [first] = await until(all, (pods) => pods.filter(isUnschedulable).length === 25)
  const gone = (await all()).find(hasNode) ?? first
  await client.delete(Pods, gone?.metadata ?? { name: '' }, { gracePeriodSeconds: 0 })
  await until(all, (pods) => pods.filter(hasNode).length === 5)
  await until(
    async () => scheduler.idle,
    (idle) => idle,
  )
  expect((await all()).filter(hasNode)).toHaveLength(5)
  expect(scheduler.pending).toMatchObject({ active: 0, unschedulable: 24 })
})

test('on a bad line, too, every pod finds its place, and no node is given more than it has', async () => {
  let seed = 7
  const next = () => {
    seed = (seed * 48271) % 2147483647
    return seed / 2147483647
  }
  stop()
  for (let i = 0; i < 5; i++) await addNode(`n${i}`, { cpu: '10' })
  await start((own) => flakyClient(own, { clock, next, failing: 0.1, lost: 0.2, lateMs: 500, breaking: 0.05 }))
  await Promise.all(Array.from({ length: 60 }, (_, i) => addPod(`p${i}`)))
  const all = async () => (await client.list(Pods, { namespace })).items
  for (let tries = 0; (await all()).filter(hasNode).length < 50; tries++) {
    await clock.advance('1s')
    if (tries > 300) throw new Error('they never find their places')
  }
  await clock.advance('1m')
  const byNode = Map.groupBy((await all()).filter(hasNode), hasNode)
  expect([...byNode.values()].map((pods) => pods.length)).toEqual([10, 10, 10, 10, 10])
})

test('makes room for the more important', async () => {
  await addNode('a', { cpu: '2' })
  await addPod('low', '1', { priority: 0 })
  await addPod('low2', '1', { priority: 0 })
  await until(pod('low'), hasNode)
  await until(pod('low2'), hasNode)
  // The priority of a class that every cluster has.
  await addPod('high', '1', { priorityClassName: 'system-cluster-critical' })
  const waiting = await until(pod('high'), ({ status }) => status.nominatedNodeName)
  expect(waiting.status.nominatedNodeName).toBe('a')
  const ending = async () =>
    (await client.list(Pods, { namespace })).items.filter(({ metadata }) => metadata.deletionTimestamp)
  const [victim] = await until(ending, (pods) => pods.length === 1)
  expect(podCondition(victim as Stored<Pod>, 'DisruptionTarget')).toMatchObject({ reason: 'PreemptionByScheduler' })
  expect(await until(() => messages('Preempted'), come)).toEqual([`Preempted by pod ${waiting.metadata.uid} on node a`])
  await client.delete(Pods, victim?.metadata ?? { name: '' }, { gracePeriodSeconds: 0 })
  await until(pod('high'), hasNode)
})
