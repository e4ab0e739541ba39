import { expect, test } from 'vitest'
import { ConfigMaps, Secrets } from '../../api/core/v1/index.ts'
import { splitKey } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { watch } from '../../controller/watches.ts'
import { startCluster } from './cluster.ts'

/** Copies each ConfigMap with a mark into a Secret. */
const copying = ({ client, informers }: Context): Controller[] => [
  {
    name: 'copying',
    watches: [watch(ConfigMaps, { labelSelector: 'copy' })],
    async reconcile(key) {
      const found = informers.of(ConfigMaps, { labelSelector: 'copy' }).get(key)
      if (found) await client.create(Secrets, { metadata: splitKey(key), stringData: found.data ?? {} })
    },
  },
]
const settings = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: { copy: '' } },
  data: { color: 'green' },
})

/** The ServiceAccount that loops run as. */
const account = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ops' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'copier', namespace: 'ops' } },
]

test('loops go under their own name, informers included', async () => {
  await using cluster = await startCluster()
  const lists = cluster.faults.add({ user: 'copier', verb: 'list', resource: 'configmaps', latency: 0 })
  const watches = cluster.faults.add({ user: 'copier', verb: 'watch', resource: 'configmaps', latency: 0 })
  const running = await cluster.run(copying, { name: 'copier' })
  await cluster.apply(settings('one'))
  await cluster.settle()
  expect(String(cluster.timeline({ about: 'secrets' }))).toContain('copier: create secrets default/one')
  expect([lists(), watches()]).toEqual([1, 1])
  expect(cluster.rightsUsed('copier')).toBe(`apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: copier }
rules:
  - { apiGroups: [''], resources: [configmaps], verbs: [list, watch] }
  - { apiGroups: [''], resources: [secrets], verbs: [create] }
`)
  running.stop()
  await cluster.apply(settings('two'))
  await cluster.settle()
  await expect(cluster.get('Secret', 'two')).rejects.toMatchObject({ code: 404 })
})

test('the network of one operator can be cut, and the others go on', async () => {
  await using cluster = await startCluster()
  await cluster.run(copying, { name: 'copier' })
  const mend = cluster.faults.add({ user: 'copier', status: 'reset' })
  cluster.faults.dropWatches('configmaps')
  await cluster.apply(settings('one'))
  await cluster.clock.advance('10s')
  await expect(cluster.get('Secret', 'one')).rejects.toMatchObject({ code: 404 })
  expect(mend()).toBeGreaterThan(0)
  await cluster.settle({ until: () => cluster.get('Secret', 'one') })
})

test('loops can be a ServiceAccount, and have no other rights than that has', async () => {
  await using cluster = await startCluster()
  await expect(cluster.run(copying, { serviceAccount: 'ops/copier' })).rejects.toThrow(
    'there is no ServiceAccount ops/copier: apply its manifest, and that of its namespace, before run',
  )
  await cluster.apply(account)
  await cluster.run(copying, { serviceAccount: 'ops/copier' })
  await cluster.apply(settings('one'))
  await expect(cluster.settle()).rejects.toThrow(
    /no watch of configmaps \(configmaps is forbidden: User "system:serviceaccount:ops:copier" cannot list resource/,
  )
  await expect(cluster.run(copying, { serviceAccount: 'copier' })).rejects.toThrow(
    /serviceAccount is 'namespace\/name', not "copier"/,
  )
})

test('loops that are a ServiceAccount do what its Roles let them', async () => {
  await using cluster = await startCluster()
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const metadata = { name: 'copier' }
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'copier' }
  const subjects = [{ kind: 'ServiceAccount', name: 'copier', namespace: 'ops' }]
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  ]
  await cluster.apply(account)
  await cluster.apply({ apiVersion, kind: 'ClusterRole', metadata, rules })
  await cluster.apply({ apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects })
  await cluster.run(copying, { serviceAccount: 'ops/copier' })
  await cluster.apply(settings('one'))
  await cluster.settle()
  await cluster.get('Secret', 'one')
  const used = cluster.rightsUsed('ops/copier')
  expect(used).toMatch(/kind: ClusterRole\nmetadata: { name: copier }\n.*configmaps.*\n.*secrets.*\[create\]/s)
  expect(cluster.rightsUsed('system:serviceaccount:ops:copier')).toBe(used)
  // What the Role lacks shows where the loop needs it.
  await cluster.apply({ apiVersion, kind: 'ClusterRole', metadata, rules: rules.slice(0, 1) })
  await cluster.apply(settings('two'))
  await expect(cluster.settle()).rejects.toThrow(/cannot create resource "secrets" in API group ""/)
})

test('a client with another identity has its rights, which a snapshot keeps', async () => {
  await using cluster = await startCluster()
  const jane = cluster.as('jane', ['developers'])
  const before = await cluster.snapshot()
  await expect(jane.list(ConfigMaps)).rejects.toMatchObject({ code: 403 })
  const apiGroup = 'rbac.authorization.k8s.io'
  await cluster.apply({
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: 'developers', namespace: 'default' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'edit' },
    subjects: [{ kind: 'Group', apiGroup, name: 'developers' }],
  })
  await jane.create(ConfigMaps, { metadata: { name: 'a', namespace: 'default' } })
  await cluster.restore(before)
  await expect(jane.list(ConfigMaps, { namespace: 'default' })).rejects.toMatchObject({ code: 403 })
  expect(await cluster.get('ClusterRole', 'edit')).toMatchObject({ rules: expect.any(Array) })
})

test('requests in one namespace need a Role', async () => {
  await using cluster = await startCluster()
  const client = cluster.as('jane', ['system:masters'])
  await client.list(ConfigMaps, { namespace: 'default' })
  await client.create(ConfigMaps, { metadata: { name: 'a', namespace: 'default' } })
  expect(cluster.rightsUsed('jane')).toContain('kind: Role\nmetadata: { name: jane, namespace: default }')
  expect(cluster.rightsUsed('jane')).toContain('verbs: [list, create]')
})

test('who has done nothing has no Role; those who have done something are named', async () => {
  await using cluster = await startCluster()
  expect(() => cluster.rightsUsed('jane')).toThrow('"jane" has asked for nothing so far; these have: none')
  await cluster.as('joe', ['system:masters']).list(ConfigMaps)
  await cluster.as('jim', ['system:masters']).list(ConfigMaps)
  for (const user of ['jane', 'ops/joe', 'system:kube-scheduler'])
    expect(() => cluster.rightsUsed(user)).toThrow(
      /^rightsUsed: ".*" has asked for nothing so far; these have: joe, jim$/,
    )
})
