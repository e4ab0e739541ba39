import {
  RollingUpdateStatefulSetStrategy,
  type StatefulSet,
  StatefulSetOrdinals,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSets,
  StatefulSetUpdateStrategy,
} from '../../../api/apps/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label } from '../../../api/names.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { equal, notNegative, notSaidHere, oneOf } from '../rules/checks.ts'
import { annotations, labels } from '../rules/labels.ts'
import { rule } from '../rules/walk.ts'
import { isZero, ownerProblems, share } from '../rules/workload.ts'
import { replicaRules } from '../rules/workload-status.ts'
import { ageColumn, column, nameColumn } from '../table.ts'
import { claimWarnings } from '../warnings/claims.ts'
import { isSame, workloadWarnings } from '../warnings/workload.ts'
import { scaleOf, templateColumns } from '../workload.ts'

const retain = oneOf('Retain', 'Delete')

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
  nameRule: dns1123Label,
  rules: [
    rule(
      StatefulSetSpec,
      {
        replicas: notNegative,
        minReadySeconds: notNegative,
        podManagementPolicy: notSaidHere,
      },
      specProblems,
      // What the pods would break is for them to say: their volumes are only known with those of the claims.
      ['template', 'volumeClaimTemplates'],
    ),
    rule(StatefulSetOrdinals, { start: notNegative }),
    rule(StatefulSetUpdateStrategy, { type: notSaidHere }, ({ type, rollingUpdate }, field) => {
      if (!type) return [fieldError.required(field)]
      if (type !== 'OnDelete' && type !== 'RollingUpdate')
        return [fieldError.invalid(field, { type, rollingUpdate }, "must be 'RollingUpdate' or 'OnDelete'")]
      return type === 'OnDelete' && rollingUpdate
        ? [
            fieldError.invalid(
              `${field}.rollingUpdate`,
              rollingUpdate,
              "only allowed for updateStrategy 'RollingUpdate'",
            ),
          ]
        : []
    }),
    rule(RollingUpdateStatefulSetStrategy, {
      partition: notNegative,
      maxUnavailable: (value, field) => [
        ...share(value, field),
        ...(value !== undefined && isZero(value) ? [fieldError.invalid(field, value, 'cannot be 0')] : []),
      ],
    }),
    rule(StatefulSetPersistentVolumeClaimRetentionPolicy, { whenDeleted: retain, whenScaled: retain }),
  ],
  validateStatusUpdate: replicaRules(
    ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    [],
    'status.readyReplicas',
  ),
  warnings,
  validateUpdate,
}

function specProblems(spec: StatefulSetSpec, field: string): FieldError[] {
  const { metadata } = spec.template ?? {}
  const { podManagementPolicy: policy } = spec
  const isPolicy = policy === 'OrderedReady' || policy === 'Parallel'
  return [
    ...(isPolicy
      ? []
      : [fieldError.invalid(`${field}.podManagementPolicy`, policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...ownerProblems(
      spec.selector,
      { spec: { containers: [] }, ...spec.template },
      field,
      'StatefulSet',
      'statefulset',
    ),
    ...labels(metadata?.labels, `${field}.template.labels`),
    ...annotations(metadata?.annotations, `${field}.template.annotations`),
  ]
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

function warnings(sts: StatefulSet, old?: Stored<StatefulSet>): string[] {
  if (old && isSame(sts, old)) return []
  const { volumeClaimTemplates = [], revisionHistoryLimit = 0 } = sts.spec ?? {}
  return [
    ...workloadWarnings(sts, old),
    ...volumeClaimTemplates.flatMap(({ spec = {} }, i) => claimWarnings(spec, `spec.volumeClaimTemplates[${i}]`)),
    ...(revisionHistoryLimit < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ]
}
