import { pathSegmentName } from '../../../api/names.ts'
import { type ClusterRole, ClusterRoles } from '../../../api/rbac/v1/index.ts'
import type { Kind } from '../kind.ts'
import { plainColumns } from '../table.ts'
import { ruleProblems } from './role.ts'

export const clusterRoles: Kind<ClusterRole> = {
  type: ClusterRoles,
  singular: 'clusterrole',
  generation: 'none',
  createOnUpdate: true,
  columns: plainColumns(),
  nameRule: pathSegmentName,
  validate: ({ rules = [] }) => rules.flatMap((r, i) => ruleProblems(r, `rules[${i}]`, false)),
}
