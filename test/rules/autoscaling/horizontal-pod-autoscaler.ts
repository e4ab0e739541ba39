import { HorizontalPodAutoscalers as V1 } from '../../../src/api/autoscaling/v1/index.ts'
import { HorizontalPodAutoscalers as V2 } from '../../../src/api/autoscaling/v2/index.ts'
import type { KubeObject } from '../../../src/api/object.ts'
import {
  absent,
  forbidden,
  invalid,
  notSupported,
  put,
  type Rule,
  required,
  rule,
  type Table,
  to,
  words,
} from '../rule.ts'

const metadata = { name: 'x' }
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }
const autoscaler = { metadata, spec: { scaleTargetRef, maxReplicas: 3 } } as KubeObject
const reference = 'spec.scaleTargetRef'
const refers = (fields: object) => put({ [reference]: { ...scaleTargetRef, ...fields } })
const counts = (minReplicas: number | undefined, maxReplicas: number) =>
  put({ 'spec.minReplicas': minReplicas, 'spec.maxReplicas': maxReplicas })
const needsGroup = 'apiVersion must specify API group'

const spec: Rule[] = [
  rule('spec.minReplicas', invalid, 'must be greater than or equal to 1', 1, 0),
  rule('spec.maxReplicas', invalid, 'must be greater than 0', counts(undefined, 1), counts(undefined, 0)),
  rule('spec.maxReplicas', invalid, 'must be greater than or equal to `minReplicas`', counts(3, 3), counts(3, 2)),
  rule(`${reference}.kind`, required, '', refers({ kind: 'K' }), refers({ kind: '' })),
  rule(`${reference}.kind`, invalid, "may not contain '/'", refers({ kind: 'a b' }), refers({ kind: 'a/b' })),
  rule(`${reference}.name`, required, '', refers({ name: 'n' }), refers({ name: '' })),
  rule(`${reference}.name`, invalid, "may not be '..'", refers({ name: '...' }), refers({ name: '..' })),
  rule(`${reference}.apiVersion`, invalid, needsGroup, 'a/b', ''),
  rule(
    `${reference}.apiVersion`,
    invalid,
    needsGroup,
    refers({ apiVersion: 'v1', kind: 'ReplicationController' }),
    refers({ apiVersion: 'v1', kind: 'Deployment' }),
  ),
  rule(`${reference}.apiVersion`, invalid, 'unexpected GroupVersion string', 'a/b', 'a/b/c'),
]

const metric = 'spec.metrics[0]'
const metrics = (fields: object) => put({ 'spec.metrics': [fields] })
const utilization = { type: 'Utilization', averageUtilization: 50 }
const average = { type: 'AverageValue', averageValue: '1' }
const resource = { name: 'cpu', target: utilization }
const describedObject = { apiVersion: 'v1', kind: 'K', name: 'n' }
const identifier = { name: 'm' }
const sources: Record<string, [field: string, object]> = {
  ContainerResource: ['containerResource', { ...resource, container: 'c' }],
  External: ['external', { metric: identifier, target: average }],
  Object: ['object', { metric: identifier, describedObject, target: average }],
  Pods: ['pods', { metric: identifier, target: average }],
  Resource: ['resource', resource],
}
/** A metric of a type, with changes of its source. */
function of(type: string, fields: object = {}) {
  const [field = '', source] = sources[type] ?? []
  return metrics({ type, [field]: { ...source, ...fields } })
}
const both = { averageUtilization: 50, averageValue: '1' }

const kinds: Rule[] = Object.entries(sources).flatMap(([type, [field, source]]) => [
  rule(
    `${metric}.${field}`,
    required,
    'must populate information for the given metric source',
    of(type),
    metrics({ type }),
  ),
  rule(`${metric}.type`, notSupported, `"${type}"`, of(type), metrics({ type: 'Sometimes', [field]: source })),
])

const targets: Rule[] = ['resource', 'containerResource'].flatMap((field) => {
  const type = field === 'resource' ? 'Resource' : 'ContainerResource'
  const target = `${metric}.${field}.target`
  return [
    rule(
      `${target}.averageUtilization`,
      required,
      'must set either a target raw value or a target utilization',
      of(type, { target: average }),
      of(type, { target: { type: 'Utilization' } }),
    ),
    rule(
      `${target}.averageValue`,
      forbidden,
      'may not set both a target raw value and a target utilization',
      of(type),
      of(type, { target: { type: 'Utilization', ...both } }),
    ),
    rule(`${metric}.${field}.name`, required, 'must specify a resource name', of(type), of(type, { name: '' })),
  ]
})

const target = `${metric}.external.target`
const external = (fields: object) => of('External', { target: fields })

