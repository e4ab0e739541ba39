import {
  type ReplicationController,
  ReplicationControllerSpec,
  ReplicationControllers,
} from '../../../api/core/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import { selectorOfMap } from '../../../api/machinery/selectors/labels.ts'
import { containerImages, containerNames, formatLabels, labelText } from '../format.ts'
import type { Kind } from '../kind.ts'
import { notNegative } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { templateProblems } from '../rules/workload.ts'
import { replicaRules } from '../rules/workload-status.ts'
import { ageColumn, integer, nameColumn, wide } from '../table.ts'
import { namedWorkloadWarnings } from '../warnings/workload.ts'

export const replicationControllers: Kind<ReplicationController> = {
  type: ReplicationControllers,
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  hasStatus: true,
  // As it always was with v1: clients from before garbage collection expect their pods to stay.
  defaultPropagation: 'Orphan',
  selectableFields: { 'status.replicas': (rc) => String(rc.status.replicas ?? 0) },
  prepareForCreate: (rc) => ({ ...rc, status: { replicas: 0 } }),
  scale: {
    path: ['spec', 'replicas'],
    replicas: (rc) => rc.spec.replicas ?? 0,
    statusReplicas: (rc) => rc.status.replicas ?? 0,
    selector: (rc) => labelText(rc.spec.selector),
    withReplicas: (rc, replicas) => ({ ...rc, spec: { ...rc.spec, replicas } }),
  },
  columns: [
    nameColumn(),
    integer('Desired', (rc) => rc.spec.replicas ?? 0),
    integer('Current', (rc) => rc.status.replicas ?? 0),
    integer('Ready', (rc) => rc.status.readyReplicas ?? 0),
    ageColumn(),
    wide('Containers', (rc) => containerNames(rc.spec.template?.spec)),
    wide('Images', (rc) => containerImages(rc.spec.template?.spec)),
    wide('Selector', (rc) => formatLabels(rc.spec.selector)),
  ],
  rules: [
    rule(ReplicationControllerSpec, { replicas: notNegative, minReadySeconds: notNegative }, (spec, field) => {
      const { selector = {}, template } = spec
      return [
        ...(Object.keys(selector).length === 0 ? [fieldError.required(`${field}.selector`)] : []),
        ...(template
          ? templateProblems(template, selectorOfMap(selector), `${field}.template`, 'ReplicationController')
          : [fieldError.required(`${field}.template`)]),
      ]
    }),
  ],
  validateStatusUpdate: replicaRules(['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas']),
  warnings: namedWorkloadWarnings,
}
