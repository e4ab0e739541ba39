import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AuthorizedServer, authorizedServer } from '../../../../test/support/authorized-server.ts'
import { Namespaces } from '../../../api/core/v1/index.ts'
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from '../../../api/rbac/v1/index.ts'
import { ruleOf, subjectOf } from '../../authz/policy/notation.ts'

let world: AuthorizedServer
const shop = { namespace: 'shop' }
const jane = () => world.as('jane', 'ops')

/** Jane may write all roles and bindings, and read pods in her namespace: that is all. */
beforeEach(async () => {
  world = await authorizedServer()
  await world.admin.create(Namespaces, { metadata: { name: 'shop' } })
  await grant('rbac', 'readWrite: roles clusterroles rolebindings clusterrolebindings @ rbac.authorization.k8s.io')
  await world.admin.create(Roles, { metadata: { name: 'pods', ...shop }, rules: [ruleOf('read: pods')] })
  await bindIn('shop', 'pods', { kind: 'Role', name: 'pods' })
})
afterEach(() => world[Symbol.asyncDispose]())

async function grant(name: string, ...rules: string[]): Promise<void> {
  await world.admin.create(ClusterRoles, { metadata: { name }, rules: rules.map(ruleOf) })
  const roleRef = { kind: 'ClusterRole', name }
  await world.admin.create(ClusterRoleBindings, { metadata: { name }, roleRef, subjects: [subjectOf('user:jane')] })
}
const bindIn = (namespace: string, name: string, roleRef: { kind: string; name: string }, client = world.admin) =>
  client.create(RoleBindings, { metadata: { name, namespace }, roleRef, subjects: [subjectOf('user:jane')] })

const lacking = (about: string, ...rules: string[]) => ({
  code: 403,
  message:
    `${about} is forbidden: user "jane" (groups=["ops" "system:authenticated"]) is attempting to grant RBAC permissions ` +
    `not currently held:\n${rules.join('\n')}`,
})

test('nobody writes a role with rights that he lacks', async () => {
  const rules = ['read: pods', 'get delete: secrets', 'get: nodes'].map(ruleOf)
  const refusal = lacking(
    'roles.rbac.authorization.k8s.io "mine"',
    '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}',
    '{APIGroups:[""], Resources:["secrets"], Verbs:["delete" "get"]}',
  )
  const mine = { metadata: { name: 'mine', ...shop } }
  await expect(jane().create(Roles, { ...mine, rules })).rejects.toMatchObject(refusal)
  await expect(jane().create(Roles, { ...mine, rules }, { dryRun: true })).rejects.toMatchObject(refusal)
  const written = await jane().create(Roles, { ...mine, rules: [ruleOf('get list: pods')] })
  await expect(jane().update(Roles, { ...written, rules })).rejects.toMatchObject(refusal)
  await expect(jane().patch(Roles, { name: 'mine', ...shop }, { rules })).rejects.toMatchObject(refusal)
  // The rights of one namespace are no rights elsewhere.
  await expect(
    jane().create(ClusterRoles, { metadata: { name: 'mine' }, rules: [ruleOf('get: pods')] }),
  ).rejects.toMatchObject(
    lacking('clusterroles.rbac.authorization.k8s.io "mine"', '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'),
  )
})

test('nobody binds a role with rights that he lacks', async () => {
  await expect(bindIn('shop', 'up', { kind: 'ClusterRole', name: 'cluster-admin' }, jane())).rejects.toMatchObject(
    lacking(
      'rolebindings.rbac.authorization.k8s.io "up"',
      '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
      '{NonResourceURLs:["*"], Verbs:["*"]}',
    ),
  )
  await bindIn('shop', 'same', { kind: 'Role', name: 'pods' }, jane())
  await expect(bindIn('shop', 'none', { kind: 'Role', name: 'nowhere' }, jane())).rejects.toMatchObject({
    code: 404,
    message: 'role.rbac.authorization.k8s.io "nowhere" not found',
  })
  const binding = { metadata: { name: 'me' }, roleRef: { kind: 'ClusterRole', name: 'edit' } }
  await expect(jane().create(ClusterRoleBindings, binding)).rejects.toMatchObject({ code: 403 })
  // A right to bind one role says nothing of others.
  await grant('binder', 'bind: clusterroles @ rbac.authorization.k8s.io # edit')
  await jane().create(ClusterRoleBindings, binding)
  await expect(
    jane().create(ClusterRoleBindings, {
      ...binding,
      metadata: { name: 'up' },
      roleRef: { kind: 'ClusterRole', name: 'admin' },
    }),
  ).rejects.toMatchObject({ code: 403 })
})

test('the subjects of a binding cannot be widened either', async () => {
  await world.admin.create(ClusterRoleBindings, {
    metadata: { name: 'top' },
    roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [subjectOf('user:root')],
  })
  await expect(
    jane().patch(ClusterRoleBindings, { name: 'top' }, { subjects: [subjectOf('user:jane')] }),
  ).rejects.toMatchObject({ code: 403 })
  await expect(
    jane().patch(ClusterRoleBindings, { name: 'cluster-admin' }, { subjects: [subjectOf('group:ops')] }),
  ).rejects.toMatchObject({ code: 403 })
  // What the garbage collector changes grants nothing.
  await jane().patch(ClusterRoleBindings, { name: 'top' }, { metadata: { finalizers: ['example.com/keep'] } })
})

test('a role that aggregates others takes the rights of an administrator', async () => {
  const selectors = [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } }]
  const role = { metadata: { name: 'all' }, aggregationRule: { clusterRoleSelectors: selectors } }
  const refusal = {
    code: 403,
    message:
      'clusterroles.rbac.authorization.k8s.io "all" is forbidden: must have cluster-admin privileges to use the aggregationRule',
  }
  await expect(jane().create(ClusterRoles, role)).rejects.toMatchObject(refusal)
  const plain = await jane().create(ClusterRoles, { metadata: { name: 'all' }, rules: [] })
  await expect(jane().update(ClusterRoles, { ...plain, ...role, metadata: plain.metadata })).rejects.toMatchObject(
    refusal,
  )
  // Nor may she add her rules to a role that others have: the labelled role itself must be hers.
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  await expect(
    jane().create(ClusterRoles, { metadata: { name: 'more', labels }, rules: [ruleOf('get: secrets')] }),
  ).rejects.toMatchObject({ code: 403 })
})

test('with escalate and bind, with everything, or as an administrator, one may', async () => {
  const rules = [ruleOf('get: secrets')]
  await world.as('root', 'system:masters').create(Roles, { metadata: { name: 'a', ...shop }, rules })
  await grant('escalator', 'escalate: roles @ rbac.authorization.k8s.io')
  await jane().create(Roles, { metadata: { name: 'b', ...shop }, rules })
  await grant('everything', '*: * @ *', '*: *')
  await jane().create(ClusterRoles, {
    metadata: { name: 'c' },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  })
  await bindIn('shop', 'd', { kind: 'ClusterRole', name: 'cluster-admin' }, jane())
})
