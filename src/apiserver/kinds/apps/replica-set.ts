import { type ReplicaSet, ReplicaSetSpec, ReplicaSets } from '../../../api/apps/v1/index.ts'
import type { Kind } from '../kind.ts'
import { notNegative } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { ownerProblems, validateSelectorUpdate } from '../rules/workload.ts'
import { replicaRules } from '../rules/workload-status.ts'
import { ageColumn, integer, nameColumn } from '../table.ts'
import { namedWorkloadWarnings } from '../warnings/workload.ts'
import { scaleOf, templateColumns } from '../workload.ts'

export const replicaSets: Kind<ReplicaSet> = {
  type: ReplicaSets,
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  hasStatus: true,
  prepareForCreate: (rs) => ({ ...rs, status: { replicas: 0 } }),
  selectableFields: { 'status.replicas': (rs) => String(rs.status.replicas ?? 0) },
  scale: scaleOf<ReplicaSet>(),
  columns: [
    nameColumn(),
    integer('Desired', (rs) => rs.spec.replicas ?? 0),
    integer('Current', (rs) => rs.status.replicas ?? 0),
    integer('Ready', (rs) => rs.status.readyReplicas ?? 0),
    ageColumn(),
    ...templateColumns<ReplicaSet>(),
  ],
  rules: [
    rule(ReplicaSetSpec, { replicas: notNegative, minReadySeconds: notNegative }, (spec, field) =>
      ownerProblems(spec.selector, spec.template, field, 'ReplicaSet', 'deployment'),
    ),
  ],
  validateStatusUpdate: replicaRules(['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  warnings: namedWorkloadWarnings,
  validateUpdate: validateSelectorUpdate,
}
