import { afterEach, beforeEach, expect, test } from 'vitest'
import { Deployments } from '../api/apps/v1/index.ts'
import { ConfigMaps, Pods, type ResourceQuotaSpec, ResourceQuotas, ServiceAccounts } from '../api/core/v1/index.ts'
import { type ControllerCluster, startControllers } from '../testing/controllers.ts'
import { quotaController } from './quota.ts'
import { servedResources } from './served-resources.ts'

const namespace = 'default'
let cluster: ControllerCluster
beforeEach(async () => {
  cluster = await startControllers((ctx) => [quotaController(ctx, () => servedResources(ctx.informers))])
  await cluster.client.create(ServiceAccounts, { metadata: { name: 'default', namespace } })
})
afterEach(() => cluster.stop())

async function addQuota(name: string, spec: ResourceQuotaSpec): Promise<void> {
  await cluster.client.create(ResourceQuotas, { metadata: { name, namespace }, spec })
  await cluster.settle()
}

const status = async (name: string) => (await cluster.find(ResourceQuotas, name, namespace))?.status

const addPod = (name: string, cpu = '100m') =>
  cluster.client.create(Pods, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'i', resources: { requests: { cpu } } }] },
  })

test('a new quota is counted; what goes is given back', async () => {
  await addPod('a')
  await addQuota('q', { hard: { pods: '2', 'requests.cpu': '1', services: '5', 'count/deployments.apps': '1' } })
  const hard = { pods: '2', 'requests.cpu': '1', services: '5', 'count/deployments.apps': '1' }
  const used = { pods: '1', 'requests.cpu': '100m', services: '0', 'count/deployments.apps': '0' }
  expect(await status('q')).toEqual({ hard, used })
  await addPod('b', '200m')
  await expect(addPod('c')).rejects.toThrow('exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2')
  await cluster.settle()
  expect((await status('q'))?.used).toMatchObject({ pods: '2', 'requests.cpu': '300m' })
  await cluster.client.delete(Pods, { name: 'a', namespace }, { gracePeriodSeconds: 0 })
  await cluster.settle()
  expect((await status('q'))?.used).toMatchObject({ pods: '1', 'requests.cpu': '200m' })
  // A finished pod uses nothing.
  await cluster.client.patch(Pods, { name: 'b', namespace }, { status: { phase: 'Failed' } }, { subresource: 'status' })
  await cluster.settle()
  expect((await status('q'))?.used).toMatchObject({ pods: '0', 'requests.cpu': '0' })
})

test('objects of any kind are counted, and a changed quota anew', async () => {
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'i' }] } }
  await cluster.client.create(Deployments, {
    metadata: { name: 'web', namespace },
    spec: { selector: { matchLabels: labels }, template },
  })
  await addQuota('q', { hard: { 'count/deployments.apps': '3' } })
  expect((await status('q'))?.used).toEqual({ 'count/deployments.apps': '1' })
  await cluster.client.create(ConfigMaps, { metadata: { name: 'm', namespace } })
  await cluster.client.patch(ResourceQuotas, { name: 'q', namespace }, { spec: { hard: { configmaps: '4' } } })
  await cluster.settle()
  expect(await status('q')).toEqual({
    hard: { 'count/deployments.apps': '3', configmaps: '4' },
    used: { 'count/deployments.apps': '1', configmaps: '1' },
  })
})

test('a quota with scopes counts what they choose', async () => {
  await addPod('a')
  await addQuota('best', { hard: { pods: '5' }, scopes: ['BestEffort'] })
  await addQuota('rest', { hard: { pods: '5' }, scopes: ['NotBestEffort'] })
  expect([(await status('best'))?.used, (await status('rest'))?.used]).toEqual([{ pods: '0' }, { pods: '1' }])
})
