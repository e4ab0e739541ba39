import type { KubeObject, Stored } from '../../../api/object.ts'
import {
  type ClusterRole,
  type ClusterRoleBinding,
  ClusterRoleBindings,
  ClusterRoles,
  type Role,
  type RoleBinding,
  RoleBindings,
  type RoleRef,
  Roles,
  type Subject,
} from '../../../api/rbac/v1/index.ts'
import { define } from '../define.ts'
import { ageColumn, column, nameColumn, plainColumns, wide } from '../table.ts'

const common = { generation: 'none', createOnUpdate: true } as const

/** rbac.authorization.k8s.io */
export const rbac = [
  define<Role>({ ...common, type: Roles, singular: 'role', columns: plainColumns() }),
  define<ClusterRole>({ ...common, type: ClusterRoles, singular: 'clusterrole', columns: plainColumns() }),
  define<RoleBinding>({ ...common, type: RoleBindings, singular: 'rolebinding', columns: bindingColumns() }),
  define<ClusterRoleBinding>({
    ...common,
    type: ClusterRoleBindings,
    singular: 'clusterrolebinding',
    columns: bindingColumns(),
  }),
]

interface AnyBinding extends KubeObject {
  roleRef: RoleRef
  subjects?: Subject[]
}

function bindingColumns<T extends AnyBinding>() {
  const subjects = (kind: string) => (binding: Stored<T>) =>
    ((binding as AnyBinding).subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
      .join(', ')
  return [
    nameColumn<T>(),
    column<T>('Role', (binding) => `${binding.roleRef.kind}/${binding.roleRef.name}`),
    ageColumn<T>(),
    wide<T>('Users', subjects('User')),
    wide<T>('Groups', subjects('Group')),
    wide<T>('ServiceAccounts', subjects('ServiceAccount')),
  ]
}
