import { int32, int64, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { autoscalingV1 } from './package.ts'

export const CrossVersionObjectReference = autoscalingV1.atomicMessage('CrossVersionObjectReference', {
  kind: string(1).required(),
  name: string(2).required(),
  apiVersion: string(3),
})
export interface CrossVersionObjectReference extends TypeOf<typeof CrossVersionObjectReference> {}

export const HorizontalPodAutoscalerSpec = autoscalingV1.message('HorizontalPodAutoscalerSpec', {
  scaleTargetRef: ref(1, CrossVersionObjectReference).required(),
  minReplicas: int32(2).explicit().default(1),
  maxReplicas: int32(3).required(),
  targetCPUUtilizationPercentage: int32(4).explicit(),
})
export interface HorizontalPodAutoscalerSpec extends TypeOf<typeof HorizontalPodAutoscalerSpec> {}

export const HorizontalPodAutoscalerStatus = autoscalingV1.message('HorizontalPodAutoscalerStatus', {
  observedGeneration: int64(1).explicit(),
  lastScaleTime: time(2),
  currentReplicas: int32(3).required(),
  desiredReplicas: int32(4).required(),
  currentCPUUtilizationPercentage: int32(5).explicit(),
})
export interface HorizontalPodAutoscalerStatus extends TypeOf<typeof HorizontalPodAutoscalerStatus> {}

export const HorizontalPodAutoscaler = autoscalingV1.kind('HorizontalPodAutoscaler', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, HorizontalPodAutoscalerSpec).required(),
  status: ref(3, HorizontalPodAutoscalerStatus),
})
export interface HorizontalPodAutoscaler extends TypeOf<typeof HorizontalPodAutoscaler> {}
export const HorizontalPodAutoscalerList = autoscalingV1.listOf(HorizontalPodAutoscaler)
export const HorizontalPodAutoscalers = autoscalingV1.resource(HorizontalPodAutoscaler, 'horizontalpodautoscalers', {
  namespaced: true,
})
