import { list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { rbac } from './package.ts'

export const AggregationRule = rbac.message('AggregationRule', {
  clusterRoleSelectors: list(1, LabelSelector).atomic(),
})
export interface AggregationRule extends TypeOf<typeof AggregationRule> {}

export const PolicyRule = rbac.message('PolicyRule', {
  verbs: list(1, string).required().atomic(),
  apiGroups: list(2, string).atomic(),
  resources: list(3, string).atomic(),
  resourceNames: list(4, string).atomic(),
  nonResourceURLs: list(5, string).atomic(),
})
export interface PolicyRule extends TypeOf<typeof PolicyRule> {}

export const ClusterRole = rbac.kind('ClusterRole', {
  metadata: ref(1, ObjectMeta),
  rules: list(2, PolicyRule).atomic(),
  aggregationRule: ref(3, AggregationRule),
})
export interface ClusterRole extends TypeOf<typeof ClusterRole> {}
export const ClusterRoleList = rbac.listOf(ClusterRole)
export const ClusterRoles = rbac.resource(ClusterRole, 'clusterroles', { namespaced: false })

export const Role = rbac.kind('Role', {
  metadata: ref(1, ObjectMeta),
  rules: list(2, PolicyRule).atomic(),
})
export interface Role extends TypeOf<typeof Role> {}
export const RoleList = rbac.listOf(Role)
export const Roles = rbac.resource(Role, 'roles', { namespaced: true })
