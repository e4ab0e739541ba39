import { expect, test, vi } from 'vitest'
import { podOf, startKubeletWorld } from '../../../test/support/kubelet.ts'
import { Nodes } from '../../api/core/v1/index.ts'
import { simulatedHost } from '../host/simulated.ts'

const where = { name: 'node-1' }
const gpu = 'example.com/gpu'
const status = { subresource: 'status', type: 'strategic' } as const

test('an extended resource that a client writes becomes allocatable within 10 s, and stays until it is taken away', async () => {
  await using world = await startKubeletWorld()
  const { cluster, settled } = world
  const amounts = async () => {
    const { capacity, allocatable } = (await cluster.get('Node', 'node-1')).status
    return [capacity?.[gpu], allocatable?.[gpu], capacity?.cpu, allocatable?.cpu]
  }
  await cluster.client.patch(Nodes, where, { status: { capacity: { [gpu]: '3', cpu: '1000' } } }, status)
  await cluster.clock.advance('10s')
  expect(await amounts()).toEqual(['3', '3', '32', '32'])
  const resources = { requests: { [gpu]: '2' }, limits: { [gpu]: '2' } }
  await cluster.apply(podOf('user', { containers: [{ name: 'main', image: 'app:1', resources }] }))
  await settled('user', 'Running')
  await cluster.clock.advance('10m')
  expect(await amounts()).toEqual(['3', '3', '32', '32'])
  await cluster.client.patch(Nodes, where, { status: { capacity: { [gpu]: null } } }, status)
  await cluster.clock.advance('10s')
  expect(await amounts()).toEqual([undefined, undefined, '32', '32'])
})

test("what others have added to a node's capacity is no reason to write its status again and again", async () => {
  await using world = await startKubeletWorld()
  const { cluster } = world
  await cluster.client.patch(Nodes, where, { status: { capacity: { [gpu]: '3' } } }, status)
  await cluster.clock.advance('10s')
  const { resourceVersion } = (await cluster.get('Node', 'node-1')).metadata
  await cluster.clock.advance('1m')
  expect((await cluster.get('Node', 'node-1')).metadata.resourceVersion).toBe(resourceVersion)
})

test('a restarted kubelet keeps what others have added to the capacity', async () => {
  await using world = await startKubeletWorld()
  const { cluster, kubelet, start } = world
  await cluster.client.patch(Nodes, where, { status: { capacity: { [gpu]: '3' } } }, status)
  await kubelet.stop()
  await start()
  expect((await cluster.get('Node', 'node-1')).status).toMatchObject({
    capacity: { [gpu]: '3' },
    allocatable: { [gpu]: '3' },
  })
})

const nodeEvents = (events: { name: string | undefined; reason: string; message: string }[]) =>
  events.filter(({ name }) => name === 'node-1').map(({ reason, message }) => `${reason}: ${message}`)

const pressures = [
  'NodeHasSufficientMemory: Node node-1 status is now: NodeHasSufficientMemory',
  'NodeHasNoDiskPressure: Node node-1 status is now: NodeHasNoDiskPressure',
  'NodeHasSufficientPID: Node node-1 status is now: NodeHasSufficientPID',
]

test('events report that a node starts, restarts, is cordoned and reboots', async () => {
  await using world = await startKubeletWorld({ host: simulatedHost({ bootId: 'first' }) })
  const { cluster, kubelet, start, events } = world
  const begun = ['Starting: Starting kubelet.', 'NodeAllocatableEnforced: Updated Node Allocatable limit across pods']
  expect(nodeEvents(events)).toEqual([...begun, ...pressures, 'NodeReady: Node node-1 status is now: NodeReady'])

  events.length = 0
  await kubelet.stop()
  const again = await start()
  expect(nodeEvents(events)).toEqual([...begun, ...pressures])

  events.length = 0
  await cluster.client.patch(Nodes, where, { spec: { unschedulable: true } })
  await cluster.clock.advance('10s')
  await cluster.client.patch(Nodes, where, { spec: { unschedulable: null } })
  await cluster.clock.advance('10s')
  expect(nodeEvents(events)).toEqual([
    'NodeNotSchedulable: Node node-1 status is now: NodeNotSchedulable',
    'NodeSchedulable: Node node-1 status is now: NodeSchedulable',
  ])

  events.length = 0
  await again.stop()
  await start({ host: simulatedHost({ bootId: 'second' }) })
  expect(nodeEvents(events)).toContain('Rebooted: Node node-1 has been rebooted, boot id: second')
})

test('events report when the runtime fails and recovers', async () => {
  await using world = await startKubeletWorld()
  const { cluster, runtime, events } = world
  events.length = 0
  const condition = { status: false, reason: 'Down', message: 'it is down' }
  const asked = vi.spyOn(runtime, 'status').mockResolvedValue({ runtimeReady: condition, networkReady: condition })
  await cluster.clock.advance('10s')
  asked.mockRestore()
  await cluster.clock.advance('10s')
  expect(nodeEvents(events)).toEqual([
    'NodeNotReady: Node node-1 status is now: NodeNotReady',
    'NodeReady: Node node-1 status is now: NodeReady',
  ])
})

test('without startEvents a node says nothing of its start', async () => {
  await using world = await startKubeletWorld({ startEvents: false })
  expect(nodeEvents(world.events)).toEqual([])
})

test('pods together are held to what the node does not keep back', async () => {
  const host = simulatedHost({ cpus: 4, memoryBytes: 2 ** 30 })
  const ensure = vi.fn(host.cgroups.ensure)
  const limited = { ...host, cgroups: { ...host.cgroups, ensure } }
  await using world = await startKubeletWorld({ host: limited, reserved: { cpu: '1', memory: '24Mi' } })
  expect(ensure).toHaveBeenCalledWith('/kubepods', { cpuShares: 3072, memoryBytes: 1000 * 2 ** 20 })
  expect(world.events.map(({ reason }) => reason)).toContain('NodeAllocatableEnforced')
})

test('where pods cannot be held to that, the node says so and runs on', async () => {
  const host = simulatedHost()
  const ensure = async () => {
    throw new Error('read-only file system')
  }
  await using world = await startKubeletWorld({ host: { ...host, cgroups: { ...host.cgroups, ensure } } })
  expect(nodeEvents(world.events)).toContain(
    'FailedNodeAllocatableEnforcement: Failed to update Node Allocatable Limits: read-only file system',
  )
  const { conditions } = (await world.cluster.get('Node', 'node-1')).status
  expect(conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
})
