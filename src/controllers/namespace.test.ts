import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigMaps, Namespaces, Pods, Secrets, ServiceAccounts } from '../api/core/v1/index.ts'
import { type ControllerCluster, startControllers } from '../testing/controllers.ts'
import { namespaceController } from './namespace.ts'
import { rootCaController } from './root-ca.ts'
import { servedResources } from './served-resources.ts'
import { serviceAccountController } from './serviceaccount.ts'

let cluster: ControllerCluster
beforeEach(async () => {
  cluster = await startControllers((ctx) => [
    namespaceController(ctx, () => servedResources(ctx.informers)),
    serviceAccountController(ctx),
    rootCaController(ctx, 'PEM'),
  ])
})
afterEach(() => cluster.stop())

test('each namespace has the account default and the root certificates, and keeps them', async () => {
  const { client, find, settle, warnings } = cluster
  await client.create(Namespaces, { metadata: { name: 'shop' } })
  await settle()
  for (const namespace of ['shop', 'default', 'kube-system']) {
    expect(await find(ServiceAccounts, 'default', namespace)).toBeDefined()
    expect((await find(ConfigMaps, 'kube-root-ca.crt', namespace))?.data).toEqual({ 'ca.crt': 'PEM' })
  }
  await client.delete(ServiceAccounts, { name: 'default', namespace: 'shop' })
  await client.patch(
    ConfigMaps,
    { name: 'kube-root-ca.crt', namespace: 'shop' },
    { data: { 'ca.crt': 'evil', more: '' } },
  )
  await settle()
  expect(await find(ServiceAccounts, 'default', 'shop')).toBeDefined()
  expect((await find(ConfigMaps, 'kube-root-ca.crt', 'shop'))?.data).toEqual({ 'ca.crt': 'PEM' })
  expect(warnings).toEqual([])
})

test('a deleted namespace is emptied and goes; what was in it is not made again', async () => {
  const { client, find, settle } = cluster
  await client.create(Namespaces, { metadata: { name: 'shop' } })
  await client.create(Secrets, { metadata: { name: 's', namespace: 'shop' } })
  await settle()
  await client.delete(Namespaces, { name: 'shop' })
  await settle()
  expect(await find(Namespaces, 'shop')).toBeUndefined()
  expect((await client.list(ConfigMaps, { namespace: 'shop' })).items).toEqual([])
  expect((await client.list(Secrets, { namespace: 'shop' })).items).toEqual([])
})

test('pods go first, and what holds up the rest is said', async () => {
  const { client, find, settle, advance, clock } = cluster
  await client.create(Namespaces, { metadata: { name: 'shop' } })
  await settle()
  const pod = { containers: [{ name: 'c', image: 'i' }], nodeName: 'n' }
  await client.create(Pods, { metadata: { name: 'p', namespace: 'shop' }, spec: pod })
  await client.create(Secrets, { metadata: { name: 's', namespace: 'shop', finalizers: ['example.com/keep'] } })
  await client.delete(Namespaces, { name: 'shop' })
  await settle()
  const conditions = async () =>
    Object.fromEntries(
      ((await find(Namespaces, 'shop'))?.status.conditions ?? []).map(({ type, message }) => [type, message]),
    )
  expect((await find(Namespaces, 'shop'))?.status.phase).toBe('Terminating')
  expect(await conditions()).toMatchObject({
    NamespaceDeletionDiscoveryFailure: 'All resources successfully discovered',
    NamespaceContentRemaining: 'Some resources are remaining: pods. has 1 resource instances',
    NamespaceFinalizersRemaining: 'All content-preserving finalizers finished',
  })
  expect((await find(Secrets, 's', 'shop'))?.metadata.deletionTimestamp).toBeUndefined()

  await client.delete(Pods, { name: 'p', namespace: 'shop' }, { gracePeriodSeconds: 0 })
  await advance('2s')
  expect(await conditions()).toMatchObject({
    NamespaceContentRemaining: 'Some resources are remaining: secrets. has 1 resource instances',
    NamespaceFinalizersRemaining:
      'Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
  })
  await client.patch(Secrets, { name: 's', namespace: 'shop' }, { metadata: { finalizers: null } })
  await advance('2s')
  expect(await find(Namespaces, 'shop')).toBeUndefined()
  expect(clock.now()).toBeGreaterThan(0)
})
