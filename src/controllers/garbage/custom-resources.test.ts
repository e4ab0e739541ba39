import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import { ConfigMaps, Namespaces } from '../../api/core/v1/index.ts'
import { silentLog } from '../../api/log.ts'
import { looseResource } from '../../client/loose-resource.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

let cluster: TestCluster
let warnings: string[]
beforeEach(async () => {
  warnings = []
  cluster = await startCluster({ log: { ...silentLog, warn: (message) => void warnings.push(message) } })
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
  await cluster.delete('Widget.example.com', 'a')
  await cluster.settle()
  await expect(cluster.get('ConfigMap', 'owned')).rejects.toMatchObject({ code: 404 })
  expect(await cluster.list('Widget.example.com')).toEqual([])
  expect(warnings).toEqual([])
})

test('a namespace takes its custom resources along', async () => {
  await cluster.client.create(Namespaces, { metadata: { name: 'there' } })
  await widget('there')
  await widget('default')
  await cluster.delete('Namespace', 'there')
  await cluster.settle()
  await expect(cluster.get('Namespace', 'there')).rejects.toMatchObject({ code: 404 })
  expect((await cluster.list('Widget.example.com')).map(({ metadata }) => metadata.namespace)).toEqual(['default'])
})

test('a definition goes with its objects, and informers let go of it', async () => {
  await widget('default')
  const informer = cluster.context('test').informers.of(Widgets)
  await informer.synced
  expect(informer.list()).toHaveLength(1)
  await cluster.delete('CustomResourceDefinition', 'widgets.example.com')
  await cluster.settle()
  expect(await cluster.list('CustomResourceDefinition')).toEqual([])
  await expect(cluster.client.list(Widgets)).rejects.toMatchObject({ code: 404 })
  await cluster.clock.advance('2m')
  warnings.length = 0
  await cluster.clock.advance('10m')
  expect(warnings).toEqual([])
})
