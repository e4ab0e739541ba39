import {
  RollingUpdateStatefulSetStrategy,
  type StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSets,
  StatefulSetUpdateStrategy,
} from '../../../api/apps/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { equal, notNegative, oneOf, required } from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'
import { counts, ownerProblems, share } from '../rules/workload.ts'
import { ageColumn, column, nameColumn } from '../table.ts'
import { scaleOf, templateColumns } from '../workload.ts'

const retain = oneOf('Delete', 'Retain')

export const statefulSets: Kind<StatefulSet> = {
  type: StatefulSets,
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  hasStatus: true,
  prepareForCreate: (sts) => ({ ...sts, status: { replicas: 0, availableReplicas: 0 } }),
  scale: scaleOf<StatefulSet>(),
  columns: [
    nameColumn(),
    column('Ready', (sts) => `${sts.status.readyReplicas ?? 0}/${sts.spec.replicas ?? 0}`),
    ageColumn(),
    ...templateColumns<StatefulSet>().slice(0, 2),
  ],
  rules: [
    rule(StatefulSetSpec, { ...counts, podManagementPolicy: required }, (spec, field) =>
      ownerProblems(spec.selector, spec.template, field, 'StatefulSet', 'statefulset'),
    ),
    rule(StatefulSetUpdateStrategy, { type: required }, ({ type, rollingUpdate }, field) =>
      type === 'OnDelete' && rollingUpdate
        ? [
            fieldError.invalid(
              `${field}.rollingUpdate`,
              rollingUpdate,
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ]
        : [],
    ),
    rule(RollingUpdateStatefulSetStrategy, { partition: notNegative, maxUnavailable: share }),
    rule(StatefulSetPersistentVolumeClaimRetentionPolicy, { whenDeleted: retain, whenScaled: retain }),
  ],
  validateUpdate,
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

function validateUpdate({ spec }: StatefulSet, old: Stored<StatefulSet>): FieldError[] {
  if (!spec) return []
  const rest = (s: typeof spec) => ({ ...s, ...Object.fromEntries(changeable.map((name) => [name, undefined])) })
  if (equal(rest(spec), rest(old.spec))) return []
  const names = changeable.map((name) => `'${name}'`)
  return [
    fieldError.forbidden(
      'spec',
      `updates to statefulset spec for fields other than ${names.slice(0, -1).join(', ')} and ${names.at(-1)} are forbidden`,
    ),
  ]
}
