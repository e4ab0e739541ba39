import { join } from 'node:path'
import { ConfigMaps, Deployments } from 'k8ts/client'
import { conditionOf, hasFinalizer } from 'k8ts/controller'
import { startCluster, type TestCluster } from 'k8ts/testing'
import { describe, expect, test } from 'vitest'
import { finalizer, websites } from './controller.ts'
import { register } from './hosts.ts'
import { type Website, Websites } from './website.ts'

const here = (file: string) => join(import.meta.dirname, file)

/** A cluster in which the operator runs. */
async function start(): Promise<TestCluster> {
  const cluster = await startCluster({ nodes: 2, seed: 'websites' })
  await cluster.apply(here('crd.yaml'))
  await cluster.settle()
  await cluster.run((ctx) => [websites(ctx)], { name: 'website-operator' })
  return cluster
}

const site = (name: string, spec: Partial<Website['spec']> = {}) => ({
  apiVersion: Websites.apiVersion,
  kind: Websites.kind,
  metadata: { name, namespace: 'default' },
  spec: { host: 'shop.example.com', image: 'shop:1', ...spec },
})
const readyOf = async (cluster: TestCluster, name: string) =>
  conditionOf((await cluster.get(Websites, name)).status?.conditions, 'Ready')
const hosts = async ({ client }: TestCluster) => (await client.get(ConfigMaps, register)).data ?? {}

test('a Website becomes a Deployment, a Service and an Ingress, and says when it serves', async () => {
  await using cluster = await start()
  cluster.image('shop:*', { start: '5s' })
  await cluster.apply(here('shop.yaml'))
  await cluster.settle()
  expect(await readyOf(cluster, 'shop')).toMatchObject({ status: 'False', reason: 'RollingOut' })

  await cluster.clock.advance('10s')
  await cluster.settle()
  const shop = await cluster.get(Websites, 'shop')
  expect(shop.spec).toMatchObject({ replicas: 2, port: 80 })
  expect(shop.status).toMatchObject({ readyReplicas: 2, url: 'http://shop.example.com/', observedGeneration: 1 })
  expect(await readyOf(cluster, 'shop')).toMatchObject({ status: 'True', reason: 'Serving' })
  expect(hasFinalizer(shop, finalizer)).toBe(true)

  const owned = [{ kind: 'Website', name: 'shop', uid: shop.metadata.uid, controller: true }]
  for (const kind of ['Deployment', 'Service', 'Ingress'] as const)
    expect((await cluster.get(kind, 'shop')).metadata.ownerReferences).toMatchObject(owned)
  expect((await cluster.get('Ingress', 'shop')).spec.rules).toMatchObject([{ host: 'shop.example.com' }])
})

test('its parts follow it, and what others change of them is put right', async () => {
  await using cluster = await start()
  await cluster.apply(site('shop'))
  await cluster.settle()
  await cluster.client.patch(Websites, { name: 'shop', namespace: 'default' }, { spec: { replicas: 3 } })
  await cluster.settle()
  expect(await cluster.get(Websites, 'shop')).toMatchObject({ status: { readyReplicas: 3, observedGeneration: 2 } })

  await cluster.client.patch(Deployments, { name: 'shop', namespace: 'default' }, { spec: { replicas: 1 } })
  await cluster.delete('Service', 'shop')
  await cluster.settle()
  expect(await cluster.get('Deployment', 'shop')).toMatchObject({ spec: { replicas: 3 } })
  expect(await cluster.get('Service', 'shop')).toMatchObject({ spec: { ports: [{ port: 80, targetPort: 'http' }] } })
})

test('a new image is rolled out before it says that it serves again', async () => {
  await using cluster = await start()
  await cluster.apply(site('shop'))
  await cluster.settle()
  cluster.image('shop:2', { start: '5s' })
  await cluster.client.patch(Websites, { name: 'shop', namespace: 'default' }, { spec: { image: 'shop:2' } })
  await cluster.settle()
  expect(await readyOf(cluster, 'shop')).toMatchObject({ status: 'False', message: '1 of 1 pods are ready' })
  await cluster.clock.advance('10s')
  expect(await readyOf(cluster, 'shop')).toMatchObject({ status: 'True', observedGeneration: 2 })
})

