import { type FieldError, fieldError } from '../../../api/errors.ts'
import { pathSegmentName } from '../../../api/names.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import {
  type ClusterRoleBinding,
  type RoleBinding,
  RoleBindings,
  RoleRef,
  Subject,
} from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import { equal } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, wide } from '../table.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

/** The group that each kind of subject is of. */
const subjectGroups: Record<string, string> = { Group: rbacGroup, ServiceAccount: '', User: rbacGroup }

export const roleBindings: Kind<RoleBinding> = {
  type: RoleBindings,
  singular: 'rolebinding',
  generation: 'none',
  createOnUpdate: true,
  columns: bindingColumns(),
  nameRule: pathSegmentName,
  rules: [
    rule(RoleRef, {}, ({ apiGroup, kind, name }, field) => [
      ...(apiGroup === rbacGroup ? [] : [fieldError.notSupported(`${field}.apiGroup`, apiGroup ?? '', [rbacGroup])]),
      ...(kind === 'Role' || kind === 'ClusterRole'
        ? []
        : [fieldError.notSupported(`${field}.kind`, kind, ['ClusterRole', 'Role'])]),
      ...(name
        ? pathSegmentName(name).map((problem) => fieldError.invalid(`${field}.name`, name, problem))
        : [fieldError.required(`${field}.name`)]),
    ]),
    rule(Subject, {}, ({ kind, apiGroup = '', name, namespace }, field) => {
      const errors: FieldError[] = []
      if (!name) errors.push(fieldError.required(`${field}.name`))
      const group = subjectGroups[kind]
      if (group === undefined)
        return [...errors, fieldError.notSupported(`${field}.kind`, kind, Object.keys(subjectGroups))]
      if (apiGroup !== group) errors.push(fieldError.notSupported(`${field}.apiGroup`, apiGroup, [group]))
      if (kind === 'ServiceAccount' && !namespace) errors.push(fieldError.required(`${field}.namespace`))
      return errors
    }),
  ],
  validateUpdate: validateBindingUpdate,
}

type Binding = RoleBinding | ClusterRoleBinding

export function validateBindingUpdate(now: Binding, old: Stored<Binding>): FieldError[] {
  return equal(now.roleRef, old.roleRef) ? [] : [fieldError.invalid('roleRef', now.roleRef, 'cannot change roleRef')]
}

interface AnyBinding extends KubeObject {
  roleRef: RoleRef
  subjects?: Subject[]
}

export function bindingColumns<T extends AnyBinding>() {
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
