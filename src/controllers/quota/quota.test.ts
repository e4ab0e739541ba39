import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigMaps, Pods, type ResourceQuotaSpec, ResourceQuotas } from '../../api/core/v1/index.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

const namespace = 'default'
let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1 })
})
afterEach(() => cluster.stop())

async function addQuota(name: string, spec: ResourceQuotaSpec): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec })
  await cluster.settle()
}
const status = async (name: string) => (await cluster.get('ResourceQuota', name)).status

const addPod = (name: string, cpu = '100m') =>
  cluster.client.create(Pods, {
    metadata: { name, namespace },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: name, resources: { requests: { cpu } } }] },
  })

test('counts a new quota; a deletion frees its share', async () => {
  cluster.image('b', { crashAfter: '1m' })
  await addPod('a')
  const hard = { pods: '2', 'requests.cpu': '1', services: '5', 'count/deployments.apps': '1' }
  await addQuota('q', { hard })
  // The Service is the API server's own `kubernetes`.
  const used = { pods: '1', 'requests.cpu': '100m', services: '1', 'count/deployments.apps': '0' }
  expect(await status('q')).toEqual({ hard, used })
  await addPod('b', '200m')
  await expect(addPod('c')).rejects.toThrow('exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2')
  await cluster.settle()
  expect((await status('q')).used).toMatchObject({ pods: '2', 'requests.cpu': '300m' })
  await cluster.delete('Pod', 'a')
  await cluster.clock.advance('30s')
  expect((await status('q')).used).toMatchObject({ pods: '1', 'requests.cpu': '200m' })
  // A finished pod uses nothing.
  await cluster.clock.advance('1m')
  expect((await cluster.get('Pod', 'b')).status.phase).toBe('Failed')
  expect((await status('q')).used).toMatchObject({ pods: '0', 'requests.cpu': '0' })
})

test('counts objects of any kind, and recounts a changed quota', async () => {
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'i' }] } }
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: labels }, template },
  })
  await addQuota('q', { hard: { 'count/deployments.apps': '3' } })
  expect((await status('q')).used).toEqual({ 'count/deployments.apps': '1' })
  await cluster.client.create(ConfigMaps, { metadata: { name: 'm', namespace } })
  await cluster.client.patch(ResourceQuotas, { name: 'q', namespace }, { spec: { hard: { configmaps: '4' } } })
  await cluster.settle()
  // The other ConfigMap holds the root certificate.
  expect(await status('q')).toEqual({
    hard: { 'count/deployments.apps': '3', configmaps: '4' },
    used: { 'count/deployments.apps': '1', configmaps: '2' },
  })
})

test('a quota with scopes counts the objects that they select', async () => {
  await addPod('a')
  await addQuota('best', { hard: { pods: '5' }, scopes: ['BestEffort'] })
  await addQuota('rest', { hard: { pods: '5' }, scopes: ['NotBestEffort'] })
  expect([(await status('best')).used, (await status('rest')).used]).toEqual([{ pods: '0' }, { pods: '1' }])
})
