export { clusterRoles as ClusterRoles } from './cluster-role.ts'
export { clusterRoleBindings as ClusterRoleBindings } from './cluster-role-binding.ts'
export { roles as Roles } from './role.ts'
export { roleBindings as RoleBindings } from './role-binding.ts'
