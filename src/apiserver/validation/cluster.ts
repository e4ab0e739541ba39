import {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  MetricTarget,
} from '../../api/autoscaling/v2/index.ts'
import { LeaseSpec } from '../../api/coordination/v1/index.ts'
import { LimitRangeItem, type Node, type ResourceQuota, ResourceQuotaSpec } from '../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../api/errors.ts'
import { pathSegmentName, qualifiedName } from '../../api/names.ts'
import { type RuntimeClass, RuntimeClass as RuntimeClassType } from '../../api/node/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { PodDisruptionBudgetSpec } from '../../api/policy/v1/index.ts'
import type { PriorityClass } from '../../api/scheduling/v1/index.ts'
import {
  countOrPercent,
  equal,
  named,
  needs,
  notNegative,
  notNegativeQuantity,
  oneOf,
  positive,
  positiveQuantity,
  quantityOf,
  required,
  unchanged,
} from './checks.ts'
import { rule } from './walk.ts'

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]
const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
]
const pathSegment = needs(named(pathSegmentName))

/** Kinds about the cluster as a whole. */
export const clusterRules = [
  rule(ResourceQuotaSpec, {
    hard: (map = {}, field) =>
      Object.entries(map).flatMap(([name, text]) => [
        ...qualifiedName(name).map((problem) => fieldError.invalid(`${field}[${name}]`, name, problem)),
        ...notNegativeQuantity(text, `${field}[${name}]`),
      ]),
    scopes: (list = [], field) => [
      ...list
        .filter((scope) => !scopes.includes(scope))
        .map((scope) => fieldError.invalid(field, scope, 'unsupported scope')),
      ...exclusive
        .filter((pair) => pair.every((scope) => list.includes(scope)))
        .map(() => fieldError.invalid(field, list, 'conflicting scopes')),
    ],
  }),
  rule(LimitRangeItem, { type: needs(named(qualifiedName)) }, limitProblems),
  rule(
    PodDisruptionBudgetSpec,
    {
      minAvailable: countOrPercent,
      maxUnavailable: countOrPercent,
      unhealthyPodEvictionPolicy: oneOf('AlwaysAllow', 'IfHealthyBudget'),
    },
    (spec, field) =>
      spec.minAvailable !== undefined && spec.maxUnavailable !== undefined
        ? [fieldError.invalid(field, spec, 'minAvailable and maxUnavailable cannot be both set')]
        : [],
  ),
  rule(HorizontalPodAutoscalerSpec, { minReplicas: positive }, ({ minReplicas = 1, maxReplicas = 0 }, field) => {
    if (maxReplicas < 1) return [fieldError.invalid(`${field}.maxReplicas`, maxReplicas, 'must be greater than 0')]
    return maxReplicas < minReplicas
      ? [fieldError.invalid(`${field}.maxReplicas`, maxReplicas, 'must be greater than or equal to `minReplicas`')]
      : []
  }),
  rule(CrossVersionObjectReference, { kind: pathSegment, name: pathSegment }),
  rule(MetricTarget, {
    type: (value, field) => {
      if (!value) return [fieldError.required(field, 'must specify a metric target type')]
      return ['AverageValue', 'Utilization', 'Value'].includes(value)
        ? []
        : [fieldError.invalid(field, value, 'must be either Utilization, Value, or AverageValue')]
    },
    value: positiveQuantity,
    averageValue: positiveQuantity,
    averageUtilization: positive,
  }),
  rule(HPAScalingPolicy, {
    type: needs(oneOf('Percent', 'Pods')),
    value: (value = 0, field) => (value > 0 ? [] : [fieldError.invalid(field, value, 'must be greater than zero')]),
    periodSeconds: (value = 0, field) => {
      if (value <= 0) return [fieldError.invalid(field, value, 'must be greater than zero')]
      return value > 1800 ? [fieldError.invalid(field, value, 'must be less than or equal to 1800')] : []
    },
  }),
  rule(LeaseSpec, {
    leaseDurationSeconds: positive,
    leaseTransitions: notNegative,
    strategy: oneOf('OldestEmulationVersion'),
  }),
  rule(RuntimeClassType, { handler: required }),
]

