import assert from 'node:assert/strict'
import { afterAll, test as base, beforeAll, beforeEach, describe, expect } from 'vitest'
import { ConfigMaps } from '../../api/core/v1/index.ts'
import type { KubeObject } from '../../api/object.ts'
import { customResource } from '../../client/loose-resource.ts'
import { type ClusterFixtureTypes, sharedCluster } from './fixture.ts'
import { clusterFixtures } from './vitest.ts'

const test = base.extend<ClusterFixtureTypes>(clusterFixtures({ nodes: 2 }))

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
}

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'sites.a.b' },
  spec: {
    group: 'a.b',
    scope: 'Namespaced',
    names: { kind: 'Site', plural: 'sites' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { host: { type: 'string' } } } },
          },
        },
      },
    ],
  },
}
interface Site extends KubeObject {
  spec: { host: string }
}
const Sites = customResource<Site>({ group: 'a.b', version: 'v1', kind: 'Site', resource: 'sites', namespaced: true })

test('ready or not', async ({ cluster, namespace }) => {
  await namespace.apply(web)
  expect(await namespace.get('Deployment', 'web')).not.toBeReady()
  await cluster.settle()
  expect(await namespace.get('Deployment', 'web')).toBeReady()
  for (const pod of await namespace.list('Pod')) expect(pod).toBeReady()
  expect(await cluster.get('Node', 'node-1')).toBeReady()
  expect(await namespace.get('Deployment', 'web')).toHaveCondition('Available', 'True', 'MinimumReplicasAvailable')
  await expect(cluster).toHaveEvent({ reason: 'ScalingReplicaSet', name: 'web', message: /Scaled up/ })
})

test('a failure says why', async ({ cluster, namespace }) => {
  cluster.image('none', { pullError: 'not found' })
  await namespace.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'none' }] },
  })
  await cluster.settle()
  const pod = await namespace.get('Pod', 'p')
  assert.throws(() => expect(pod).toBeReady(), /Pod p is not ready: Ready=False \(ContainersNotReady: .*\[c\]\)/)
  assert.throws(
    () => expect(pod).toHaveCondition('Ready'),
    /expected Pod p to have Ready=True; its conditions: .*Ready=False/,
  )
  const events = await cluster.events({ name: 'p' })
  assert.throws(
    () => expect(events).toHaveEvent({ reason: 'Started' }),
    /expected to find an event like \{"reason":"Started"\}; the last ones:\n.*Scheduled/,
  )
})

test('a Job that failed says why', async ({ cluster, namespace }) => {
  cluster.image('fails', { exitCode: 1 })
  await namespace.apply({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j' },
    spec: {
      backoffLimit: 0,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'fails' }] } },
    },
  })
  const before = await namespace.get('Job', 'j')
  assert.throws(() => expect(before).toBeReady(), /Job j is not ready: it has not ended/)
  await cluster.settle()
  const job = await namespace.get('Job', 'j')
  assert.throws(() => expect(job).toBeReady(), /Job j is not ready: Failed=True \(BackoffLimitExceeded: /)
  assert.throws(() => expect(job).not.toHaveCondition('Failed'), /expected Job j not to have Failed=True/)
})

test('names a value that is no object, or no pattern', async ({ cluster, namespace }) => {
  // It rejects, as there is no such pod: Vitest would report that as an error of the whole run.
  assert.throws(
    () => expect(namespace.get('Pod', 'p')).not.toBeReady(),
    /toBeReady takes an object, not a promise of one: await it/,
  )
  assert.throws(() => expect(undefined).not.toHaveCondition('Ready'), /toHaveCondition takes an object, not undefined/)
  const misspelt = { reson: 'Started' } as object
  assert.throws(() => expect([]).not.toHaveEvent(misspelt), /toHaveEvent: there is no "reson", but reason, type,/)
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: namespace.name },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  })
  await assert.rejects(
    cluster.logs('p', { namespace: namespace.name, container: 'd' }),
    /container of logs of p takes one of c, not "d"/,
  )
})

test('namespaces are fresh, and go', async ({ cluster, namespace }) => {
  expect(await namespace.list('Pod')).toEqual([])
  expect((await cluster.list('Namespace')).filter(({ metadata }) => metadata.name.startsWith('test-'))).toHaveLength(1)
})

test('owners, finalizers and labels', async ({ cluster, namespace }) => {
  await namespace.apply(web, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', labels: { app: 'a' }, finalizers: ['a.b/c'] },
  })
  await cluster.settle()
  const deployment = await namespace.get('Deployment', 'web')
  const [set] = await namespace.list('ReplicaSet')
  const map = await namespace.get('ConfigMap', 'm')
  expect(set).toBeOwnedBy(deployment)
  expect(map).not.toBeOwnedBy(deployment)
  expect(map).toHaveFinalizer('a.b/c')
  expect(map).toHaveLabel('app')
  expect(map).toHaveLabel('app', 'a')
  expect(map).not.toHaveLabel('app', 'b')
  assert.throws(
    () => expect(map).toBeOwnedBy(deployment),
    /ConfigMap m to be owned by Deployment web; its owners: none/,
  )
  assert.throws(() => expect(map).toHaveFinalizer('x'), /to have the finalizer x; it has: a\.b\/c/)
  assert.throws(() => expect(map).toHaveLabel('app', 'b'), /to have the label app=b; it has: app=a/)
  assert.throws(() => expect(map).toBeOwnedBy({ kind: 'Pod' }), /takes an owner that is stored/)
  await cluster.client.patch(ConfigMaps, map.metadata, { metadata: { finalizers: null } })
})

