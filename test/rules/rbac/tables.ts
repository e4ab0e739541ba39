import type { KubeObject } from '../../../src/api/object.ts'
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from '../../../src/api/rbac/v1/index.ts'
import { absent, invalid, notSupported, put, type Rule, required, rule, type Table, to, words } from '../rule.ts'

const metadata = { name: 'x:Y' }
const one = { verbs: ['get'], apiGroups: [''], resources: ['pods', 'nodes'], resourceNames: ['a'] }
const grants = (fields: object) => put({ 'rules[0]': { ...one, ...fields } })
const urls = (fields: object = {}) => put({ 'rules[0]': { verbs: ['get'], nonResourceURLs: ['/a'], ...fields } })
const role = { metadata, rules: [one] } as KubeObject

const name = rule('metadata.name', invalid, "may not contain '/'", 'a b', 'a/b')
const rules: Rule[] = [
  name,
  rule('rules[0].verbs', required, 'verbs must contain at least one value', ['*'], []),
  rule('rules[0].apiGroups', required, 'resource rules must supply at least one api group', [''], absent),
  rule('rules[0].resources', required, 'resource rules must supply at least one resource', ['a'], absent),
]
const bothKinds = 'rules cannot apply to both regular resources and non-resource URLs'

const binding = {
  metadata,
  subjects: [{ kind: 'User', name: 'u' }],
  roleRef: { kind: 'ClusterRole', name: 'r' },
} as KubeObject
const group = 'rbac.authorization.k8s.io'
const subject = to('subjects[0]')
const account = (fields: object) => subject({ kind: 'ServiceAccount', name: 's', namespace: 'n', ...fields })

const bindingRules: Rule[] = [
  name,
  rule('roleRef.apiGroup', notSupported, `"x": supported values: "${group}"`, '', 'x'),
  rule('roleRef.name', required, '', 'A b', ''),
  rule('roleRef.name', invalid, "may not contain '%'", 'A b', 'a%b'),
  rule('subjects[0].name', required, '', 'U', ''),
  rule('subjects[0].kind', notSupported, 'supported values: "ServiceAccount", "User", "Group"', 'Group', 'Robot'),
  rule('subjects[0].apiGroup', notSupported, `"x": supported values: "${group}"`, '', 'x'),
  rule('subjects[0].apiGroup', notSupported, 'supported values: ""', account({}), account({ apiGroup: group })),
  rule('subjects[0].name', invalid, words.subdomain, account({ name: 'a.b' }), account({ name: 'A' })),
]
const updates = [
  rule('roleRef', invalid, 'cannot change roleRef', put({ subjects: [] }), put({ 'roleRef.name': 'other' })),
]

export const rbacTables: Table[] = [
  {
    resource: Roles,
    base: role,
    rules: [
      ...rules,
      rule(
        'rules[0].nonResourceURLs',
        invalid,
        'namespaced rules cannot apply to non-resource URLs',
        grants({}),
        urls(),
      ),
    ],
  },
  {
    resource: ClusterRoles,
    base: role,
    rules: [
      ...rules,
      rule('rules[0].nonResourceURLs', invalid, bothKinds, urls(), urls({ apiGroups: [''] })),
      rule('rules[0].nonResourceURLs', invalid, bothKinds, urls(), urls({ resources: ['pods'] })),
      rule('rules[0].nonResourceURLs', invalid, bothKinds, urls(), urls({ resourceNames: ['a'] })),
      rule(
        'aggregationRule.clusterRoleSelectors',
        required,
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
        [{}],
        [],
      ),
      rule('aggregationRule.clusterRoleSelectors[0].matchLabels', invalid, words.qualified, { a: 'b' }, { 'a b': 'b' }),
    ],
  },
  {
    resource: RoleBindings,
    base: binding,
    rules: [
      ...bindingRules,
      rule('roleRef.kind', notSupported, 'supported values: "Role", "ClusterRole"', 'Role', 'User'),
    ],
  },
  {
    resource: ClusterRoleBindings,
    base: binding,
    rules: [
      ...bindingRules,
      rule('roleRef.kind', notSupported, 'supported values: "ClusterRole"', 'ClusterRole', 'Role'),
      rule('subjects[0].namespace', required, '', account({}), account({ namespace: undefined })),
    ],
  },
  { resource: RoleBindings, write: 'update', base: binding, rules: updates },
  { resource: ClusterRoleBindings, write: 'update', base: binding, rules: updates },
]
