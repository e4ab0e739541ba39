import {
  type HorizontalPodAutoscaler,
  HorizontalPodAutoscalers,
  type MetricSpec,
  type MetricTarget,
  type MetricValueStatus,
} from '../../../api/autoscaling/v2/index.ts'
import type { Stored } from '../../../api/object.ts'
import type { Kind } from '../kind.ts'
import { notNegative } from '../rules/checks.ts'
import { ageColumn, column, firstFew, integer, nameColumn, none, unknown, unset } from '../table.ts'
import { autoscalersV1 } from './horizontal-pod-autoscaler-v1.ts'
import { autoscalerRules, referenceVersions } from './rules.ts'

/** One set of objects, stored as autoscaling/v2 and served as v1 too. */
export const horizontalPodAutoscalers: Kind<HorizontalPodAutoscaler> = {
  type: HorizontalPodAutoscalers,
  otherVersions: [autoscalersV1],
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  hasStatus: true,
  generation: 'none',
  prepareForCreate: (hpa) => ({ ...hpa, status: { desiredReplicas: 0 } }),
  columns: [
    nameColumn(),
    column('Reference', ({ spec: { scaleTargetRef: target } }) => `${target.kind}/${target.name}`),
    column('Targets', (hpa) => targets(hpa)),
    column('MinPods', (hpa) => String(hpa.spec.minReplicas ?? unset)),
    integer('MaxPods', (hpa) => hpa.spec.maxReplicas),
    integer('Replicas', (hpa) => hpa.status.currentReplicas ?? 0),
    ageColumn(),
  ],
  rules: autoscalerRules,
  validate: ({ spec }, old) => (spec ? referenceVersions(spec, old?.spec) : []),
  validateStatusUpdate: ({ status }) => [
    ...notNegative(status?.currentReplicas, 'status.currentReplicas'),
    ...notNegative(status?.desiredReplicas, 'status.desiredReplicas'),
  ],
}

function targets({ spec, status }: Stored<HorizontalPodAutoscaler>): string {
  const metrics = spec.metrics ?? []
  const texts = metrics.map((metric, i) => {
    const { name, target } = parts(metric)
    const now = status.currentMetrics?.[i]
    const current = now && (now.resource ?? now.containerResource ?? now.pods ?? now.object ?? now.external)?.current
    return `${name}${current ? measured(target, current) : unknown}/${wanted(target)}`
  })
  return texts.length ? firstFew(texts, 2, ', ').replace(/ \+ /, ' + ') : none
}

function parts(metric: MetricSpec): { name: string; target?: MetricTarget } {
  const { resource, containerResource } = metric
  if (resource) return { name: `${resource.name}: `, target: resource.target }
  if (containerResource) return { name: `${containerResource.name}: `, target: containerResource.target }
  const target = (metric.pods ?? metric.object ?? metric.external)?.target
  return { name: '', target }
}

const average = (value: string, target: MetricTarget | undefined) =>
  target?.type === 'AverageValue' ? `${value} (avg)` : value

const wanted = (target?: MetricTarget) =>
  target?.averageUtilization !== undefined
    ? `${target.averageUtilization}%`
    : average(target?.averageValue ?? target?.value ?? '<auto>', target)

const measured = (target: MetricTarget | undefined, current: MetricValueStatus) =>
  target?.averageUtilization !== undefined
    ? current.averageUtilization === undefined
      ? unknown
      : `${current.averageUtilization}%`
    : target?.averageValue !== undefined
      ? (current.averageValue ?? unknown)
      : (current.value ?? unknown)
