import { afterEach, beforeEach, expect, test } from 'vitest'
import { ReplicaSets } from '../../api/apps/v1/index.ts'
import { ConfigMaps, Namespaces, Secrets } from '../../api/core/v1/index.ts'
import { silentLog } from '../../api/log.ts'
import type { OwnerReference } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { ClusterRoles } from '../../api/rbac/v1/index.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

let cluster: TestCluster
let warnings: string[]
beforeEach(async () => {
  warnings = []
  cluster = await startCluster({ log: { ...silentLog, warn: (message) => void warnings.push(message) } })
})
afterEach(() => cluster.stop())

const ref = (owner: Stored<KubeObject>, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: owner.apiVersion ?? '',
  kind: owner.kind ?? '',
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  ...more,
})

const namespace = 'default'
const map = (name: string, ownerReferences: OwnerReference[] = [], finalizers?: string[]) =>
  cluster.client.create(ConfigMaps, { metadata: { name, namespace, ownerReferences, finalizers } })
const read = (name: string) => cluster.get('ConfigMap', name)
const exists = async (...names: string[]) => {
  const there = new Set((await cluster.list('ConfigMap', { namespace })).map(({ metadata }) => metadata.name))
  return names.map((name) => there.has(name))
}
const remove = (name: string, propagationPolicy?: 'Orphan' | 'Background' | 'Foreground') =>
  cluster.delete('ConfigMap', name, namespace, { propagationPolicy })

test('background: when an owner goes, its dependents and theirs go, and nothing else', async () => {
  const a = await map('a')
  const b = await map('b', [ref(a)])
  await map('c', [ref(b)])
  await map('other')
  await remove('a', 'Background')
  expect(await exists('a')).toEqual([false])
  await cluster.settle()
  expect(await exists('b', 'c', 'other')).toEqual([false, false, true])
  expect(warnings).toEqual([])
})

test('a dependent with a living owner stays, without the reference to its deleted owner', async () => {
  const a = await map('a')
  const b = await map('b')
  await map('c', [ref(a), ref(b)])
  await remove('a')
  await cluster.settle()
  const c = await read('c')
  expect(c.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['b'])
})

test('an owner that never was, or whose name another one has now', async () => {
  const a = await map('a')
  await map('stranger', [{ ...ref(a), uid: 'not-the-uid' }])
  await map('nobody', [{ ...ref(a), name: 'nobody', uid: 'x' }])
  await map('right', [ref(a)])
  await cluster.settle()
  expect(await exists('stranger', 'nobody', 'right')).toEqual([false, false, true])
})

test('an owner in another namespace does not count, and an event reports it', async () => {
  await cluster.client.create(Namespaces, { metadata: { name: 'else' } })
  const owner = await cluster.client.create(Secrets, { metadata: { name: 'a', namespace: 'else' } })
  await cluster.settle()
  await map('dependent', [ref(owner)])
  await cluster.settle()
  expect(await exists('dependent')).toEqual([false])
  expect(await cluster.events({ name: 'dependent' })).toMatchObject([
    {
      type: 'Warning',
      reason: 'OwnerRefInvalidNamespace',
      message: expect.stringContaining('ownerRef [v1/Secret, namespace: default'),
    },
  ])
})

test('an object without a namespace is never deleted for an owner that has one', async () => {
  const a = await map('a')
  await cluster.client.create(ClusterRoles, { metadata: { name: 'role', ownerReferences: [ref(a)] }, rules: [] })
  await remove('a')
  await cluster.settle()
  expect(await cluster.get('ClusterRole', 'role')).toBeDefined()
})

test('foreground: blocking dependents go first', async () => {
  const a = await map('a')
  await map('blocks', [ref(a, { blockOwnerDeletion: true })], ['example.com/held'])
  await map('does-not', [ref(a)], ['example.com/held'])
  await map('at-once', [ref(a, { blockOwnerDeletion: true })])
  await cluster.settle()
  await remove('a', 'Foreground')
  await cluster.settle()
  expect(await exists('a', 'blocks', 'does-not', 'at-once')).toEqual([true, true, true, false])
  const release = { metadata: { finalizers: null } }
  await cluster.client.patch(ConfigMaps, { name: 'blocks', namespace }, release)
  await cluster.settle()
  expect(await exists('a', 'blocks', 'does-not')).toEqual([false, false, true])
  expect((await read('does-not')).metadata.deletionTimestamp).toBeDefined()
})

test('foreground: owners in a circle do not wait for each other for ever', async () => {
  const a = await map('a')
  const b = await map('b', [ref(a, { blockOwnerDeletion: true })])
  const patch = { metadata: { ownerReferences: [ref(b, { blockOwnerDeletion: true })] } }
  await cluster.client.patch(ConfigMaps, { name: 'a', namespace }, patch)
  await cluster.settle()
  await remove('a', 'Foreground')
  await cluster.clock.advance('5s')
  expect(await exists('a', 'b')).toEqual([false, false])
})

test('orphan: dependents are let go of', async () => {
  const a = await map('a')
  await map('b', [ref(a)])
  await cluster.settle()
  await remove('a', 'Orphan')
  await cluster.settle()
  expect(await exists('a', 'b')).toEqual([false, true])
  expect((await read('b')).metadata.ownerReferences ?? []).toEqual([])
})

test('a replica set of another version of its group is found; an unknown kind leaves everything as it is', async () => {
  const set = await cluster.client.create(ReplicaSets, {
    metadata: { name: 'rs', namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  })
  await map('old', [{ ...ref(set), apiVersion: 'apps/v1beta2' }])
  await map('unknown', [{ apiVersion: 'example.com/v1', kind: 'Thing', name: 't', uid: 'u' }])
  await cluster.clock.advance('1s')
  expect(await exists('old', 'unknown')).toEqual([true, true])
  await cluster.delete('ReplicaSet', 'rs')
  await cluster.clock.advance('1s')
  expect(await exists('old', 'unknown')).toEqual([false, true])
})

test('a thousand dependents go, each at the first try', async () => {
  const a = await map('a')
  await Promise.all(Array.from({ length: 1000 }, (_, i) => map(`d${i}`, [ref(a)])))
  await remove('a')
  await cluster.settle()
  const left = await cluster.list('ConfigMap', { namespace })
  expect(left.map(({ metadata }) => metadata.name)).toEqual(['kube-root-ca.crt'])
  expect(warnings).toEqual([])
})