function limitProblems(
  { min = {}, max = {}, default: limits = {}, defaultRequest = {}, type }: LimitRangeItem,
  field: string,
) {
  const errors: FieldError[] = []
  const check = (
    low: Record<string, string>,
    high: Record<string, string>,
    at: string,
    lowName: string,
    highName: string,
    shown: 'low' | 'high',
  ) => {
    for (const [name, least] of Object.entries(low)) {
      const most = high[name]
      const [a, b] = [quantityOf(least), quantityOf(most)]
      if (a && b && a.compare(b) > 0)
        errors.push(
          fieldError.invalid(
            `${field}.${at}[${name}]`,
            shown === 'low' ? least : most,
            `${lowName} value ${least} is greater than ${highName} value ${most}`,
          ),
        )
    }
  }
  check(min, max, 'min', 'min', 'max', 'low')
  if (type === 'Pod') {
    if (Object.keys(limits).length)
      errors.push(fieldError.forbidden(`${field}.default`, "may not be specified when `type` is 'Pod'"))
    if (Object.keys(defaultRequest).length)
      errors.push(fieldError.forbidden(`${field}.defaultRequest`, "may not be specified when `type` is 'Pod'"))
    return errors
  }
  check(min, defaultRequest, 'defaultRequest', 'min', 'default request', 'high')
  check(defaultRequest, max, 'defaultRequest', 'default request', 'max', 'low')
  check(defaultRequest, limits, 'defaultRequest', 'default request', 'default limit', 'low')
  check(min, limits, 'default', 'min', 'default', 'high')
  check(limits, max, 'default', 'default', 'max', 'low')
  return errors
}

export const validateQuotaUpdate = ({ spec }: ResourceQuota, old: Stored<ResourceQuota>): FieldError[] =>
  unchanged(spec?.scopes, old.spec.scopes, 'spec.scopes')

const userPriorityLimit = 1_000_000_000
const systemClasses: Record<string, number> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

export function validatePriorityClass({ metadata, value = 0, preemptionPolicy }: PriorityClass): FieldError[] {
  const name = metadata?.name ?? ''
  const errors = oneOf('Never', 'PreemptLowerPriority')(preemptionPolicy, 'preemptionPolicy')
  if (name.startsWith('system-')) {
    if (systemClasses[name] !== value)
      errors.push(
        fieldError.forbidden(
          'metadata.name',
          "priority class names with 'system-' prefix are reserved for system use only. error: " +
            (systemClasses[name] === undefined
              ? `${name} is not a known system priority class`
              : `value of ${name} PriorityClass must be ${systemClasses[name]}`),
        ),
      )
  } else if (value > userPriorityLimit)
    errors.push(
      fieldError.forbidden('value', `maximum allowed value of a user defined priority is ${userPriorityLimit}`),
    )
  return errors
}

export const validatePriorityClassUpdate = (now: PriorityClass, old: Stored<PriorityClass>): FieldError[] => [
  ...((now.value ?? 0) === (old.value ?? 0) ? [] : [fieldError.forbidden('value', 'may not be changed in an update.')]),
  ...unchanged(
    now.preemptionPolicy ?? 'PreemptLowerPriority',
    old.preemptionPolicy ?? 'PreemptLowerPriority',
    'preemptionPolicy',
  ),
]

export const validateRuntimeClassUpdate = (now: RuntimeClass, old: Stored<RuntimeClass>): FieldError[] =>
  unchanged(now.handler, old.handler, 'handler')

/** What identifies a node's pods network and machine is set once. */
export function validateNodeUpdate({ spec }: Node, old: Stored<Node>): FieldError[] {
  const errors: FieldError[] = []
  if (old.spec.podCIDRs?.length && !equal(spec?.podCIDRs, old.spec.podCIDRs))
    errors.push(fieldError.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  if (old.spec.providerID && spec?.providerID !== old.spec.providerID)
    errors.push(
      fieldError.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'),
    )
  return errors
}
