import { HorizontalPodAutoscalers, type HorizontalPodAutoscaler as V1 } from '../../../api/autoscaling/v1/index.ts'
import type { HorizontalPodAutoscaler as V2 } from '../../../api/autoscaling/v2/index.ts'
import type { KubeObject, Stored } from '../../../api/object.ts'

export const autoscalersV1 = {
  type: HorizontalPodAutoscalers,
  decode: (object: KubeObject) => fromV1(object as V1),
  encode: (object: Stored<V2>) => toV1(object),
}

/**
 * Version 1 knows one metric, the pods' CPU. What else version 2 says travels in annotations, as JSON, so that an object
 * that goes through a v1 client loses nothing.
 */
const annotation = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
}

const ours = Object.values(annotation)

function fromV1(object: V1): V2 {
  const { spec, status, metadata } = object
  const annotations = metadata?.annotations ?? {}
  const read = <T>(key: string): T | undefined => parse<T>(annotations[key])
  const { targetCPUUtilizationPercentage: target, ...rest } = spec
  const cpu = target === undefined ? [] : [cpuMetric(target)]
  const metrics = [...cpu, ...(read<NonNullable<V2['spec']['metrics']>>(annotation.metrics) ?? [])]
  const behavior = read<NonNullable<V2['spec']['behavior']>>(annotation.behavior)
  const kept = Object.entries(annotations).filter(([key]) => !ours.includes(key))
  const { currentCPUUtilizationPercentage: current, ...statusRest } = status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  }
  const currentMetrics = [
    ...(current === undefined ? [] : [cpuNow(current)]),
    ...(read<NonNullable<V2['status']>['currentMetrics']>(annotation.currentMetrics) ?? []),
  ]
  const conditions = read<NonNullable<V2['status']>['conditions']>(annotation.conditions)
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...metadata, annotations: kept.length ? Object.fromEntries(kept) : undefined },
    spec: { ...rest, ...(metrics.length && { metrics }), ...(behavior && { behavior }) },
    status: { ...statusRest, ...(currentMetrics.length && { currentMetrics }), ...(conditions && { conditions }) },
  }
}

function toV1(object: Stored<V2>): V1 {
  const { metrics = [], behavior, ...spec } = object.spec
  const { currentMetrics = [], conditions = [], ...status } = object.status
  const cpu = metrics.find(
    (m) => m.type === 'Resource' && m.resource?.name === 'cpu' && m.resource.target.averageUtilization,
  )
  const cpuNowMetric = currentMetrics.find((m) => m.type === 'Resource' && m.resource?.name === 'cpu')
  const otherMetrics = metrics.filter((m) => m !== cpu)
  const annotations = {
    ...object.metadata.annotations,
    ...(otherMetrics.length && { [annotation.metrics]: JSON.stringify(otherMetrics) }),
    ...(behavior && { [annotation.behavior]: JSON.stringify(behavior) }),
    ...(currentMetrics.length && { [annotation.currentMetrics]: JSON.stringify(currentMetrics) }),
    ...(conditions.length && { [annotation.conditions]: JSON.stringify(conditions) }),
  }
  const target = cpu?.resource?.target.averageUtilization
  const current = cpuNowMetric?.resource?.current.averageUtilization
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { ...object.metadata, ...(Object.keys(annotations).length && { annotations }) },
    spec: { ...spec, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
    status: {
      ...status,
      currentReplicas: status.currentReplicas ?? 0,
      ...(current !== undefined && { currentCPUUtilizationPercentage: current }),
    },
  }
}

const cpuMetric = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
})

const cpuNow = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', current: { averageUtilization } },
})

/** Any client can write annotations: ignores those that do not parse. */
function parse<T>(text: string | undefined): T | undefined {
  if (!text) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