test('what is expected comes true in time', async ({ cluster, namespace }) => {
  cluster.image('web:1', { start: '20s' })
  await namespace.apply(web)
  const began = cluster.clock.now()
  const ready = await cluster.eventually(async () => {
    const deployment = await namespace.get('Deployment', 'web')
    expect(deployment).toBeReady()
    return deployment.status.readyReplicas
  })
  expect(ready).toBe(2)
  expect(cluster.clock.now() - began).toBe(20_000)
  const late = cluster.eventually(() => assert.equal(1, 2), { timeout: '1m' })
  await expect(late).rejects.toMatchObject({
    name: 'SettleError',
    message: expect.stringContaining('did not come true within 1m: Expected values'),
    cause: expect.any(assert.AssertionError),
  })
  await expect(cluster.eventually(() => Promise.reject(new TypeError('a slip')))).rejects.toThrow(TypeError)
  cluster.image('web:1', {})
})

test('a namespace has its objects by kind, custom resources and selectors included', async ({ cluster, namespace }) => {
  const other = cluster.in('default')
  const map = (name: string, labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels },
  })
  await cluster.apply(crd)
  const site = { apiVersion: 'a.b/v1', kind: 'Site', metadata: { name: 'mine' }, spec: { host: 'x' } }
  const changes = namespace.watch('Site.a.b')
  await namespace.apply(site, map('one', { app: 'a' }), map('two', { app: 'b' }))
  await other.apply(map('one', { app: 'a' }))
  expect(await namespace.get('Site.a.b', 'mine')).toMatchObject({ spec: { host: 'x' } })
  expect((await namespace.get(Sites, 'mine')).spec.host).toBe('x')
  expect((await namespace.list(Sites)).map(({ spec }) => spec.host)).toEqual(['x'])
  const found = await namespace.list('ConfigMap', { labelSelector: 'app=a' })
  expect(found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([`${namespace.name}/one`])
  for await (const { type, object } of changes) {
    expect([type, object.metadata.name]).toEqual(['ADDED', 'mine'])
    break
  }
  await namespace.delete('ConfigMap', 'one')
  await expect(namespace.get('ConfigMap', 'one')).rejects.toMatchObject({ code: 404 })
  expect(await other.get('ConfigMap', 'one')).toBeDefined()
  await other.delete('ConfigMap', 'one')
  await namespace.delete(Sites, 'mine')
  expect(await namespace.list('Site.a.b')).toEqual([])
})

test('Events that have expired are not looked for in vain', async ({ cluster, namespace }) => {
  await namespace.apply(web)
  await cluster.settle()
  await expect(cluster).toHaveEvent({ reason: 'ScalingReplicaSet', name: 'web' })
  await cluster.clock.advance('1d')
  await expect(expect(cluster).toHaveEvent({ reason: 'ScalingReplicaSet', name: 'web' })).rejects.toThrow(
    /\d+ older ones have expired: Events are kept for an hour/,
  )
})

test('what a test breaks is whole again after it', async ({ cluster, namespace }) => {
  await namespace.apply(web)
  await cluster.settle()
  await cluster.node('node-1').fail()
  await cluster.node('node-2').cordon()
  cluster.node('node-2').pressure('memory')
  cluster.faults.add({ verb: 'delete', status: 500 })
  await cluster.clock.advance('1m')
  expect(await cluster.get('Node', 'node-1')).not.toBeReady()
})

test('what the test before has broken', async ({ cluster, namespace }) => {
  expect(await cluster.get('Node', 'node-1')).toBeReady()
  for (const { spec } of await cluster.list('Node'))
    expect([spec.taints ?? [], spec.unschedulable]).toEqual([[], undefined])
  expect(await cluster.list('Pod')).toEqual([])
  expect(namespace.name).toBe('test-1')
})

describe('one cluster for a file', () => {
  const cluster = sharedCluster({ beforeAll, beforeEach, afterAll }, { nodes: 1 }, (c) => c.apply(web))
  for (const round of [1, 2]) {
    base(`every test finds it as it was: ${round}`, async () => {
      expect(await cluster().get('Deployment', 'web')).toBeReady()
      await cluster().delete('Deployment', 'web')
      await cluster().clock.advance('1m')
      expect((await cluster().list('Pod')).length).toBe(0)
    })
  }
})
