import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain, pathSegmentName } from '../../../api/names.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'
import {
  type ClusterRoleBinding,
  type RoleBinding,
  RoleBindings,
  RoleRef,
  Subject,
} from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { among, equal, named, needs, required } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ageColumn, column, nameColumn, wide } from '../table.ts'
import { guardBinding } from './escalation.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

/** The group that each kind of subject is of. */
const subjectGroups: Record<string, string> = { ServiceAccount: '', User: rbacGroup, Group: rbacGroup }

export const roleBindings = (options: ResourceOptions): Kind<RoleBinding> => ({
  type: RoleBindings,
  singular: 'rolebinding',
  generation: 'none',
  createOnUpdate: true,
  columns: bindingColumns(),
  nameRule: pathSegmentName,
  rules: [
    rule(RoleRef, {
      apiGroup: (value = '', field) => among(rbacGroup)(value, field),
      name: needs(named(pathSegmentName)),
    }),
    rule(Subject, {}, ({ kind, apiGroup = '', name }, field) => {
      const errors = required(name, `${field}.name`)
      const group = subjectGroups[kind]
      if (group === undefined)
        return [...errors, fieldError.notSupported(`${field}.kind`, kind ?? '', Object.keys(subjectGroups))]
      if (apiGroup !== group) errors.push(fieldError.notSupported(`${field}.apiGroup`, apiGroup, [group]))
      if (kind !== 'ServiceAccount') return errors
      return [...errors, ...named(dns1123Subdomain)(name, `${field}.name`)]
    }),
  ],
  validate: ({ roleRef }) => among('Role', 'ClusterRole')(roleRef?.kind ?? '', 'roleRef.kind'),
  validateUpdate: validateBindingUpdate,
  authorizeWrite: guardBinding(options, RoleBindings),
})

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
