import {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  MetricTarget,
} from '../../../api/autoscaling/v2/index.ts'
import { LeaseSpec } from '../../../api/coordination/v1/index.ts'
import { type Node, NodeSpec, type Taint } from '../../../api/core/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { pathSegmentName } from '../../../api/names.ts'
import { type RuntimeClass, RuntimeClass as RuntimeClassType } from '../../../api/node/v1/index.ts'
import type { Stored } from '../../../api/object.ts'
import { PodDisruptionBudgetSpec } from '../../../api/policy/v1/index.ts'
import type { PriorityClass } from '../../../api/scheduling/v1/index.ts'
import { cidr } from '../networking/network-policy.ts'
import {
  countOrPercent,
  equal,
  named,
  needs,
  notNegative,
  oneOf,
  positive,
  positiveQuantity,
  required,
  unchanged,
} from '../rules/checks.ts'
import { rule } from '../rules/walk.ts'

const pathSegment = needs(named(pathSegmentName))

/** Kinds about the cluster as a whole. */
export const clusterRules = [
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
  rule(NodeSpec, {
    taints: uniqueTaints,
    podCIDRs: (list = [], field) => {
      const errors = list.flatMap((value, i) => cidr(value, `${field}[${i}]`))
      const ofIPv6 = list.filter((value) => value.includes(':')).length
      if (errors.length === 0 && (ofIPv6 > 1 || list.length - ofIPv6 > 1))
        errors.push(fieldError.invalid(field, list, 'may specify no more than one CIDR for each IP family'))
      return errors
    },
  }),
]

function uniqueTaints(taints: readonly Taint[] = [], field: string): FieldError[] {
  const keys = taints.map(({ key, effect }) => `${key}:${effect}`)
  return taints.flatMap((taint, i) => {
    if (keys.indexOf(keys[i] ?? '') === i) return []
    const error = fieldError.duplicate(`${field}[${i}]`, taint)
    return [{ ...error, message: `${error.message}: taints must be unique by key and effect pair` }]
  })
}

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
