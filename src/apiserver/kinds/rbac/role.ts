import { type FieldError, fieldError } from '../../../api/errors.ts'
import { pathSegmentName } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import {
  type ClusterRole,
  type ClusterRoleBinding,
  type PolicyRule,
  type Role,
  type RoleBinding,
  RoleRef,
  Subject,
} from '../../../api/rbac/v1/index.ts'
import { equal } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
/** The group that each kind of subject is of. */
const subjectGroups: Record<string, string> = { Group: rbacGroup, ServiceAccount: '', User: rbacGroup }

export const accessRules = [
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
]

/** Roles of a namespace are about resources only. */
export const validateRole = ({ rules = [] }: Role): FieldError[] =>
  rules.flatMap((r, i) => ruleProblems(r, `rules[${i}]`, true))
export const validateClusterRole = ({ rules = [] }: ClusterRole): FieldError[] =>
  rules.flatMap((r, i) => ruleProblems(r, `rules[${i}]`, false))

function ruleProblems(
  { verbs = [], apiGroups = [], resources = [], nonResourceURLs = [] }: PolicyRule,
  field: string,
  namespaced: boolean,
): FieldError[] {
  const errors: FieldError[] = []
  if (verbs.length === 0) errors.push(fieldError.required(`${field}.verbs`, 'verbs must contain at least one value'))
  if (nonResourceURLs.length) {
    if (namespaced)
      errors.push(
        fieldError.invalid(
          `${field}.nonResourceURLs`,
          nonResourceURLs,
          'namespaced rules cannot apply to non-resource URLs',
        ),
      )
    if (apiGroups.length || resources.length)
      errors.push(
        fieldError.invalid(
          `${field}.nonResourceURLs`,
          nonResourceURLs,
          'rules cannot apply to both regular resources and non-resource URLs',
        ),
      )
    return errors
  }
  if (apiGroups.length === 0)
    errors.push(fieldError.required(`${field}.apiGroups`, 'resource rules must supply at least one api group'))
  if (resources.length === 0)
    errors.push(fieldError.required(`${field}.resources`, 'resource rules must supply at least one resource'))
  return errors
}

type Binding = RoleBinding | ClusterRoleBinding

export const validateBindingUpdate = (now: Binding, old: Stored<Binding>): FieldError[] =>
  equal(now.roleRef, old.roleRef) ? [] : [fieldError.invalid('roleRef', now.roleRef, 'cannot change roleRef')]

export const validateClusterRoleBinding = ({ roleRef }: ClusterRoleBinding): FieldError[] =>
  roleRef?.kind === 'Role' ? [fieldError.notSupported('roleRef.kind', 'Role', ['ClusterRole'])] : []
