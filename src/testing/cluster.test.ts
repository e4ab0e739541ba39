import { expect, test } from 'vitest'
import { type Deployment, Deployments } from '../api/apps/v1/index.ts'
import { type Node, Nodes, Pods } from '../api/core/v1/index.ts'
import { startCluster } from './cluster.ts'

const node: Node = {
  metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
}
const web: Deployment = {
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}

test('a deployment becomes pods on a node', async () => {
  await using cluster = await startCluster()
  const { client } = cluster
  await client.create(Nodes, node)
  await client.update(Nodes, node, { subresource: 'status' })
  await client.patch(Nodes, { name: 'node-1' }, { spec: { taints: null } })
  await client.create(Deployments, web)
  await cluster.settle()
  const pods = await client.list(Pods, { namespace: 'default' })
  expect(pods.items.map((pod) => pod.spec.nodeName)).toEqual(['node-1', 'node-1', 'node-1'])
})

test('many clusters live side by side', async () => {
  const clusters = await Promise.all(Array.from({ length: 10 }, () => startCluster()))
  await Promise.all(
    clusters.map(async (cluster, i) => {
      await cluster.client.create(Deployments, { ...web, spec: { ...web.spec, replicas: i } as Deployment['spec'] })
      await cluster.settle()
      expect((await cluster.client.list(Pods)).items).toHaveLength(i)
    }),
  )
  await Promise.all(clusters.map((cluster) => cluster.stop()))
})
