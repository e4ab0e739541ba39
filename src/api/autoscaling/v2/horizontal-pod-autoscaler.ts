import { defaults } from '../../machinery/schema/defaults.ts'
import { int32, int64, list, quantity, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { autoscalingV2 } from './package.ts'

export const MetricTarget = autoscalingV2.message('MetricTarget', {
  type: string(1).required(),
  value: quantity(2),
  averageValue: quantity(3),
  averageUtilization: int32(4).explicit(),
})
export interface MetricTarget extends TypeOf<typeof MetricTarget> {}

export const ContainerResourceMetricSource = autoscalingV2.message('ContainerResourceMetricSource', {
  name: string(1).required(),
  target: ref(2, MetricTarget).required(),
  container: string(3).required(),
})
export interface ContainerResourceMetricSource extends TypeOf<typeof ContainerResourceMetricSource> {}

export const MetricValueStatus = autoscalingV2.message('MetricValueStatus', {
  value: quantity(1),
  averageValue: quantity(2),
  averageUtilization: int32(3).explicit(),
})
export interface MetricValueStatus extends TypeOf<typeof MetricValueStatus> {}

export const ContainerResourceMetricStatus = autoscalingV2.message('ContainerResourceMetricStatus', {
  name: string(1).required(),
  current: ref(2, MetricValueStatus).required(),
  container: string(3).required(),
})
export interface ContainerResourceMetricStatus extends TypeOf<typeof ContainerResourceMetricStatus> {}

export const CrossVersionObjectReference = autoscalingV2.message('CrossVersionObjectReference', {
  kind: string(1).required(),
  name: string(2).required(),
  apiVersion: string(3),
})
export interface CrossVersionObjectReference extends TypeOf<typeof CrossVersionObjectReference> {}

export const MetricIdentifier = autoscalingV2.message('MetricIdentifier', {
  name: string(1).required(),
  selector: ref(2, LabelSelector),
})
export interface MetricIdentifier extends TypeOf<typeof MetricIdentifier> {}

export const ExternalMetricSource = autoscalingV2.message('ExternalMetricSource', {
  metric: ref(1, MetricIdentifier).required(),
  target: ref(2, MetricTarget).required(),
})
export interface ExternalMetricSource extends TypeOf<typeof ExternalMetricSource> {}

export const ExternalMetricStatus = autoscalingV2.message('ExternalMetricStatus', {
  metric: ref(1, MetricIdentifier).required(),
  current: ref(2, MetricValueStatus).required(),
})
export interface ExternalMetricStatus extends TypeOf<typeof ExternalMetricStatus> {}

export const HPAScalingPolicy = autoscalingV2.message('HPAScalingPolicy', {
  type: string(1).required(),
  value: int32(2).required(),
  periodSeconds: int32(3).required(),
})
export interface HPAScalingPolicy extends TypeOf<typeof HPAScalingPolicy> {}

export const HPAScalingRules = autoscalingV2.message('HPAScalingRules', {
  selectPolicy: string(1).explicit(),
  policies: list(2, HPAScalingPolicy).atomic(),
  stabilizationWindowSeconds: int32(3).explicit(),
  tolerance: quantity(4),
})
export interface HPAScalingRules extends TypeOf<typeof HPAScalingRules> {}

export const HorizontalPodAutoscalerBehavior = autoscalingV2.message('HorizontalPodAutoscalerBehavior', {
  scaleUp: ref(1, HPAScalingRules),
  scaleDown: ref(2, HPAScalingRules),
})
export interface HorizontalPodAutoscalerBehavior extends TypeOf<typeof HorizontalPodAutoscalerBehavior> {}
defaults(HorizontalPodAutoscalerBehavior, (behavior) => {
  behavior.scaleUp = { ...scaleUp(), ...behavior.scaleUp }
  behavior.scaleDown = { ...scaleDown(), ...behavior.scaleDown }
})

const scaleUp = (): HPAScalingRules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
})

/** The stabilization window of scaling down is a flag of the controller. */
const scaleDown = (): HPAScalingRules => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
})

export const ObjectMetricSource = autoscalingV2.message('ObjectMetricSource', {
  describedObject: ref(1, CrossVersionObjectReference).required(),
  target: ref(2, MetricTarget).required(),
  metric: ref(3, MetricIdentifier).required(),
})
export interface ObjectMetricSource extends TypeOf<typeof ObjectMetricSource> {}

