import { expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'

const web = (replicas = 3) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
})

async function withWeb(): Promise<TestCluster> {
  const cluster = await startCluster({ nodes: 3 })
  await cluster.apply(web())
  await cluster.settle()
  return cluster
}
const ready = async (cluster: TestCluster, node: string) =>
  (await cluster.get('Node', node)).status.conditions?.find(({ type }) => type === 'Ready')?.status
const taints = async (cluster: TestCluster, node: string) =>
  (await cluster.get('Node', node)).spec.taints?.map(({ key }) => key) ?? []

test('a partition: the node counts as lost, and clears away what was evicted when it is back', async () => {
  await using cluster = await withWeb()
  const node = cluster.node('node-2')
  node.partition()
  await cluster.clock.advance('40s')
  expect(await ready(cluster, 'node-2')).toBe('True')
  await cluster.clock.advance('20s')
  expect(await ready(cluster, 'node-2')).toBe('Unknown')
  await cluster.clock.advance('6m')
  const there = async () => (await cluster.list('Pod')).filter((pod) => pod.spec.nodeName === 'node-2')
  expect(await there()).toHaveLength(1)
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
  await node.recover()
  await cluster.clock.advance('2m')
  expect(await ready(cluster, 'node-2')).toBe('True')
  expect(await taints(cluster, 'node-2')).toEqual([])
  expect(await there()).toEqual([])
})

test('a short failure: the containers are started anew, on the same node', async () => {
  await using cluster = await withWeb()
  await cluster.node('node-1').fail()
  await cluster.clock.advance('10s')
  await cluster.node('node-1').recover()
  await cluster.clock.advance('1m')
  const pods = await cluster.list('Pod')
  expect(pods.map((pod) => pod.spec.nodeName).sort()).toEqual(['node-1', 'node-2', 'node-3'])
  const restarted = pods.find((pod) => pod.spec.nodeName === 'node-1')
  expect(restarted?.status.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 1 })
})

test('draining moves pods, as far as their budget lets it', async () => {
  await using cluster = await withWeb()
  await cluster.apply({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 3, selector: { matchLabels: { app: 'web' } } },
  })
  await cluster.settle()
  const held = await cluster.node('node-1').drain()
  expect(held).toHaveLength(1)
  await cluster.delete('PodDisruptionBudget', 'web')
  expect(await cluster.node('node-1').drain()).toEqual([])
  await cluster.clock.advance('1m')
  const nodes = (await cluster.list('Pod')).map((pod) => pod.spec.nodeName)
  expect(nodes).toHaveLength(3)
  expect(nodes).not.toContain('node-1')
  await cluster.node('node-1').uncordon()
  expect((await cluster.get('Node', 'node-1')).spec.unschedulable).toBeUndefined()
})

test('a clock that is fast shows in what the node reports', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.node('node-1').skewClock('1h')
  await cluster.clock.advance('10m')
  const heartbeat = (await cluster.get('Node', 'node-1')).status.conditions?.[0]?.lastHeartbeatTime ?? ''
  expect(Date.parse(heartbeat) - cluster.clock.now()).toBeGreaterThan(50 * 60_000)
  expect(await ready(cluster, 'node-1')).toBe('True')
})

test('a node that does not exist is named', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  expect(() => cluster.node('node-9')).toThrow('no such node: node-9; there are node-1')
})

test('pods that their node refuses are replaced over and over, but not at one instant', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const container = { name: 'c', image: 'web:1', resources: { requests: { cpu: '1000' } } }
  const labels = { app: 'large' }
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'large' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { nodeName: 'node-1', containers: [container] } },
    },
  })
  await cluster.settle()
  const phases = async () => (await cluster.list('Pod')).map(({ status }) => status.phase).sort()
  expect(await phases()).toEqual([...Array(10).fill('Failed'), 'Pending'])
  await cluster.clock.advance('2s')
  expect((await phases()).length).toBeLessThan(40)
  const failed = (await cluster.list('Pod')).find(({ status }) => status.phase === 'Failed')
  expect(failed?.status.reason).toBe('OutOfcpu')
  await cluster.delete('Deployment', 'large')
  await cluster.clock.advance('1s')
  expect(await cluster.list('Pod')).toEqual([])
})
