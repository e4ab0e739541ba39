import { fieldError } from '../../../api/errors.ts'
import { pathSegmentName } from '../../../api/names.ts'
import { type ClusterRoleBinding, ClusterRoleBindings } from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import { bindingColumns, validateBindingUpdate } from './role-binding.ts'

export const clusterRoleBindings: Kind<ClusterRoleBinding> = {
  type: ClusterRoleBindings,
  singular: 'clusterrolebinding',
  generation: 'none',
  createOnUpdate: true,
  columns: bindingColumns(),
  nameRule: pathSegmentName,
  validate: ({ roleRef }) =>
    roleRef?.kind === 'Role' ? [fieldError.notSupported('roleRef.kind', 'Role', ['ClusterRole'])] : [],
  validateUpdate: validateBindingUpdate,
}
