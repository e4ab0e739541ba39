import { expect, test } from 'vitest'
import { ConfigMaps } from '../api/core/v1/index.ts'
import { startCluster } from './cluster.ts'

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}
const map = { metadata: { name: 'm', namespace: 'default' } }

test('a fault strikes so many times; the test itself is spared', async () => {
  await using cluster = await startCluster()
  const remove = cluster.faults.add({ verb: 'create', resource: 'configmaps', name: undefined, status: 409, times: 2 })
  const client = cluster.as('operator', ['system:masters'])
  await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } })
  for (let i = 0; i < 2; i++) await expect(client.create(ConfigMaps, map)).rejects.toMatchObject({ code: 409 })
  await client.create(ConfigMaps, map)
  expect(remove()).toBe(2)
})

test('429 says when to come again', async () => {
  await using cluster = await startCluster()
  cluster.faults.add({ status: 429, retryAfter: 7, user: 'operator' })
  await expect(cluster.as('operator', ['system:masters']).list(ConfigMaps)).rejects.toMatchObject({
    code: 429,
    retryAfterSeconds: 7,
  })
})

test.each([
  ['conflicts', { verb: 'patch' as const, resource: 'pods/status', status: 409, times: 5 }],
  ['errors of the server', { resource: 'pods', status: 500, times: 10 }],
  ['lost connections', { resource: 'replicasets', status: 'reset' as const, times: 3 }],
  ['a slow server', { latency: '3s' }],
])('the cluster gets over %s', async (_, fault) => {
  await using cluster = await startCluster({ nodes: 2 })
  cluster.faults.add(fault)
  await cluster.apply(web)
  await cluster.clock.advance('3m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
})

test('dropped watches, and watches that have to list again', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  cluster.faults.dropWatches('pods')
  await cluster.apply(web)
  await cluster.clock.advance('1m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
  cluster.faults.dropWatches(undefined, 410)
  await cluster.apply({ ...web, spec: { ...web.spec, replicas: 5 } })
  await cluster.clock.advance('1m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 5 } })
})

test('a server that goes away for a while', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  await cluster.apply(web)
  await cluster.faults.restartServer('30s')
  await expect(cluster.as('operator').list(ConfigMaps)).rejects.toThrow('ECONNREFUSED')
  await cluster.clock.advance('29s')
  expect((await cluster.get('Deployment', 'web')).status.readyReplicas).toBeUndefined()
  await cluster.clock.advance('2m')
  expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })
})
