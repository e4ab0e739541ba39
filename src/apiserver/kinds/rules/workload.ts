import {
  type DaemonSet,
  DaemonSetSpec,
  DaemonSetUpdateStrategy,
  type Deployment,
  DeploymentSpec,
  DeploymentStrategy,
  type ReplicaSet,
  ReplicaSetSpec,
  RollingUpdateDaemonSet,
  RollingUpdateDeployment,
  RollingUpdateStatefulSetStrategy,
  type StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from '../../../api/apps/v1/index.ts'
import { type PodTemplateSpec, ReplicationControllerSpec } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { type IntOrString, percentOf } from '../../../api/intstr.ts'
import { type Selector, selectorOf, selectorOfMap } from '../../../api/machinery/selectors/labels.ts'
import type { LabelSelector } from '../../../api/meta/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import { countOrPercent, equal, needs, notNegative, oneOf, unchanged } from './checks.ts'
import { isEmptySelector, nonEmptySelector } from './labels.ts'
import { rule } from './walk.ts'

const retain = oneOf('Delete', 'Retain')
const counts = { replicas: notNegative, minReadySeconds: notNegative, revisionHistoryLimit: notNegative }

export const workloadRules = [
  rule(ReplicationControllerSpec, { replicas: notNegative, minReadySeconds: notNegative }, (spec, field) => {
    const { selector = {}, template } = spec
    return [
      ...(Object.keys(selector).length === 0 ? [fieldError.required(`${field}.selector`)] : []),
      ...(template
        ? templateProblems(template, selectorOfMap(selector), `${field}.template`, 'ReplicationController')
        : [fieldError.required(`${field}.template`)]),
    ]
  }),
  rule(ReplicaSetSpec, { replicas: counts.replicas, minReadySeconds: notNegative }, (spec, field) =>
    ownerProblems(spec.selector, spec.template, field, 'ReplicaSet', 'deployment'),
  ),
  rule(DeploymentSpec, { ...counts, progressDeadlineSeconds: notNegative }, (spec, field) => [
    ...ownerProblems(spec.selector, spec.template, field, 'Deployment', 'deployment'),
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
  rule(DeploymentStrategy, { type: needs(oneOf('Recreate', 'RollingUpdate')) }, ({ type, rollingUpdate }, field) => {
    if (type === 'Recreate' && rollingUpdate)
      return [fieldError.forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
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
  rule(DaemonSetSpec, { minReadySeconds: notNegative, revisionHistoryLimit: notNegative }, (spec, field) =>
    ownerProblems(spec.selector, spec.template, field, 'DaemonSet', 'daemonset'),
  ),
  rule(DaemonSetUpdateStrategy, { type: needs(oneOf('OnDelete', 'RollingUpdate')) }),
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
  rule(StatefulSetSpec, { ...counts, podManagementPolicy: needs(oneOf('OrderedReady', 'Parallel')) }, (spec, field) =>
    ownerProblems(spec.selector, spec.template, field, 'StatefulSet', 'statefulset'),
  ),
  rule(
    StatefulSetUpdateStrategy,
    { type: needs(oneOf('OnDelete', 'RollingUpdate')) },
    ({ type, rollingUpdate }, field) =>
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
]

const isZero = (value: IntOrString) => value === 0 || percentOf(value) === 0

/** As `countOrPercent`, of all there are: not more than 100%. */
function share(value: IntOrString | undefined, field: string): FieldError[] {
  const errors = countOrPercent(value, field)
  return value !== undefined && (percentOf(value) ?? 0) > 100
    ? [...errors, fieldError.invalid(field, value, 'must not be greater than 100%')]
    : errors
}

/** `empty` is how upstream's message calls the kind, which for ReplicaSets is another one's name. */
function ownerProblems(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  field: string,
  kind: string,
  empty: string,
): FieldError[] {
  return [
    ...nonEmptySelector(selector, `${field}.selector`, empty),
    ...templateProblems(template ?? {}, tolerant(selector), `${field}.template`, kind),
  ]
}

/** A selector that breaks its own rules is reported by those; here it matches. None at all matches nothing. */
function tolerant(selector: LabelSelector | undefined): Pick<Selector, 'matches'> {
  if (!selector) return { matches: () => false }
  if (isEmptySelector(selector)) return { matches: () => true }
  try {
    return selectorOf(selector)
  } catch {
    return { matches: () => true }
  }
}

function templateProblems(
  { metadata, spec }: Partial<PodTemplateSpec>,
  selector: Pick<Selector, 'matches'>,
  field: string,
  kind: string,
): FieldError[] {
  const labels = metadata?.labels
  const errors: FieldError[] = []
  if (!selector.matches(labels ?? {}))
    errors.push(fieldError.invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`'))
  if (!spec) return [...errors, fieldError.required(`${field}.spec.containers`)]
  if (spec.restartPolicy && spec.restartPolicy !== 'Always')
    errors.push(fieldError.notSupported(`${field}.spec.restartPolicy`, spec.restartPolicy, ['Always']))
  if (spec.activeDeadlineSeconds !== undefined)
    errors.push(
      fieldError.forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
    )
  if (spec.ephemeralContainers?.length)
    errors.push(
      fieldError.forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'),
    )
  return errors
}

type Selecting = Deployment | ReplicaSet | DaemonSet

export const validateSelectorUpdate = (now: Selecting, old: Stored<Selecting>): FieldError[] =>
  unchanged(now.spec?.selector, old.spec.selector, 'spec.selector')

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

export function validateStatefulSetUpdate({ spec }: StatefulSet, old: Stored<StatefulSet>): FieldError[] {
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
