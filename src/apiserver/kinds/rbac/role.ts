import { type FieldError, fieldError } from '../../../api/errors.ts'
import { pathSegmentName } from '../../../api/names.ts'
import { type PolicyRule, type Role, Roles } from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { plainColumns } from '../table.ts'
import { guardRole } from './escalation.ts'

export const roles = (options: ResourceOptions): Kind<Role> => ({
  type: Roles,
  singular: 'role',
  generation: 'none',
  createOnUpdate: true,
  columns: plainColumns(),
  nameRule: pathSegmentName,
  // Roles of a namespace are about resources only.
  validate: ({ rules = [] }) => rules.flatMap((r, i) => ruleProblems(r, `rules[${i}]`, true)),
  authorizeWrite: guardRole(options, Roles),
})

export function ruleProblems(
  { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: PolicyRule,
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
    if (apiGroups.length || resources.length || resourceNames.length)
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
