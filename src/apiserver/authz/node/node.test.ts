import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuthorizedServer, authorizedServer } from '../../../../test/support/authorized-server.ts'
import { Leases } from '../../../api/coordination/v1/index.ts'
import {
  ConfigMaps,
  Namespaces,
  Nodes,
  PersistentVolumeClaims,
  PersistentVolumes,
  Pods,
  Secrets,
  ServiceAccounts,
  Services,
} from '../../../api/core/v1/index.ts'
import type { Client } from '../../../client/client.ts'

let world: AuthorizedServer
let n1: Client
const shop = { namespace: 'shop' }
const metadata = (name: string) => ({ name, ...shop })

/** A pod on `n1` that uses what is called `used`, and one on `n2` that uses what is called `other`. */
beforeAll(async () => {
  world = await authorizedServer({ admission: { disable: ['ServiceAccount'] } })
  const { admin } = world
  n1 = world.as('system:node:n1', 'system:nodes')
  for (const name of ['shop', 'kube-node-lease']) await admin.create(Namespaces, { metadata: { name } })
  for (const name of ['n1', 'n2']) {
    await admin.create(Nodes, { metadata: { name } })
    await admin.create(Leases, { metadata: { name, namespace: 'kube-node-lease' }, spec: {} })
  }
  for (const name of ['used', 'other']) {
    await admin.create(ServiceAccounts, { metadata: metadata(name) })
    for (const secret of [name, `env-${name}`, `pull-${name}`, `csi-${name}`])
      await admin.create(Secrets, { metadata: metadata(secret) })
    for (const map of [name, `projected-${name}`]) await admin.create(ConfigMaps, { metadata: metadata(map) })
    await admin.create(PersistentVolumes, {
      metadata: { name },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        claimRef: { ...shop, name },
        csi: { driver: 'd', volumeHandle: name, nodePublishSecretRef: { ...shop, name: `csi-${name}` } },
      },
    })
    await admin.create(PersistentVolumeClaims, {
      metadata: metadata(name),
      spec: { volumeName: name, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    })
    await admin.create(Pods, {
      metadata: metadata(name),
      spec: {
        nodeName: name === 'used' ? 'n1' : 'n2',
        serviceAccountName: name,
        imagePullSecrets: [{ name: `pull-${name}` }],
        containers: [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: `env-${name}` } }] }],
        volumes: [
          { name: 's', secret: { secretName: name } },
          { name: 'm', configMap: { name } },
          { name: 'p', projected: { sources: [{ configMap: { name: `projected-${name}` } }] } },
          { name: 'v', persistentVolumeClaim: { claimName: name } },
        ],
      },
    })
  }
})
afterAll(() => world[Symbol.asyncDispose]())

const about = (what: string) => ({ code: 403, message: expect.stringContaining(what) })
const noRelation = about("no relationship found between node 'n1' and this object")

test.each([
  ['secret of a volume', Secrets, ''],
  ['secret of the environment', Secrets, 'env-'],
  ['secret for pulling', Secrets, 'pull-'],
  ['secret of a volume plugin', Secrets, 'csi-'],
  ['config map', ConfigMaps, ''],
  ['projected config map', ConfigMaps, 'projected-'],
  ['claim', PersistentVolumeClaims, ''],
  ['service account', ServiceAccounts, ''],
  ['pod', Pods, ''],
])('a node reads the %s of its own pods only', async (_, resource, prefix) => {
  expect((await n1.get<unknown>(resource as typeof Secrets, metadata(`${prefix}used`))).metadata.name).toBe(
    `${prefix}used`,
  )
  await expect(n1.get<unknown>(resource as typeof Secrets, metadata(`${prefix}other`))).rejects.toMatchObject(
    noRelation,
  )
})

test('a node reads the volumes of its own pods only', async () => {
  await n1.get(PersistentVolumes, { name: 'used' })
  await expect(n1.get(PersistentVolumes, { name: 'other' })).rejects.toMatchObject(noRelation)
  await expect(n1.list(PersistentVolumes)).rejects.toMatchObject(
    about('can only get individual resources of this type'),
  )
})

