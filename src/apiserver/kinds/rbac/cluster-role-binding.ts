import { pathSegmentName } from '../../../api/names.ts'
import { type ClusterRoleBinding, ClusterRoleBindings } from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { among, required } from '../rules/checks.ts'
import { guardBinding } from './escalation.ts'
import { bindingColumns, validateBindingUpdate } from './role-binding.ts'

export const clusterRoleBindings = (options: ResourceOptions): Kind<ClusterRoleBinding> => ({
  type: ClusterRoleBindings,
  singular: 'clusterrolebinding',
  generation: 'none',
  createOnUpdate: true,
  columns: bindingColumns(),
  nameRule: pathSegmentName,
  validate: ({ roleRef, subjects = [] }) => [
    ...among('ClusterRole')(roleRef?.kind ?? '', 'roleRef.kind'),
    // In a RoleBinding, a ServiceAccount without a namespace is one of the binding's own.
    ...subjects.flatMap(({ kind, namespace }, i) =>
      kind === 'ServiceAccount' ? required(namespace, `subjects[${i}].namespace`) : [],
    ),
  ],
  validateUpdate: validateBindingUpdate,
  authorizeWrite: guardBinding(options, ClusterRoleBindings),
})
