import { expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../cluster/cluster.ts'

const web = (replicas: number, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'web:1', ...container }], ...spec },
    },
  },
})
const pod = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: 'node-1', containers: [{ name: 'main', image: `${name}:1`, ...container }], ...spec },
})

const condition = async (cluster: TestCluster, node: string, type: string) =>
  (await cluster.get('Node', node)).status.conditions?.find((c) => c.type === type)?.status
const taints = async (cluster: TestCluster, node: string) =>
  (await cluster.get('Node', node)).spec.taints?.map(({ key }) => key) ?? []
const evicted = async (cluster: TestCluster) =>
  (await cluster.list('Pod')).filter(({ status }) => status.reason === 'Evicted').map(({ metadata }) => metadata.name)

test('a node under pressure evicts its pods, which start elsewhere, and takes pods again when it is over', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(web(2))
  await cluster.settle()
  cluster.node('node-2').pressure('disk')
  await cluster.clock.advance('15s')
  expect(await condition(cluster, 'node-2', 'DiskPressure')).toBe('True')
  expect(await taints(cluster, 'node-2')).toEqual(['node.kubernetes.io/disk-pressure'])
  await cluster.clock.advance('30s')
  const pods = await cluster.list('Pod')
  const gone = pods.find(({ status }) => status.phase === 'Failed')
  expect(gone).toMatchObject({
    spec: { nodeName: 'node-2' },
    status: {
      reason: 'Evicted',
      message: 'The node was low on resource: ephemeral-storage. Threshold quantity: 109951162777, available: 0. ',
    },
  })
  expect(gone?.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }),
  )
  const running = pods.filter(({ status }) => status.phase === 'Running')
  expect(running.map(({ spec }) => spec.nodeName)).toEqual(['node-1', 'node-1'])
  const reasons = (await cluster.events({ kind: 'Node', name: 'node-2' })).map(({ reason }) => reason)
  expect(reasons).toEqual(expect.arrayContaining(['NodeHasDiskPressure', 'EvictionThresholdMet']))

  cluster.node('node-2').pressure('disk', false)
  await cluster.clock.advance('4m')
  expect(await condition(cluster, 'node-2', 'DiskPressure')).toBe('True')
  await cluster.clock.advance('90s')
  expect(await condition(cluster, 'node-2', 'DiskPressure')).toBe('False')
  expect(await taints(cluster, 'node-2')).toEqual([])
})

test('evicts pods beyond their memory request first, then lower priority; critical pods stay', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('greedy:1', { memory: '300Mi' })
  cluster.image('modest:1', { memory: '50Mi' })
  cluster.image('critical:1', { memory: '900Mi' })
  const requests = { resources: { requests: { memory: '100Mi' } } }
  await cluster.apply({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'high' },
    value: 1000,
  })
  await cluster.apply(
    pod('greedy', { priorityClassName: 'high' }, requests),
    pod('modest', {}, requests),
    pod('besteffort'),
    {
      ...pod('critical', { priorityClassName: 'system-node-critical' }),
      metadata: { name: 'critical', namespace: 'kube-system' },
    },
  )
  await cluster.settle()
  cluster.node('node-1').pressure('memory')
  const order: string[] = []
  for (let i = 0; i < 6; i++) {
    await cluster.clock.advance('10s')
    order.push(...(await evicted(cluster)).filter((name) => !order.includes(name)))
  }
  expect(order).toEqual(['besteffort', 'greedy', 'modest'])
  expect(await cluster.get('Pod', 'greedy')).toMatchObject({
    status: {
      message: expect.stringContaining(
        'Container main was using 300Mi, request is 100Mi, has larger consumption of memory. ',
      ),
    },
  })

  // Under memory pressure it accepts pods that request memory, and refuses pods that request nothing.
  await cluster.apply(pod('later'), pod('burstable', {}, requests))
  await cluster.settle()
  expect(await cluster.get('Pod', 'later')).toMatchObject({
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: expect.stringContaining('The node had condition: [MemoryPressure]. '),
    },
  })
  expect(await cluster.get('Pod', 'burstable')).toMatchObject({ status: { phase: 'Running' } })
})

test('a node that cannot report its pressure refuses no pod', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  const mend = cluster.faults.add({ resource: 'nodes/status', status: 500 })
  await cluster.apply(web(2))
  cluster.node('node-1').pressure('disk')
  await cluster.clock.advance('45s')
  const pods = await cluster.list('Pod')
  expect(pods.filter(({ status }) => status.phase === 'Running')).toHaveLength(2)
  expect((await evicted(cluster)).length).toBeGreaterThan(0)
  expect(pods.length).toBeLessThan(10)
  mend()
  await cluster.clock.advance('30s')
  expect(await taints(cluster, 'node-1')).toEqual(['node.kubernetes.io/disk-pressure'])
})

test('process numbers can be short, too', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  await cluster.apply(pod('low'))
  await cluster.settle()
  cluster.node('node-1').pressure('pid')
  await cluster.clock.advance('15s')
  expect(await condition(cluster, 'node-1', 'PIDPressure')).toBe('True')
  expect(await taints(cluster, 'node-1')).toEqual(['node.kubernetes.io/pid-pressure'])
  expect(await cluster.get('Pod', 'low')).toMatchObject({
    status: {
      reason: 'Evicted',
      message: 'The node was low on resource: pids. Threshold quantity: 1k, available: 0. ',
    },
  })
})

test('pods that use up a whole machine bring it under pressure by themselves, and their eviction relieves it', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('big:1', { memory: '200Gi' })
  cluster.image('other:1', { memory: '56Gi' })
  await cluster.apply(pod('big'), pod('other'))
  await cluster.clock.advance('20s')
  expect(await evicted(cluster)).toEqual(['big'])
  await cluster.clock.advance('1m')
  expect(await evicted(cluster)).toEqual(['big'])
  expect(await cluster.get('Pod', 'other')).toMatchObject({ status: { phase: 'Running' } })
})

test('more memory than its limit is the end of a container; more disk, of its pod', async () => {
  await using cluster = await startCluster({ nodes: 1 })
  cluster.image('oom:1', { memory: '300Mi' })
  cluster.image('writer:1', { disk: '2Gi' })
  await cluster.apply(
    pod('oom', { restartPolicy: 'Never' }, { resources: { limits: { memory: '200Mi' } } }),
    pod('writer', {}, { resources: { limits: { 'ephemeral-storage': '1Gi' } } }),
  )
  await cluster.clock.advance('15s')
  expect(await cluster.get('Pod', 'oom')).toMatchObject({
    status: {
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
    },
  })
  expect(await cluster.get('Pod', 'writer')).toMatchObject({
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
    },
  })
})
