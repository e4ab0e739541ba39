import { expect, test } from 'vitest'
import { type Deployment, Deployments } from '../api/apps/v1/index.ts'
import { type ConfigMap, ConfigMaps } from '../api/core/v1/index.ts'
import { startCluster } from '../testing/index.ts'
import { ensure, overlay } from './ensure.ts'
import { seen } from './own-writes.ts'

const wanted = {
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
} satisfies Deployment
const settings = (name: string) => ({ metadata: { name, namespace: 'default' } }) satisfies ConfigMap

test('made once, left alone while it is as wanted, changed only where it differs', async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const ctx = cluster.context('test')
  const { client } = ctx
  const owner = { resource: ConfigMaps, object: await client.create(ConfigMaps, settings('owner')) }

  const made = await ensure(ctx, Deployments, wanted, owner)
  expect(made.change).toBe('created')
  expect(made.object.metadata.ownerReferences).toMatchObject([{ kind: 'ConfigMap', name: 'owner', controller: true }])
  const again = await ensure(ctx, Deployments, wanted, owner)
  expect(again).toEqual({ change: 'none', object: made.object })

  // Another writer's label stays, and so do the defaults inside the list of containers.
  const { metadata } = made.object
  const labelled = await client.patch(Deployments, metadata, { metadata: { labels: { tier: 'front' } } })
  await seen(ctx.informers.of(Deployments), labelled)
  const spec = structuredClone(wanted.spec)
  spec.template.spec.containers = [{ name: 'web', image: 'web:2' }]
  const changed = await ensure(ctx, Deployments, { ...wanted, spec }, owner)
  expect(changed.change).toBe('updated')
  expect(changed.object.metadata.labels).toEqual({ app: 'web', tier: 'front' })
  expect(changed.object.spec.template.spec?.containers).toMatchObject([
    { name: 'web', image: 'web:2', imagePullPolicy: 'IfNotPresent' },
  ])
})

test('a whole field has only the wanted content', async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const ctx = cluster.context('test')
  const scope = { fieldSelector: 'metadata.name=settings' }
  const of = (data: Record<string, string>) => ({ ...settings('settings'), data })
  const owner = undefined
  await ensure(ctx, ConfigMaps, of({ a: '1', b: '2' }), owner, { scope })
  const merged = await ensure(ctx, ConfigMaps, of({ a: '3' }), owner, { scope })
  expect(merged.object.data).toEqual({ a: '3', b: '2' })
  const whole = await ensure(ctx, ConfigMaps, of({ a: '3' }), owner, { scope, whole: ['data'] })
  expect(whole).toMatchObject({ change: 'updated', object: { data: { a: '3' } } })
  expect(whole.object.data).toEqual({ a: '3' })
  expect(await ensure(ctx, ConfigMaps, of({ a: '3' }), owner, { scope, whole: ['data'] })).toMatchObject({
    change: 'none',
  })
})

test('what the server writes another way, or leaves out, is no difference', async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const ctx = cluster.context('test')
  const withZeros = (cpu: string, paused: boolean) => {
    const container = { name: 'web', image: 'web:1', env: [], resources: { requests: { cpu, memory: '1024Mi' } } }
    const template = { ...wanted.spec.template, spec: { hostNetwork: false, containers: [container] } }
    return {
      metadata: { ...wanted.metadata, annotations: {} },
      spec: { ...wanted.spec, paused, minReadySeconds: 0, template },
    }
  }
  expect(await ensure(ctx, Deployments, withZeros('0.5', false))).toMatchObject({ change: 'created' })
  expect(await ensure(ctx, Deployments, withZeros('0.5', false))).toMatchObject({ change: 'none' })
  expect(await ensure(ctx, Deployments, withZeros('1.5', true))).toMatchObject({ change: 'updated' })
  expect(await ensure(ctx, Deployments, withZeros('1500m', false))).toMatchObject({ change: 'updated' })
  expect((await cluster.get('Deployment', 'web')).spec).not.toHaveProperty('paused')
})

test("does not touch another owner's object", async () => {
  await using cluster = await startCluster({ controllers: () => [] })
  const ctx = cluster.context('test')
  const { client } = ctx
  const first = { resource: ConfigMaps, object: await client.create(ConfigMaps, settings('first')) }
  const second = { resource: ConfigMaps, object: await client.create(ConfigMaps, settings('second')) }
  await ensure(ctx, Deployments, wanted, first)
  await expect(ensure(ctx, Deployments, wanted, second)).rejects.toThrow(
    'Deployment default/web exists and is not controlled by default/second',
  )
})

test('overlay', () => {
  const present = { a: 1, list: [{ name: 'x', kept: true }, { name: 'y' }], map: { k: 'v' } }
  expect(overlay(present, { b: undefined, map: { l: 'w' } })).toEqual({ ...present, map: { k: 'v', l: 'w' } })
  expect(overlay(present, { list: [{ name: 'x', more: 1 }, { name: 'z' }] })).toMatchObject({
    list: [{ name: 'x', kept: true, more: 1 }, { name: 'z' }],
  })
  expect(overlay(present, { list: [{ name: 'x' }] })).toMatchObject({ list: [{ name: 'x' }] })
  expect(overlay(present, { map: null })).toMatchObject({ map: null })
})