const others: Rule[] = [
  rule(`${metric}.type`, required, 'must specify a metric source type', of('Resource'), metrics({ resource })),
  rule(
    `${metric}.pods`,
    forbidden,
    'must populate the given metric source only',
    of('Resource'),
    metrics({ type: 'Resource', resource, pods: sources.Pods?.[1] }),
  ),
  rule(
    `${metric}.containerResource.name`,
    invalid,
    'must be a standard resource for containers',
    of('ContainerResource', { name: 'memory' }),
    of('ContainerResource', { name: 'storage' }),
  ),
  rule(
    `${metric}.containerResource.container`,
    required,
    'must specify a container',
    of('ContainerResource'),
    of('ContainerResource', { container: '' }),
  ),
  rule(
    `${metric}.containerResource.container`,
    invalid,
    words.label,
    of('ContainerResource', { container: '1' }),
    of('ContainerResource', { container: 'A' }),
  ),
  rule(
    `${metric}.pods.metric.name`,
    required,
    'must specify a metric name',
    of('Pods'),
    of('Pods', { metric: { name: '' } }),
  ),
  rule(
    `${metric}.pods.metric.name`,
    invalid,
    "may not contain '/'",
    of('Pods', { metric: { name: 'A b' } }),
    of('Pods', { metric: { name: 'a/b' } }),
  ),
  rule(
    `${metric}.pods.target.averageValue`,
    required,
    'must specify a positive target averageValue',
    of('Pods'),
    of('Pods', { target: { type: 'Value', value: '1' } }),
  ),
  rule(
    `${metric}.object.target.averageValue`,
    required,
    'must set either a target value or averageValue',
    of('Object', { target: { type: 'Value', value: '1' } }),
    of('Object', { target: { type: 'Value' } }),
  ),
  rule(
    `${metric}.object.describedObject.kind`,
    required,
    '',
    of('Object'),
    of('Object', { describedObject: { ...describedObject, kind: '' } }),
  ),
  rule(
    `${metric}.object.describedObject.apiVersion`,
    invalid,
    'unexpected GroupVersion string',
    of('Object', { describedObject: { ...describedObject, apiVersion: '' } }),
    of('Object', { describedObject: { ...describedObject, apiVersion: 'a/b/c' } }),
  ),
  rule(
    `${target}.averageValue`,
    required,
    'must set either a target value for metric or a per-pod target',
    external({ type: 'Value', value: '1' }),
    external({ type: 'Value' }),
  ),
  rule(
    `${target}.value`,
    forbidden,
    'may not set both a target value for metric and a per-pod target',
    external(average),
    external({ ...average, value: '1' }),
  ),
  rule(`${target}.type`, required, 'must specify a metric target type', external(average), external({ value: '1' })),
  rule(
    `${target}.type`,
    invalid,
    'must be either Utilization, Value, or AverageValue',
    external({ ...average, type: 'Utilization' }),
    external({ ...average, type: 'Sometimes' }),
  ),
  rule(
    `${target}.value`,
    invalid,
    'must be positive',
    external({ type: 'Value', value: '1m' }),
    external({ type: 'Value', value: '0' }),
  ),
  rule(
    `${target}.averageValue`,
    invalid,
    'must be positive',
    external({ ...average, averageValue: '1n' }),
    external({ ...average, averageValue: '-1' }),
  ),
  rule(
    `${metric}.resource.target.averageUtilization`,
    invalid,
    'must be greater than 0',
    of('Resource', { target: { ...utilization, averageUtilization: 1 } }),
    of('Resource', { target: { ...utilization, averageUtilization: 0 } }),
  ),
]

const behavior: Rule[] = ['scaleUp', 'scaleDown'].flatMap((way) => {
  const at = `spec.behavior.${way}`
  const scales = to(at)
  const policy = { type: 'Pods', value: 1, periodSeconds: 1 }
  const policies = (fields: object) => scales({ policies: [{ ...policy, ...fields }] })
  return [
    rule(`${at}.stabilizationWindowSeconds`, invalid, 'must be greater than or equal to zero', 0, -1),
    rule(`${at}.stabilizationWindowSeconds`, invalid, 'must be less than or equal to 3600', 3600, 3601),
    rule(`${at}.selectPolicy`, notSupported, 'supported values: "Disabled", "Max", "Min"', 'Disabled', 'Sometimes'),
    rule(`${at}.tolerance`, invalid, words.negative, '0', '-1m'),
    rule(
      `${at}.policies[0].type`,
      notSupported,
      'supported values: "Percent", "Pods"',
      policies({ type: 'Percent' }),
      policies({ type: '' }),
    ),
    rule(`${at}.policies[0].value`, invalid, words.notPositive, policies({}), policies({ value: 0 })),
    rule(`${at}.policies[0].periodSeconds`, invalid, words.notPositive, policies({}), policies({ periodSeconds: 0 })),
    rule(
      `${at}.policies[0].periodSeconds`,
      invalid,
      'must be less than or equal to 1800',
      policies({ periodSeconds: 1800 }),
      policies({ periodSeconds: 1801 }),
    ),
  ]
})

export const autoscalingTables: Table[] = [
  {
    resource: V2,
    base: autoscaler,
    rules: [...spec, ...kinds, ...targets, ...others, ...behavior],
    uncovered: [
      {
        path: 'spec.behavior.*.policies',
        rule: 'is not empty',
        why: 'an empty list is none to us, and gets the default',
      },
      { path: 'spec.metrics', rule: 'has one of objects where pods scale to zero', why: 'HPAScaleToZero is off' },
    ],
  },
  { resource: V1, base: autoscaler, rules: spec },
  {
    resource: V2,
    write: 'update',
    base: autoscaler,
    rules: [
      rule(`${reference}.apiVersion`, invalid, needsGroup, refers({ name: 'e' }), refers({ apiVersion: 'v1' })),
      rule('spec.maxReplicas', invalid, 'must be greater than 0', 4, absent),
    ],
  },
  {
    resource: V2,
    write: 'status',
    base: autoscaler,
    rules: ['currentReplicas', 'desiredReplicas'].map((name) => rule(`status.${name}`, invalid, words.negative, 0, -1)),
  },
]
