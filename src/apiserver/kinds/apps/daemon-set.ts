import {
  type DaemonSet,
  DaemonSetSpec,
  DaemonSets,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from '../../../api/apps/v1/index.ts'
import { fieldError } from '../../../api/errors.ts'
import { formatLabels } from '../format.ts'
import type { Kind } from '../kind.ts'
import { notNegative, notSaidHere, oneOf } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { isZero, ownerProblems, share, validateSelectorUpdate } from '../rules/workload.ts'
import { countRules } from '../rules/workload-status.ts'
import { ageColumn, column, integer, nameColumn } from '../table.ts'
import { workloadWarnings } from '../warnings/workload.ts'
import { templateColumns } from '../workload.ts'

export const daemonSets: Kind<DaemonSet> = {
  type: DaemonSets,
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  hasStatus: true,
  prepareForCreate: (ds) => ({
    ...ds,
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  }),
  columns: [
    nameColumn(),
    integer('Desired', (ds) => ds.status.desiredNumberScheduled ?? 0),
    integer('Current', (ds) => ds.status.currentNumberScheduled ?? 0),
    integer('Ready', (ds) => ds.status.numberReady ?? 0),
    integer('Up-to-date', (ds) => ds.status.updatedNumberScheduled ?? 0),
    integer('Available', (ds) => ds.status.numberAvailable ?? 0),
    column('Node Selector', (ds) => formatLabels(ds.spec.template.spec?.nodeSelector)),
    ageColumn(),
    ...templateColumns<DaemonSet>(),
  ],
  rules: [
    rule(DaemonSetSpec, { minReadySeconds: notNegative, revisionHistoryLimit: notNegative }, (spec, field) =>
      ownerProblems(spec.selector, spec.template, field, 'DaemonSet', 'daemonset'),
    ),
    rule(DaemonSetUpdateStrategy, { type: notSaidHere }, ({ type = '' }, field) =>
      oneOf('RollingUpdate', 'OnDelete')(type || ' ', field),
    ),
    rule(
      RollingUpdateDaemonSet,
      { maxUnavailable: share, maxSurge: share },
      ({ maxUnavailable = 0, maxSurge = 0 }, field) => {
        if (isZero(maxUnavailable) && isZero(maxSurge))
          return [fieldError.required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')]
        return isZero(maxUnavailable) || isZero(maxSurge)
          ? []
          : [fieldError.invalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
      },
    ),
  ],
  validateStatusUpdate: countRules([
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
  ]),
  warnings: workloadWarnings,
  validateUpdate: validateSelectorUpdate,
}
