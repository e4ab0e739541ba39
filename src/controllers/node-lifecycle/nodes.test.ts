import { expect, test } from 'vitest'
import { Nodes } from '../../api/core/v1/index.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'
import { nodeIpamController } from '../node-ipam/node-ipam.ts'

const zoneLabel = 'topology.kubernetes.io/zone'
const pod = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }], ...spec },
})
const nodeOf = async (cluster: TestCluster, name: string) => {
  const { spec, status } = await cluster.get('Node', name)
  const taints = spec.taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`) ?? []
  return { ready: status.conditions?.find(({ type }) => type === 'Ready'), taints: taints.sort() }
}
const conditionOf = async (cluster: TestCluster, name: string, wanted: string) =>
  (await cluster.get('Pod', name)).status.conditions?.find(({ type }) => type === wanted)
/** The Events of an object, as text. */
const eventsOf = async (cluster: TestCluster, name: string) =>
  (await cluster.events({ name })).map(({ type, reason, message }) => `${type} ${reason} ${message}`)

test('a node whose kubelet falls silent: Unknown, its pods not ready, tainted, its pods evicted in time', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  const patient = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }
  await cluster.apply(
    pod('p'),
    pod('patient', { tolerations: [patient] }),
    pod('eternal', { tolerations: [{ operator: 'Exists' }] }),
  )
  await cluster.clock.advance('5m')
  expect(await nodeOf(cluster, 'node-1')).toMatchObject({ ready: { status: 'True' }, taints: [] })

  cluster.node('node-1').partition()
  await cluster.clock.advance('35s')
  expect((await nodeOf(cluster, 'node-1')).ready?.status).toBe('True')
  await cluster.clock.advance('30s')
  const { ready, taints } = await nodeOf(cluster, 'node-1')
  expect(ready).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  })
  expect(taints).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule'])
  expect((await nodeOf(cluster, 'node-2')).ready?.status).toBe('True')
  expect(await eventsOf(cluster, 'node-1')).toContain('Normal NodeNotReady Node node-1 status is now: NodeNotReady')
  expect((await conditionOf(cluster, 'p', 'Ready'))?.status).toBe('False')

  await cluster.clock.advance('70s')
  const deleted = async () => {
    const ending = (await cluster.list('Pod')).filter(({ metadata }) => metadata.deletionTimestamp)
    return ending.map(({ metadata }) => metadata.name).sort()
  }
  expect(await deleted()).toEqual(['patient'])
  expect(await conditionOf(cluster, 'patient', 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  })
  await cluster.clock.advance('5m')
  expect(await deleted()).toEqual(['p', 'patient'])
  expect(await eventsOf(cluster, 'p')).toContain('Normal TaintManagerEviction Marking for deletion Pod default/p')
})

test('a node that comes back in time keeps its pods', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(pod('p'))
  await cluster.clock.advance('20s')
  const { uid } = (await cluster.get('Pod', 'p')).metadata
  cluster.node('node-1').partition()
  await cluster.clock.advance('2m')
  expect((await nodeOf(cluster, 'node-1')).taints).toHaveLength(2)
  await cluster.node('node-1').recover()
  await cluster.clock.advance('10m')
  expect(await nodeOf(cluster, 'node-1')).toMatchObject({ ready: { status: 'True' }, taints: [] })
  expect((await cluster.get('Pod', 'p')).metadata).toMatchObject({ uid })
  expect((await conditionOf(cluster, 'p', 'Ready'))?.status).toBe('True')
  expect(await eventsOf(cluster, 'p')).toContain('Normal TaintManagerEviction Cancelling deletion of Pod default/p')
})

test('conditions and unschedulable become taints, and others’ taints stay', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  const taints = [{ key: 'mine', effect: 'NoSchedule' }]
  await cluster.client.patch(Nodes, { name: 'node-1' }, { spec: { taints } })
  await cluster.node('node-1').cordon()
  cluster.node('node-1').pressure('disk')
  await cluster.clock.advance('11s')
  expect((await nodeOf(cluster, 'node-1')).taints).toEqual([
    'disk-pressure:NoSchedule',
    'mine:NoSchedule',
    'unschedulable:NoSchedule',
  ])
  cluster.node('node-1').pressure('disk', false)
  await cluster.node('node-1').uncordon()
  await cluster.clock.advance('5m11s')
  expect((await nodeOf(cluster, 'node-1')).taints).toEqual(['mine:NoSchedule'])

  // The node reports itself as not ready.
  await cluster.client.create(Nodes, { metadata: { name: 'young' } })
  const conditions = [{ type: 'Ready', status: 'False' }]
  await cluster.client.patch(Nodes, { name: 'young' }, { status: { conditions } }, { subresource: 'status' })
  await cluster.clock.advance('6s')
  expect((await nodeOf(cluster, 'young')).taints).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule'])
})

test('when all nodes are silent, none is tainted for eviction', async () => {
  await using cluster = await startCluster({ nodes: 3 })
  await cluster.clock.advance('20s')
  for (const node of cluster.nodes) node.partition()
  await cluster.clock.advance('10m')
  for (const { name } of cluster.nodes)
    expect(await nodeOf(cluster, name)).toMatchObject({
      ready: { status: 'Unknown' },
      taints: ['unreachable:NoSchedule'],
    })
  await cluster.node('node-1').recover()
  await cluster.clock.advance('1m')
  expect((await nodeOf(cluster, 'node-1')).taints).toEqual([])
  expect((await nodeOf(cluster, 'node-2')).taints).toContain('unreachable:NoExecute')
})

test('a small zone with most nodes lost evicts nothing; a healthy zone evicts a node every 10 s', async () => {
  await using cluster = await startCluster({ nodes: 12 })
  for (const [index, { name }] of cluster.nodes.entries())
    await cluster.client.patch(Nodes, { name }, { metadata: { labels: { [zoneLabel]: index < 4 ? 'a' : 'b' } } })
  await cluster.clock.advance('20s')
  const [inA, inB] = [cluster.nodes.slice(0, 3), cluster.nodes.slice(4, 7)]
  for (const node of [...inA, ...inB]) node.partition()
  await cluster.clock.advance('62s')
  const evicting = async (nodes: typeof inA) =>
    (await Promise.all(nodes.map(({ name }) => nodeOf(cluster, name)))).filter(({ taints }) =>
      taints.includes('unreachable:NoExecute'),
    ).length
  expect(await evicting(inB)).toBeLessThan(3)
  await cluster.clock.advance('5m')
  // The first two of zone a may have been tainted before the third fell silent too.
  expect(await evicting(inA)).toBeLessThan(3)
  expect(await evicting(inB)).toBe(3)
})

test('each node has its own pod CIDR; reuses freed ones, and reports when none is left', async () => {
  await using cluster = await startCluster({ controllers: { clusterCidr: '10.244.0.0/22' } })
  // Create these by hand: simulated nodes bring their own CIDR.
  for (const name of ['n1', 'n2', 'n3', 'n4', 'n5']) {
    await cluster.client.create(Nodes, { metadata: { name } })
    await cluster.settle()
  }
  const cidr = async (name: string) => (await cluster.get('Node', name)).spec.podCIDR
  const all = await Promise.all(['n1', 'n2', 'n3', 'n4'].map(cidr))
  expect(all.sort()).toEqual(['10.244.0.0/24', '10.244.1.0/24', '10.244.2.0/24', '10.244.3.0/24'])
  expect(await cidr('n5')).toBeUndefined()
  expect(await eventsOf(cluster, 'n5')).toContain('Normal CIDRNotAvailable Node n5 status is now: CIDRNotAvailable')
  const freed = await cidr('n2')
  await cluster.delete('Node', 'n2')
  await cluster.clock.advance('10s')
  expect(await cidr('n5')).toBe(freed)
})

test('a bad cluster CIDR is refused', async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const ctx = cluster.context('test')
  expect(() => nodeIpamController(ctx, { clusterCidr: '10.0.0.0' })).toThrow('not an address block')
  expect(() => nodeIpamController(ctx, { clusterCidr: '10.0.0.0/28' })).toThrow('has no room for a /24')
})

test('pod-gc removes orphaned pods', async () => {
  await using cluster = await startCluster({ nodes: 2, controllers: { terminatedPodThreshold: 3 } })
  cluster.image('done', { exitAfter: '1s' })
  const unscheduled = pod('unscheduled', { nodeName: undefined, nodeSelector: { no: 'where' } })
  await cluster.apply(pod('orphan', { nodeName: 'node-2', terminationGracePeriodSeconds: 0 }), pod('stays'), {
    ...unscheduled,
    metadata: { name: 'unscheduled', finalizers: ['example.com/keep'] },
  })
  await cluster.settle()
  await cluster.delete('Pod', 'unscheduled')
  for (let i = 0; i < 5; i++) {
    await cluster.apply(pod(`done${i}`, { restartPolicy: 'Never', containers: [{ name: 'c', image: 'done' }] }))
    await cluster.clock.advance('2s')
  }
  await cluster.node('node-2').fail()
  await cluster.delete('Node', 'node-2')
  const names = async () => (await cluster.list('Pod')).map(({ metadata }) => metadata.name).sort()
  await cluster.clock.advance('21s')
  expect(await names()).toEqual(['done2', 'done3', 'done4', 'orphan', 'stays', 'unscheduled'])
  await cluster.clock.advance('45s')
  expect(await names()).toEqual(['done2', 'done3', 'done4', 'stays', 'unscheduled'])
})
