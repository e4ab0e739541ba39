import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CustomResourceDefinition, CustomResourceDefinitions } from '../api/apiextensions/v1/index.ts'
import { ConfigMaps, Namespaces } from '../api/core/v1/index.ts'
import { looseResource } from '../client/loose-resource.ts'
import { type ControllerCluster, startControllers } from '../testing/controllers.ts'
import { garbageCollector } from './garbage-collector.ts'
import { namespaceController } from './namespace.ts'
import { servedResources } from './served-resources.ts'

let cluster: ControllerCluster
beforeEach(async () => {
  cluster = await startControllers((ctx) => {
    const resources = () => servedResources(ctx.informers)
    return [garbageCollector(ctx, resources), namespaceController(ctx, resources)]
  })
  await cluster.client.create(CustomResourceDefinitions, crd)
  await cluster.settle()
})
afterEach(() => cluster.stop())

const crd: CustomResourceDefinition = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { n: { type: 'integer' } } } },
          },
        },
      },
    ],
  },
}
const Widgets = looseResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  resource: 'widgets',
  namespaced: true,
})
const widget = (namespace: string, name = 'a') => cluster.client.create(Widgets, { metadata: { name, namespace } })

test('what a custom resource owns goes with it, and it with its owner', async () => {
  const namespace = 'default'
  const { metadata } = await widget(namespace)
  const reference = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'a', uid: metadata.uid }
  await cluster.client.create(ConfigMaps, { metadata: { name: 'owned', namespace, ownerReferences: [reference] } })
  await cluster.client.create(Widgets, { metadata: { name: 'b', namespace, ownerReferences: [reference] } })
  await cluster.settle()
  await cluster.client.delete(Widgets, { name: 'a', namespace })
  await cluster.settle()
  expect(await cluster.find(ConfigMaps, 'owned', namespace)).toBeUndefined()
  expect(await cluster.find(Widgets, 'b', namespace)).toBeUndefined()
  expect(cluster.warnings).toEqual([])
})

test('a namespace takes its custom resources along', async () => {
  await cluster.client.create(Namespaces, { metadata: { name: 'there' } })
  await widget('there')
  await widget('default')
  await cluster.client.delete(Namespaces, { name: 'there' })
  await cluster.settle()
  expect(await cluster.find(Namespaces, 'there')).toBeUndefined()
  expect((await cluster.client.list(Widgets)).items.map((w) => w.metadata.namespace)).toEqual(['default'])
})

test('a definition goes with its objects, and informers let go of it', async () => {
  await widget('default')
  const informer = cluster.ctx.informers.of(Widgets)
  await informer.synced
  expect(informer.list()).toHaveLength(1)
  await cluster.client.delete(CustomResourceDefinitions, { name: 'widgets.example.com' })
  await cluster.settle()
  expect(await cluster.find(CustomResourceDefinitions, 'widgets.example.com')).toBeUndefined()
  await expect(cluster.client.list(Widgets)).rejects.toMatchObject({ code: 404 })
  await cluster.advance('2m')
  const before = cluster.warnings.length
  await cluster.advance('10m')
  expect(cluster.warnings.length, cluster.warnings.join('\n')).toBe(before)
})
