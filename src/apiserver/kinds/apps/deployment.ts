import {
  type Deployment,
  DeploymentSpec,
  DeploymentStrategy,
  Deployments,
  RollingUpdateDeployment,
} from '../../../api/apps/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import type { Kind } from '../kind.ts'
import { countOrPercent, notNegative, notSaidHere, oneOf } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { counts, isZero, ownerProblems, share, validateSelectorUpdate } from '../rules/workload.ts'
import { replicaRules } from '../rules/workload-status.ts'
import { ageColumn, column, integer, nameColumn } from '../table.ts'
import { namedWorkloadWarnings } from '../warnings/workload.ts'
import { scaleOf, templateColumns } from '../workload.ts'

export const deployments: Kind<Deployment> = {
  type: Deployments,
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  hasStatus: true,
  statusKeeps: ['labels'],
  // A controller that writes the status does not choose the Deployment's labels.
  prepareForStatusUpdate: (object, { metadata: { labels } }) => {
    const { labels: _, ...metadata } = object.metadata ?? {}
    return { ...object, metadata: { ...metadata, ...(labels && { labels }) } }
  },
  scale: scaleOf<Deployment>(),
  columns: [
    nameColumn(),
    column('Ready', (d) => `${d.status.readyReplicas ?? 0}/${d.spec.replicas ?? 0}`),
    integer('Up-to-date', (d) => d.status.updatedReplicas ?? 0),
    integer('Available', (d) => d.status.availableReplicas ?? 0),
    ageColumn(),
    ...templateColumns<Deployment>(),
  ],
  rules: [
    rule(DeploymentSpec, { ...counts, progressDeadlineSeconds: notNegative }, (spec, field) => [
      ...ownerProblems(spec.selector, spec.template, field, 'ReplicaSet', 'deployment'),
      ...(spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)
        ? [
            fieldError.invalid(
              `${field}.progressDeadlineSeconds`,
              spec.progressDeadlineSeconds,
              'must be greater than minReadySeconds',
            ),
          ]
        : []),
    ]),
    rule(DeploymentStrategy, { type: notSaidHere }, ({ type = '', rollingUpdate }, field) => {
      const wrong = oneOf('Recreate', 'RollingUpdate')(type || ' ', field)
      if (wrong.length) return wrong
      if (type === 'Recreate' && rollingUpdate)
        return [
          fieldError.forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"),
        ]
      return type === 'RollingUpdate' && !rollingUpdate
        ? [fieldError.required(`${field}.rollingUpdate`, 'this should be defaulted and never be nil')]
        : []
    }),
    rule(
      RollingUpdateDeployment,
      { maxUnavailable: share, maxSurge: countOrPercent },
      ({ maxUnavailable = 0, maxSurge = 0 }, field) =>
        isZero(maxUnavailable) && isZero(maxSurge)
          ? [fieldError.invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
          : [],
    ),
  ],
  validateStatusUpdate: replicaRules(
    ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    ['unavailableReplicas'],
  ),
  warnings: namedWorkloadWarnings,
  validateUpdate: validateSelectorUpdate,
}