export const PodsMetricSource = autoscalingV2.message('PodsMetricSource', {
  metric: ref(1, MetricIdentifier).required(),
  target: ref(2, MetricTarget).required(),
})
export interface PodsMetricSource extends TypeOf<typeof PodsMetricSource> {}

export const ResourceMetricSource = autoscalingV2.message('ResourceMetricSource', {
  name: string(1).required(),
  target: ref(2, MetricTarget).required(),
})
export interface ResourceMetricSource extends TypeOf<typeof ResourceMetricSource> {}

export const MetricSpec = autoscalingV2.message('MetricSpec', {
  type: string(1).required(),
  object: ref(2, ObjectMetricSource),
  pods: ref(3, PodsMetricSource),
  resource: ref(4, ResourceMetricSource),
  external: ref(5, ExternalMetricSource),
  containerResource: ref(7, ContainerResourceMetricSource),
})
export interface MetricSpec extends TypeOf<typeof MetricSpec> {}

export const HorizontalPodAutoscalerSpec = autoscalingV2.message('HorizontalPodAutoscalerSpec', {
  scaleTargetRef: ref(1, CrossVersionObjectReference).required(),
  minReplicas: int32(2).explicit().default(1),
  maxReplicas: int32(3).required(),
  metrics: list(4, MetricSpec).atomic(),
  behavior: ref(5, HorizontalPodAutoscalerBehavior),
})
export interface HorizontalPodAutoscalerSpec extends TypeOf<typeof HorizontalPodAutoscalerSpec> {}
defaults(HorizontalPodAutoscalerSpec, (spec) => {
  if (spec.metrics?.length) return
  spec.metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]
})

export const HorizontalPodAutoscalerCondition = autoscalingV2.message('HorizontalPodAutoscalerCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface HorizontalPodAutoscalerCondition extends TypeOf<typeof HorizontalPodAutoscalerCondition> {}

export const ObjectMetricStatus = autoscalingV2.message('ObjectMetricStatus', {
  metric: ref(1, MetricIdentifier).required(),
  current: ref(2, MetricValueStatus).required(),
  describedObject: ref(3, CrossVersionObjectReference).required(),
})
export interface ObjectMetricStatus extends TypeOf<typeof ObjectMetricStatus> {}

export const PodsMetricStatus = autoscalingV2.message('PodsMetricStatus', {
  metric: ref(1, MetricIdentifier).required(),
  current: ref(2, MetricValueStatus).required(),
})
export interface PodsMetricStatus extends TypeOf<typeof PodsMetricStatus> {}

export const ResourceMetricStatus = autoscalingV2.message('ResourceMetricStatus', {
  name: string(1).required(),
  current: ref(2, MetricValueStatus).required(),
})
export interface ResourceMetricStatus extends TypeOf<typeof ResourceMetricStatus> {}

export const MetricStatus = autoscalingV2.message('MetricStatus', {
  type: string(1).required(),
  object: ref(2, ObjectMetricStatus),
  pods: ref(3, PodsMetricStatus),
  resource: ref(4, ResourceMetricStatus),
  external: ref(5, ExternalMetricStatus),
  containerResource: ref(7, ContainerResourceMetricStatus),
})
export interface MetricStatus extends TypeOf<typeof MetricStatus> {}

export const HorizontalPodAutoscalerStatus = autoscalingV2.message('HorizontalPodAutoscalerStatus', {
  observedGeneration: int64(1).explicit(),
  lastScaleTime: time(2),
  currentReplicas: int32(3),
  desiredReplicas: int32(4).required(),
  currentMetrics: list(5, MetricStatus).atomic(),
  conditions: list(6, HorizontalPodAutoscalerCondition).map('type').patch('merge', 'type'),
})
export interface HorizontalPodAutoscalerStatus extends TypeOf<typeof HorizontalPodAutoscalerStatus> {}

export const HorizontalPodAutoscaler = autoscalingV2.kind('HorizontalPodAutoscaler', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, HorizontalPodAutoscalerSpec).required(),
  status: ref(3, HorizontalPodAutoscalerStatus),
})
export interface HorizontalPodAutoscaler extends TypeOf<typeof HorizontalPodAutoscaler> {}
export const HorizontalPodAutoscalerList = autoscalingV2.listOf(HorizontalPodAutoscaler)
export const HorizontalPodAutoscalers = autoscalingV2.resource(HorizontalPodAutoscaler, 'horizontalpodautoscalers', {
  namespaced: true,
})
