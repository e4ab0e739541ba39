import { fieldError } from '../../../api/errors.ts'
import { pathSegmentName } from '../../../api/names.ts'
import { AggregationRule, type ClusterRole, ClusterRoles } from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import type { ResourceOptions } from '../options.ts'
import { rule } from '../rules/walk.ts'
import { plainColumns } from '../table.ts'
import { guardRole } from './escalation.ts'
import { ruleProblems } from './role.ts'

export const clusterRoles = (options: ResourceOptions): Kind<ClusterRole> => ({
  type: ClusterRoles,
  singular: 'clusterrole',
  generation: 'none',
  createOnUpdate: true,
  columns: plainColumns(),
  nameRule: pathSegmentName,
  rules: [
    rule(AggregationRule, {
      clusterRoleSelectors: (list, field) =>
        list?.length
          ? []
          : [fieldError.required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')],
    }),
  ],
  validate: ({ rules = [] }) => rules.flatMap((r, i) => ruleProblems(r, `rules[${i}]`, false)),
  authorizeWrite: guardRole(options, ClusterRoles),
})
