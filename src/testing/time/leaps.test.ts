import { expect, test } from 'vitest'
import { Leases } from '../../api/coordination/v1/index.ts'
import { Nodes } from '../../api/core/v1/index.ts'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'
import { virtualClock } from './clock.ts'

const lease = async (cluster: TestCluster, name = 'node-1') => cluster.get('Lease', name, 'kube-node-lease')
const renewed = async (cluster: TestCluster, name?: string) =>
  Date.parse((await lease(cluster, name)).spec.renewTime ?? '')
const renewals = (cluster: TestCluster) => cluster.timeline({ about: 'leases', all: true }).changes.length
const ready = async (cluster: TestCluster, name: string) =>
  (await cluster.get('Node', name)).status.conditions?.find(({ type }) => type === 'Ready')

test('routine turns are left out until a round before the end; the last ones are at their times', async () => {
  const clock = virtualClock(
    0,
    async () => {},
    () => 'leap',
  )
  const turns: number[] = []
  const goRound = () =>
    clock.routine(10_000, () => {
      turns.push(clock.now() / 1000)
      goRound()
    })
  goRound()
  const seen: number[] = []
  clock.after(3_600_000, () => seen.push(clock.now() / 1000))
  await clock.advance('1d')
  expect(seen).toEqual([3600])
  const round = Array.from({ length: 36 }, (_, i) => 10 * (i + 1))
  expect(turns).toEqual([...round, 86_400 - 360, ...round.map((at) => 86_400 - 360 + at)])
})

test('a leap never skips timers slower than a round', async () => {
  const clock = virtualClock(
    0,
    async () => {},
    () => 'leap',
  )
  let turns = 0
  const goRound = () =>
    clock.routine(600_000, () => {
      turns++
      goRound()
    })
  goRound()
  await clock.advance('1d')
  expect(turns).toBe(144)
})

test('a month: nodes are healthy, and their leases and statuses new', async () => {
  await using cluster = await startCluster({ nodes: 3, seed: 1 })
  await cluster.clock.advance('30d')
  for (const name of ['node-1', 'node-2', 'node-3']) {
    expect(cluster.clock.now() - (await renewed(cluster, name))).toBeLessThan(10_500)
    const condition = await ready(cluster, name)
    expect(condition).toMatchObject({ status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' })
    expect(cluster.clock.now() - Date.parse(condition?.lastHeartbeatTime ?? '')).toBeLessThan(310_000)
    expect((await cluster.get('Node', name)).spec.taints).toBeUndefined()
  }
  expect(renewals(cluster)).toBeLessThan(500)
  expect(await cluster.events({ kind: 'Node' })).not.toContainEqual(expect.objectContaining({ reason: 'NodeNotReady' }))
})

test('a node that fails in the midst of it is noticed as fast as ever', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  const node = cluster.node('node-1')
  cluster.clock.after(3 * 86_400_000, () => void node.fail())
  const began = cluster.clock.now()
  await cluster.clock.advance('10d')
  const condition = await ready(cluster, 'node-1')
  expect(condition?.status).toBe('Unknown')
  const since = Date.parse(condition?.lastTransitionTime ?? '') - began - 3 * 86_400_000
  expect(since).toBeGreaterThan(30_000)
  expect(since).toBeLessThan(60_000)
  expect((await ready(cluster, 'node-2'))?.status).toBe('True')
})

test('a fault that comes in the midst of it is no reason to call a node silent at once', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const began = cluster.clock.now()
  cluster.clock.after(3 * 86_400_000, () => void cluster.faults.add({ resource: 'leases', status: 500 }))
  await cluster.clock.advance('3d10m')
  const { changes } = cluster.timeline({ about: 'nodes/status' })
  const silent = changes.find(({ user }) => user === 'system:kube-controller-manager')
  const since = (silent?.at ?? 0) - began - 3 * 86_400_000
  expect(since).toBeGreaterThan(30_000)
  expect(since).toBeLessThan(70_000)
})

test('a watcher of leases sees each renewal', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const seen: string[] = []
  const changes = cluster.watch('Lease')
  const looking = (async () => {
    for await (const { object } of changes) seen.push(object.spec.renewTime ?? '')
  })()
  await cluster.clock.advance('1h')
  expect(seen.length).toBeGreaterThan(350)
  await changes.return?.()
  await looking
})

test('a read of a lease during a leap gets a new one', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const ages: number[] = []
  for (const hours of [5, 50, 500])
    cluster.clock.after(hours * 3_600_000, async () => ages.push(cluster.clock.now() - (await renewed(cluster))))
  await cluster.clock.advance('30d')
  expect(ages).toHaveLength(3)
  expect(Math.max(...ages)).toBeLessThan(10_500)
  expect(renewals(cluster)).toBeLessThan(500)
})

test("a controller of one's own that follows nodes or leases sees all of it", async () => {
  await using cluster = await startCluster({ nodes: 1 })
  let seen = 0
  await cluster.run(() => [
    {
      name: 'watchdog',
      watches: [{ resource: Leases, keys: ({ metadata }) => [metadata.name] }],
      async reconcile() {
        seen++
      },
    },
  ])
  await cluster.clock.advance('1h')
  expect(seen).toBeGreaterThan(350)
})

test('an image that is new to a node shows in its status soon', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const { client } = cluster
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'a:1' }] },
  }
  cluster.clock.after(86_400_000, () => void cluster.apply(pod))
  await cluster.clock.advance('3d')
  const { changes } = cluster.timeline({ about: 'nodes/status' })
  const first = changes.find(({ diff }) => diff.some((text) => text.includes('images')))
  expect((first?.at ?? 0) - Date.parse('2026-01-02T00:00:00Z')).toBeLessThanOrEqual(10_000)
  expect((await client.get(Nodes, { name: 'node-1' })).status.images).toHaveLength(1)
})

test('a status that has not changed is written every five minutes', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.clock.advance('6m')
  expect(cluster.timeline({ about: 'nodes/status' }).changes).toHaveLength(1)
})
