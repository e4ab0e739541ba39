import { expect, test } from 'vitest'
import type { ConfigMap } from '../../api/core/v1/index.ts'
import { ConfigMaps } from '../../api/core/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import { customResource } from '../../client/loose-resource.ts'
import { startCluster } from './cluster.ts'

const name = { name: 'a', namespace: 'default' }
const map = (): ConfigMap => ({ metadata: { ...name }, data: { a: 'b' } })

test('nothing can change the cluster’s answers, in a controller either', async () => {
  await using cluster = await startCluster()
  await cluster.client.create(ConfigMaps, map())
  const read = await cluster.get('ConfigMap', 'a')
  expect(() => Object.assign(read.data ?? {}, { a: 'c' })).toThrow(TypeError)
  expect(() => Object.assign(read.metadata, { labels: {} })).toThrow(TypeError)
  const [listed] = await cluster.list('ConfigMap', { fieldSelector: 'metadata.name=a' })
  expect(Object.isFrozen(listed)).toBe(true)

  const seen: KubeObject[] = []
  await cluster.run((ctx) => {
    ctx.informers.of(ConfigMaps).on({ added: (object) => seen.push(object as KubeObject) })
    return []
  })
  await cluster.settle()
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.every((object) => Object.isFrozen(object) && Object.isFrozen(object.metadata))).toBe(true)
})

test('what a test hands in stays its own: later changes of it reach nothing', async () => {
  await using cluster = await startCluster()
  const own = map()
  const created = await cluster.client.create(ConfigMaps, own)
  own.data = { a: 'changed' }
  expect(created.data).toEqual({ a: 'b' })
  expect((await cluster.client.get(ConfigMaps, name)).data).toEqual({ a: 'b' })
})

test('without freezing, as in production, answers are shared and not checked', async () => {
  await using cluster = await startCluster({ freezes: false })
  await cluster.client.create(ConfigMaps, map())
  const read = await cluster.client.get(ConfigMaps, name)
  expect(Object.isFrozen(read)).toBe(false)
  expect(await cluster.client.get(ConfigMaps, name)).toBe(read)
})

interface Backup extends KubeObject {
  status?: { phase?: string }
}
const Backups = customResource<Backup>({
  group: 'ops.example.com',
  version: 'v1',
  kind: 'Backup',
  resource: 'backups',
  namespaced: true,
})
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'backups.ops.example.com' },
  spec: {
    group: 'ops.example.com',
    scope: 'Namespaced',
    names: { kind: 'Backup', plural: 'backups' },
    versions: [
      { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: anything }, subresources: { status: {} } },
    ],
  },
}

test.each([true, false])('a stale status of a custom resource is a conflict (freezes: %s)', async (freezes) => {
  await using cluster = await startCluster({ freezes })
  await cluster.apply(definition, { apiVersion: 'ops.example.com/v1', kind: 'Backup', metadata: { name: 'db' } })
  const read = await cluster.get(Backups, 'db')
  const { resourceVersion } = read.metadata
  const write = (phase: string) =>
    cluster.client.update(Backups, { ...read, status: { phase } }, { subresource: 'status' })
  await write('Active')
  expect(read.metadata.resourceVersion).toBe(resourceVersion)
  await expect(write('Pending')).rejects.toMatchObject({ code: 409 })
})
