import {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  ExternalMetricSource,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '../../../api/autoscaling/v2/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Label, pathSegmentName } from '../../../api/names.ts'
import { containerResource } from '../rules/amounts.ts'
import { among, equal, named, needs, notNegativeQuantity, positive, quantityOf } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'

const pathSegment = named(pathSegmentName)

const sources = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const

const targetTypes = ['Utilization', 'Value', 'AverageValue']

const positiveAmount: Check<string> = (text, field) =>
  (quantityOf(text)?.sign ?? 1) > 0 ? [] : [fieldError.invalid(field, text, 'must be positive')]

const more: Check<number> = (value = 0, field) =>
  value > 0 ? [] : [fieldError.invalid(field, value, 'must be greater than zero')]

const replicas: Check<number> = (value = 1, field) =>
  value < 1 ? [fieldError.invalid(field, value, 'must be greater than or equal to 1')] : []

const noMoreThan =
  (most: number): Check<number> =>
  (value = 0, field) =>
    value > most ? [fieldError.invalid(field, value, `must be less than or equal to ${most}`)] : []

const maxWindowSeconds = 3600
const maxPeriodSeconds = 1800

/** What a field says, with its own text where it is absent. */
const requires =
  <V>(missing: string, check: Check<V> = () => []): Check<V> =>
  (value, field) =>
    value === undefined || (value as unknown) === '' ? [fieldError.required(field, missing)] : check(value, field)

export const autoscalerRules = [
  rule(HorizontalPodAutoscalerSpec, { minReplicas: replicas }, ({ minReplicas, maxReplicas = 0 }, field) => {
    const at = `${field}.maxReplicas`
    const invalid = (why: string) => [fieldError.invalid(at, maxReplicas, why)]
    return [
      ...(maxReplicas < 1 ? invalid('must be greater than 0') : []),
      ...(minReplicas !== undefined && maxReplicas < minReplicas
        ? invalid('must be greater than or equal to `minReplicas`')
        : []),
    ]
  }),
  rule(CrossVersionObjectReference, { kind: needs(pathSegment), name: needs(pathSegment) }),
  rule(MetricSpec, {}, (metric, field) => {
    const expected = (sources as Record<string, string>)[metric.type]
    const given = Object.values(sources).filter((name) => metric[name] !== undefined)
    const only = (name: string) =>
      fieldError.forbidden(`${field}.${name}`, 'must populate the given metric source only')
    return [
      ...requires<string>('must specify a metric source type')(metric.type, `${field}.type`),
      ...among(...Object.keys(sources))(metric.type ?? '', `${field}.type`),
      ...(expected !== undefined && !(given as string[]).includes(expected)
        ? [fieldError.required(`${field}.${expected}`, 'must populate information for the given metric source')]
        : []),
      ...(given.length === 1 ? [] : given.filter((name) => name !== expected).map(only)),
    ]
  }),
  rule(MetricIdentifier, { name: requires('must specify a metric name', pathSegment) }),
  rule(MetricTarget, {
    type: (value, field) => [
      ...requires<string>('must specify a metric target type')(value, field),
      ...(value !== undefined && targetTypes.includes(value)
        ? []
        : [fieldError.invalid(field, value ?? '', 'must be either Utilization, Value, or AverageValue')]),
    ],
    value: positiveAmount,
    averageValue: positiveAmount,
    averageUtilization: positive,
  }),
  rule(ObjectMetricSource, {}, ({ target }, field) =>
    target?.value === undefined && target?.averageValue === undefined
      ? [fieldError.required(`${field}.target.averageValue`, 'must set either a target value or averageValue')]
      : [],
  ),
  rule(ExternalMetricSource, {}, ({ target }, field) => {
    const [value, average] = [target?.value, target?.averageValue]
    if (value === undefined && average === undefined)
      return [
        fieldError.required(
          `${field}.target.averageValue`,
          'must set either a target value for metric or a per-pod target',
        ),
      ]
    return value !== undefined && average !== undefined
      ? [
          fieldError.forbidden(
            `${field}.target.value`,
            'may not set both a target value for metric and a per-pod target',
          ),
        ]
      : []
  }),
  rule(PodsMetricSource, {}, ({ target }, field) =>
    target?.averageValue === undefined
      ? [fieldError.required(`${field}.target.averageValue`, 'must specify a positive target averageValue')]
      : [],
  ),
  rule(ResourceMetricSource, { name: requires('must specify a resource name') }, ({ target }, field) =>
    usageTarget(target, `${field}.target`),
  ),
  rule(
    ContainerResourceMetricSource,
    {
      name: requires('must specify a resource name', (name = '', field) => containerResource(name, field)),
      container: requires('must specify a container', named(dns1123Label)),
    },
    ({ target }, field) => usageTarget(target, `${field}.target`),
  ),
  rule(HPAScalingRules, {
    stabilizationWindowSeconds: (value = 0, field) =>
      value < 0
        ? [fieldError.invalid(field, value, 'must be greater than or equal to zero')]
        : noMoreThan(maxWindowSeconds)(value, field),
    selectPolicy: among('Disabled', 'Max', 'Min'),
    tolerance: notNegativeQuantity,
  }),
  rule(HPAScalingPolicy, {
    type: (value = '', field) => among('Percent', 'Pods')(value, field),
    value: more,
    periodSeconds: (value, field) => [...more(value, field), ...noMoreThan(maxPeriodSeconds)(value, field)],
  }),
]

/** Of a resource that containers use: a share of what they ask for, or an amount. */
function usageTarget(target: MetricTarget | undefined, field: string): FieldError[] {
  const [share, amount] = [target?.averageUtilization, target?.averageValue]
  if (share === undefined && amount === undefined)
    return [
      fieldError.required(`${field}.averageUtilization`, 'must set either a target raw value or a target utilization'),
    ]
  return share !== undefined && amount !== undefined
    ? [fieldError.forbidden(`${field}.averageValue`, 'may not set both a target raw value and a target utilization')]
    : []
}

/**
 * The API versions of what an autoscaler refers to. That of its target must name a group, since nothing that scales is in
 * the core group but ReplicationControllers; one that was stored before this rule was made may stay.
 */
export function referenceVersions(
  { scaleTargetRef: target, metrics = [] }: HorizontalPodAutoscalerSpec,
  old: HorizontalPodAutoscalerSpec | undefined,
): FieldError[] {
  const before = old?.scaleTargetRef
  const isOld = before && equal([before.apiVersion, before.kind], [target?.apiVersion, target?.kind])
  const ofTarget = isOld
    ? []
    : apiVersion(target?.apiVersion, 'spec.scaleTargetRef.apiVersion', target?.kind !== 'ReplicationController')
  const wasBad = old?.metrics?.some(({ object }) => apiVersion(object?.describedObject?.apiVersion, '', false).length)
  const ofObjects = metrics.flatMap(({ object }, i) =>
    apiVersion(object?.describedObject?.apiVersion, `spec.metrics[${i}].object.describedObject.apiVersion`, false),
  )
  return [...ofTarget, ...(wasBad ? [] : ofObjects)]
}

function apiVersion(text = '', field: string, needsGroup: boolean): FieldError[] {
  const parts = text.split('/')
  if (parts.length > 2) return [fieldError.invalid(field, text, `unexpected GroupVersion string: ${text}`)]
  return needsGroup && (parts.length < 2 || !parts[0])
    ? [fieldError.invalid(field, text, 'apiVersion must specify API group')]
    : []
}
