import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AuthorizedServer, authorizedServer } from '../../../../test/support/authorized-server.ts'
import { SelfSubjectAccessReviews, SelfSubjectRulesReviews } from '../../../api/authorization/v1/index.ts'
import { ConfigMaps, Namespaces, Pods, Secrets } from '../../../api/core/v1/index.ts'
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from '../../../api/rbac/v1/index.ts'
import { ruleOf, subjectOf } from '../policy/notation.ts'

let world: AuthorizedServer
beforeEach(async () => {
  world = await authorizedServer()
  for (const name of ['shop', 'bank']) await world.admin.create(Namespaces, { metadata: { name } })
})
afterEach(() => world[Symbol.asyncDispose]())

const shop = { namespace: 'shop' }
const role = (name: string, ...rules: string[]) =>
  world.admin.create(Roles, { metadata: { name, ...shop }, rules: rules.map(ruleOf) })
const bind = (name: string, roleRef: { kind: string; name: string }, ...to: string[]) =>
  world.admin.create(RoleBindings, { metadata: { name, ...shop }, roleRef, subjects: to.map(subjectOf) })
const bindEverywhere = (name: string, clusterRole: string, ...to: string[]) =>
  world.admin.create(ClusterRoleBindings, {
    metadata: { name },
    roleRef: { kind: 'ClusterRole', name: clusterRole },
    subjects: to.map(subjectOf),
  })

test('a Role counts in its namespace, for users, groups and ServiceAccounts', async () => {
  await role('reader', 'read: pods')
  await bind('readers', { kind: 'Role', name: 'reader' }, 'user:jane', 'group:ops', 'shop/bot')
  for (const client of [world.as('jane'), world.as('joe', 'ops'), world.asAccount('shop/bot')]) {
    await client.list(Pods, shop)
    await expect(client.list(Pods, { namespace: 'bank' })).rejects.toMatchObject({ code: 403 })
    await expect(client.list(Pods)).rejects.toMatchObject({ code: 403 })
    await expect(client.delete(Pods, { ...shop, name: 'web' })).rejects.toMatchObject({
      code: 403,
      message:
        /^pods "web" is forbidden: User ".*" cannot delete resource "pods" in API group "" in the namespace "shop"$/,
    })
  }
  await expect(world.asAccount('bank/bot').list(Pods, shop)).rejects.toMatchObject({ code: 403 })
})

test("a ServiceAccount without a namespace is one of the binding's own", async () => {
  await role('reader', 'read: pods')
  const roleRef = { kind: 'Role', name: 'reader' }
  const subjects = [{ kind: 'ServiceAccount', name: 'bot' }]
  await world.admin.create(RoleBindings, { metadata: { name: 'readers', ...shop }, roleRef, subjects })
  await world.asAccount('shop/bot').list(Pods, shop)
  await expect(world.asAccount('bank/bot').list(Pods, shop)).rejects.toMatchObject({ code: 403 })
})

test('a change of roles and bindings counts from its answer on', async () => {
  const jane = world.as('jane')
  const may = () =>
    jane.list(Secrets, shop).then(
      () => true,
      () => false,
    )
  await role('peeper', 'list: secrets')
  expect(await may()).toBe(false)
  const binding = await bind('peepers', { kind: 'Role', name: 'peeper' }, 'user:jane')
  expect(await may()).toBe(true)
  await world.admin.patch(Roles, { ...shop, name: 'peeper' }, { rules: [] })
  expect(await may()).toBe(false)
  await world.admin.patch(Roles, { ...shop, name: 'peeper' }, { rules: [ruleOf('list: secrets')] })
  expect(await may()).toBe(true)
  await world.admin.update(RoleBindings, { ...binding, subjects: [subjectOf('user:joe')] })
  expect(await may()).toBe(false)
  await world.admin.update(RoleBindings, { ...binding, metadata: { name: 'peepers', ...shop } })
  expect(await may()).toBe(true)
  await world.admin.delete(RoleBindings, { ...shop, name: 'peepers' })
  expect(await may()).toBe(false)
})

test('a ClusterRole counts where its binding stands', async () => {
  await bind('viewers', { kind: 'ClusterRole', name: 'view' }, 'user:jane')
  await bindEverywhere('editors', 'edit', 'user:joe')
  await world.as('jane').list(ConfigMaps, shop)
  await expect(world.as('jane').list(ConfigMaps)).rejects.toMatchObject({ code: 403 })
  await expect(world.as('jane').list(Secrets, shop)).rejects.toMatchObject({ code: 403 })
  await world.as('joe').list(ConfigMaps)
  await world.as('joe').create(Secrets, { metadata: { name: 's', namespace: 'bank' } })
  await expect(world.as('joe').list(Roles)).rejects.toMatchObject({ code: 403 })
})

test('a selector of one name counts as the name', async () => {
  await role('one', 'read: configmaps # settings')
  await bind('ones', { kind: 'Role', name: 'one' }, 'user:jane')
  await world.as('jane').list(ConfigMaps, { ...shop, fieldSelector: 'metadata.name=settings' })
  await expect(world.as('jane').list(ConfigMaps, shop)).rejects.toMatchObject({ code: 403 })
  await expect(
    world.as('jane').list(ConfigMaps, { ...shop, fieldSelector: 'metadata.name=other' }),
  ).rejects.toMatchObject({ code: 403 })
})

test('a refusal names the roles that are missing', async () => {
  await bindEverywhere('lost', 'nowhere', 'user:jane')
  await bind('lost', { kind: 'Role', name: 'gone' }, 'user:jane')
  await expect(world.as('jane').list(Pods, shop)).rejects.toMatchObject({
    message:
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "shop": ' +
      'RBAC: [clusterrole.rbac.authorization.k8s.io "nowhere" not found, role.rbac.authorization.k8s.io "gone" not found]',
  })
  await expect(world.as('jane').list(Pods)).rejects.toMatchObject({
    message: expect.stringMatching(/: RBAC: clusterrole.rbac.authorization.k8s.io "nowhere" not found$/),
  })
})

test('reviews say who gave a right, and list all', async () => {
  await role('reader', 'read: pods', 'get: pods/log # web')
  await bind('readers', { kind: 'Role', name: 'reader' }, 'shop/bot')
  const bot = world.asAccount('shop/bot')
  const review = { spec: { resourceAttributes: { ...shop, verb: 'get', resource: 'pods', name: 'web' } } }
  expect((await bot.create(SelfSubjectAccessReviews, review)).status).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "readers/shop" of Role "reader" to ServiceAccount "bot/shop"',
  })
  const { status } = await bot.create(SelfSubjectRulesReviews, { spec: shop })
  expect(status?.resourceRules).toContainEqual({
    verbs: ['get', 'list', 'watch'],
    apiGroups: [''],
    resources: ['pods'],
  })
  expect(status?.resourceRules).toContainEqual({
    verbs: ['get'],
    apiGroups: [''],
    resources: ['pods/log'],
    resourceNames: ['web'],
  })
  expect(status?.nonResourceRules).toContainEqual({
    verbs: ['get'],
    nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
  })
  // The Node authorizer says nothing about others than nodes.
  expect(status).toMatchObject({ incomplete: false })
})

test('every user may ask for himself, and no more', async () => {
  const review = { spec: { resourceAttributes: { verb: 'list', resource: 'pods' } } }
  expect((await world.as('jane').create(SelfSubjectAccessReviews, review)).status).toEqual({ allowed: false })
  await expect(world.as('jane').list(ClusterRoles)).rejects.toMatchObject({ code: 403 })
})
