import { fieldError } from '../../../api/errors.ts'
import {
  type PodDisruptionBudget,
  PodDisruptionBudgetSpec,
  PodDisruptionBudgets,
} from '../../../api/policy/v1/index.ts'
import type { Kind } from '../kind.ts'
import { notNegative } from '../rules/checks.ts'
import { conditions } from '../rules/conditions.ts'
import { rule } from '../rules/walk.ts'
import { share } from '../rules/workload.ts'
import { ageColumn, column, integer, nameColumn } from '../table.ts'

export const podDisruptionBudgets: Kind<PodDisruptionBudget> = {
  type: PodDisruptionBudgets,
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  hasStatus: true,
  unconditionalUpdate: false,
  prepareForCreate: (pdb) => ({
    ...pdb,
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  }),
  columns: [
    nameColumn(),
    column('Min Available', ({ spec }) => String(spec.minAvailable ?? 'N/A')),
    column('Max Unavailable', ({ spec }) => String(spec.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', ({ status }) => status.disruptionsAllowed ?? 0),
    ageColumn(),
  ],
  rules: [
    rule(
      PodDisruptionBudgetSpec,
      {
        minAvailable: share,
        maxUnavailable: share,
      },
      (spec, field) =>
        spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
          ? [fieldError.invalid(field, spec, 'minAvailable and maxUnavailable cannot be both set')]
          : [],
    ),
  ],
  validateStatusUpdate: ({ status }) => [
    ...conditions(status?.conditions, 'status.conditions'),
    ...counts.flatMap((name) => notNegative(status?.[name], `status.${name}`)),
  ],
}

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const