test('a node watches single secrets, and lists no others', async () => {
  const one = (name: string) => ({ ...shop, fieldSelector: `metadata.name=${name}` })
  expect((await n1.list(Secrets, one('used'))).items).toHaveLength(1)
  await expect(n1.list(Secrets, one('other'))).rejects.toMatchObject(noRelation)
  await expect(n1.list(Secrets, shop)).rejects.toMatchObject(about('No Object name found'))
  await expect(n1.list(Secrets)).rejects.toMatchObject(about('can only read namespaced object of this type'))
  await expect(n1.create(Secrets, { metadata: metadata('mine') })).rejects.toMatchObject(
    about('can only read resources of this type'),
  )
})

test('a node sees its own pods', async () => {
  const { items } = await n1.list(Pods, { fieldSelector: 'spec.nodeName=n1' })
  expect(items.map(({ metadata: { name } }) => name)).toEqual(['used'])
  for (const scope of [{}, { fieldSelector: 'spec.nodeName=n2' }, shop])
    await expect(n1.list(Pods, scope)).rejects.toMatchObject(
      about('can only list/watch pods with spec.nodeName field selector'),
    )
  await expect(n1.delete(Pods, metadata('other'))).rejects.toMatchObject(about('can only delete pods'))
  const status = { status: { phase: 'Failed' } }
  await n1.patch(Pods, metadata('used'), { status: { reason: 'x' } }, { subresource: 'status' })
  await expect(n1.patch(Pods, metadata('other'), status, { subresource: 'status' })).rejects.toMatchObject({
    code: 403,
  })
  await expect(n1.post(Pods, metadata('other'), 'binding', { target: { name: 'n1' } })).rejects.toMatchObject({
    code: 403,
  })
})

test('a node sees itself, and keeps its own lease', async () => {
  await n1.get(Nodes, { name: 'n1' })
  await n1.list(Nodes, { fieldSelector: 'metadata.name=n1' })
  await expect(n1.get(Nodes, { name: 'n2' })).rejects.toMatchObject(
    about("node 'n1' cannot read 'n2', only its own Node object"),
  )
  await expect(n1.list(Nodes)).rejects.toMatchObject(about("node 'n1' cannot read all nodes, only its own Node object"))
  await expect(n1.patch(Nodes, { name: 'n2' }, { metadata: { labels: { a: 'b' } } })).rejects.toMatchObject({
    code: 403,
  })
  const lease = (name: string) => ({ name, namespace: 'kube-node-lease' })
  await n1.patch(Leases, lease('n1'), { spec: { holderIdentity: 'n1' } })
  await expect(n1.patch(Leases, lease('n2'), { spec: {} })).rejects.toMatchObject(
    about('can only access node lease with the same name as the requesting node'),
  )
  await n1.list(Services)
})

test('a node gets tokens of the accounts of its own pods, bound to these', async () => {
  const { uid } = (await world.admin.get(Pods, metadata('used'))).metadata
  const spec = { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'used', uid } }
  await n1.post(ServiceAccounts, metadata('used'), 'token', { spec })
  await expect(n1.post(ServiceAccounts, metadata('other'), 'token', { spec })).rejects.toMatchObject(noRelation)
  await expect(n1.post(ServiceAccounts, metadata('used'), 'token', { spec: {} })).rejects.toMatchObject({ code: 403 })
})

test('a pod that a node makes itself opens nothing to it', async () => {
  await expect(
    n1.create(Pods, {
      metadata: {
        ...metadata('mirror-n1'),
        annotations: { 'kubernetes.io/config.mirror': 'x' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', controller: true }],
      },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c', image: 'i' }],
        volumes: [{ name: 's', secret: { secretName: 'other' } }],
      },
    }),
  ).rejects.toMatchObject(about('can not create pods that reference'))
  // Even if an administrator stores such a pod, its Secret stays closed.
  await world.admin.create(Pods, {
    metadata: { ...metadata('mirror'), annotations: { 'kubernetes.io/config.mirror': 'x' } },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 's', secret: { secretName: 'other' } }],
    },
  })
  await expect(n1.get(Secrets, metadata('other'))).rejects.toMatchObject(noRelation)
})

test('the group without a name, and the name without the group, are no node', async () => {
  const nameless = world.as('system:node:', 'system:nodes')
  await expect(nameless.list(Services)).rejects.toMatchObject(about('unknown node for user "system:node:"'))
  await expect(world.as('system:node:n1').list(Services)).rejects.toMatchObject({ code: 403 })
  await expect(world.as('n1', 'system:nodes').list(Services)).rejects.toMatchObject({ code: 403 })
})