test('nothing is written while there is nothing to do', async () => {
  await using cluster = await start()
  await cluster.apply(site('shop'))
  await cluster.settle()
  const before = (await cluster.get(Websites, 'shop')).metadata.resourceVersion
  await cluster.clock.advance('1h')
  expect((await cluster.get(Websites, 'shop')).metadata.resourceVersion).toBe(before)
})

describe('hosts', () => {
  test('one that another Website has is refused until it is free', async () => {
    await using cluster = await start()
    await cluster.apply(site('shop'))
    await cluster.settle()
    await cluster.apply(site('rival'))
    await cluster.settle()
    expect(await readyOf(cluster, 'rival')).toMatchObject({
      status: 'False',
      reason: 'HostTaken',
      message: 'shop.example.com belongs to the Website default/shop',
    })
    expect(await cluster.events({ kind: 'Website', name: 'rival' })).toMatchObject([{ reason: 'HostTaken' }])
    await expect(cluster.get('Deployment', 'rival')).rejects.toMatchObject({ code: 404 })

    await cluster.delete(Websites, 'shop')
    await cluster.clock.advance('2m')
    await cluster.settle()
    expect(await readyOf(cluster, 'rival')).toMatchObject({ status: 'True' })
    expect(await hosts(cluster)).toEqual({ 'shop.example.com': 'default/rival' })
  })

  test('a Website that goes gives its host back, and takes its parts along', async () => {
    await using cluster = await start()
    await cluster.apply(site('shop'))
    await cluster.settle()
    expect(await hosts(cluster)).toEqual({ 'shop.example.com': 'default/shop' })
    await cluster.delete(Websites, 'shop')
    await cluster.clock.advance('1m')
    await cluster.settle()
    await expect(cluster.get(Websites, 'shop')).rejects.toMatchObject({ code: 404 })
    await expect(cluster.get('Deployment', 'shop')).rejects.toMatchObject({ code: 404 })
    expect(await cluster.list('Pod', { namespace: 'default' })).toEqual([])
    expect(await hosts(cluster)).toEqual({})
  })

  test('a change of host gives the old one back', async () => {
    await using cluster = await start()
    await cluster.apply(site('shop'))
    await cluster.settle()
    const name = { name: 'shop', namespace: 'default' }
    await cluster.client.patch(Websites, name, { spec: { host: 'www.example.com' } })
    await cluster.settle()
    expect(await hosts(cluster)).toEqual({ 'www.example.com': 'default/shop' })
  })
})

test('the API server fails now and then: it is done at last', async () => {
  await using cluster = await start()
  const faults = [
    cluster.faults.add({ verb: 'create', resource: 'services', status: 500, times: 3 }),
    cluster.faults.add({ verb: 'update', resource: 'websites/status', status: 409, times: 3 }),
  ]
  await cluster.apply(site('shop'))
  await cluster.settle({ until: async () => (await readyOf(cluster, 'shop'))?.status === 'True' })
  expect(await cluster.get('Service', 'shop')).toBeDefined()
  expect(faults.map((remove) => remove())).toEqual([3, 3])
})

test('a node dies: the Website says so, and serves again when its pods are elsewhere', async () => {
  await using cluster = await start()
  await cluster.apply(site('shop', { replicas: 2 }))
  await cluster.settle()
  await cluster.node('node-1').fail()
  await cluster.clock.advance('1m')
  await cluster.settle()
  expect(await readyOf(cluster, 'shop')).toMatchObject({ status: 'False', reason: 'RollingOut' })
  await cluster.clock.advance('6m')
  await cluster.settle()
  expect(await readyOf(cluster, 'shop')).toMatchObject({ status: 'True' })
})

test('what the schema does not allow is refused', async () => {
  await using cluster = await start()
  await expect(cluster.apply(site('bad', { host: 'Not A Host' }))).rejects.toMatchObject({ code: 422 })
})
