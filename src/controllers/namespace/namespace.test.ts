import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigMaps, Namespaces, Secrets } from '../../api/core/v1/index.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster({ nodes: 1, controllers: { rootCa: 'PEM' } })
  await cluster.client.create(Namespaces, { metadata: { name: 'shop' } })
  await cluster.settle()
})
afterEach(() => cluster.stop())

const namespaces = async () => (await cluster.list('Namespace')).map(({ metadata }) => metadata.name)
const rootCa = async (namespace: string) => (await cluster.get('ConfigMap', 'kube-root-ca.crt', namespace)).data

test('each namespace has the account default and the root certificates, and keeps them', async () => {
  for (const namespace of await namespaces()) {
    expect(await cluster.get('ServiceAccount', 'default', namespace)).toBeDefined()
    expect(await rootCa(namespace)).toEqual({ 'ca.crt': 'PEM' })
  }
  expect(await namespaces()).toContain('kube-system')
  const { uid } = (await cluster.get('ServiceAccount', 'default', 'shop')).metadata
  await cluster.delete('ServiceAccount', 'default', 'shop')
  const data = { 'ca.crt': 'evil', more: '' }
  await cluster.client.patch(ConfigMaps, { name: 'kube-root-ca.crt', namespace: 'shop' }, { data })
  await cluster.settle()
  expect((await cluster.get('ServiceAccount', 'default', 'shop')).metadata.uid).not.toBe(uid)
  expect(await rootCa('shop')).toEqual({ 'ca.crt': 'PEM' })
})

test('a deleted namespace loses its contents, then goes; nothing in it comes back', async () => {
  await cluster.client.create(Secrets, { metadata: { name: 's', namespace: 'shop' } })
  await cluster.delete('Namespace', 'shop')
  await cluster.settle()
  expect(await namespaces()).not.toContain('shop')
  for (const kind of ['ConfigMap', 'Secret', 'ServiceAccount'] as const)
    expect(await cluster.list(kind, { namespace: 'shop' })).toEqual([])
})

test('pods go first, and conditions name what holds up the rest', async () => {
  cluster.image('slow', { stop: '5s' })
  await cluster.apply(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { containers: [{ name: 'c', image: 'slow' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'shop', finalizers: ['example.com/keep'] },
    },
  )
  await cluster.settle()
  await cluster.delete('Namespace', 'shop')
  await cluster.settle()
  const conditions = async () => {
    const { status } = await cluster.get('Namespace', 'shop')
    return Object.fromEntries((status.conditions ?? []).map(({ type, message }) => [type, message]))
  }
  expect((await cluster.get('Namespace', 'shop')).status.phase).toBe('Terminating')
  expect(await conditions()).toMatchObject({
    NamespaceDeletionDiscoveryFailure: 'All resources successfully discovered',
    NamespaceContentRemaining: 'Some resources are remaining: pods. has 1 resource instances',
    NamespaceFinalizersRemaining: 'All content-preserving finalizers finished',
  })
  expect((await cluster.get('Secret', 's', 'shop')).metadata.deletionTimestamp).toBeUndefined()

  await cluster.clock.advance('10s')
  expect(await cluster.list('Pod')).toEqual([])
  await cluster.clock.advance('10s')
  expect(await conditions()).toMatchObject({
    NamespaceContentRemaining: 'Some resources are remaining: secrets. has 1 resource instances',
    NamespaceFinalizersRemaining:
      'Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
  })
  await cluster.client.patch(Secrets, { name: 's', namespace: 'shop' }, { metadata: { finalizers: null } })
  await cluster.clock.advance('10s')
  expect(await namespaces()).not.toContain('shop')
})
