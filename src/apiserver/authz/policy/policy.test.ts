import { expect, test } from 'vitest'
import { authorizedServer } from '../../../../test/support/authorized-server.ts'
import { systemClock } from '../../../api/clock.ts'
import { Pods } from '../../../api/core/v1/index.ts'
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from '../../../api/rbac/v1/index.ts'
import { memoryStore } from '../../../store/memory.ts'
import { ruleOf, subjectOf } from './notation.ts'
import { bootstrapPolicy } from './policy.ts'

const namesOf = (list: { items: { metadata: { name: string } }[] }) => list.items.map(({ metadata: { name } }) => name)

test('a cluster has the roles of 1.36', async () => {
  await using world = await authorizedServer()
  const { admin } = world
  const roles = await admin.list(ClusterRoles)
  expect(roles.items).toHaveLength(69)
  expect(namesOf(roles)).toEqual(expect.arrayContaining(['cluster-admin', 'admin', 'edit', 'view', 'system:node']))
  const bindings = await admin.list(ClusterRoleBindings)
  expect(bindings.items).toHaveLength(50)
  for (const { roleRef } of bindings.items) expect(namesOf(roles)).toContain(roleRef.name)
  expect(namesOf(await admin.list(Roles, { namespace: 'kube-system' }))).toHaveLength(6)
  expect(namesOf(await admin.list(RoleBindings, { namespace: 'kube-public' }))).toEqual([
    'system:controller:bootstrap-signer',
  ])
  expect(await admin.get(ClusterRoles, { name: 'view' })).toMatchObject({
    metadata: {
      labels: {
        'kubernetes.io/bootstrapping': 'rbac-defaults',
        'rbac.authorization.k8s.io/aggregate-to-edit': 'true',
      },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
    aggregationRule: {
      clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }],
    },
  })
})

test('admin contains edit, and edit contains view, from the start', () => {
  const roles = bootstrapPolicy()[0]?.objects ?? []
  const rulesOf = (name: string) => roles.find(({ metadata }) => metadata?.name === name) as { rules: object[] }
  expect(rulesOf('edit').rules).toEqual(expect.arrayContaining(rulesOf('view').rules))
  expect(rulesOf('admin').rules).toEqual(expect.arrayContaining(rulesOf('edit').rules))
  expect(rulesOf('view').rules).not.toContainEqual(expect.objectContaining({ resources: ['secrets'] }))
})

test('nothing is written before somebody needs it', async () => {
  const store = memoryStore({ clock: systemClock })
  await using world = await authorizedServer({ store })
  await world.admin.list(Pods)
  expect((await store.list('/registry/clusterroles/')).entries).toEqual([])
  await expect(world.as('jane').list(Pods)).rejects.toMatchObject({ code: 403 })
  expect((await store.list('/registry/clusterroles/')).entries).toHaveLength(69)
})

test('what an administrator has changed gets back what is missing, and keeps what is more', async () => {
  const store = memoryStore({ clock: systemClock })
  // The store outlives its first server.
  store.close = async () => {}
  {
    await using world = await authorizedServer({ store })
    const { admin } = world
    const scheduler = await admin.get(ClusterRoles, { name: 'system:kube-scheduler' })
    await admin.update(ClusterRoles, {
      ...scheduler,
      rules: [ruleOf('get: teapots'), ...(scheduler.rules ?? []).slice(3)],
    })
    const discovery = await admin.get(ClusterRoles, { name: 'system:discovery' })
    const kept = { ...discovery.metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }
    await admin.update(ClusterRoles, { ...discovery, metadata: kept, rules: [] })
    await admin.delete(ClusterRoles, { name: 'view' })
    const proxy = await admin.get(ClusterRoleBindings, { name: 'system:node-proxier' })
    await admin.update(ClusterRoleBindings, { ...proxy, subjects: [subjectOf('user:other')] })
    await admin.delete(ClusterRoleBindings, { name: 'system:kube-dns' })
    await admin.create(ClusterRoleBindings, {
      metadata: { name: 'system:kube-dns' },
      roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
    })
  }
  await using world = await authorizedServer({ store })
  const { admin } = world
  const [, wanted] = [
    0,
    bootstrapPolicy()[0]?.objects.find(({ metadata }) => metadata?.name === 'system:kube-scheduler'),
  ]
  const { rules } = await admin.get(ClusterRoles, { name: 'system:kube-scheduler' })
  expect(rules?.[0]).toEqual(ruleOf('get: teapots'))
  expect(rules).toHaveLength((wanted as { rules: object[] }).rules.length + 2)
  expect((await admin.get(ClusterRoles, { name: 'system:discovery' })).rules ?? []).toEqual([])
  expect((await admin.get(ClusterRoles, { name: 'view' })).rules).not.toEqual([])
  expect((await admin.get(ClusterRoleBindings, { name: 'system:node-proxier' })).subjects).toEqual(
    ['user:other', 'user:system:kube-proxy'].map(subjectOf),
  )
  expect((await admin.get(ClusterRoleBindings, { name: 'system:kube-dns' })).roleRef.name).toBe('system:kube-dns')
})
