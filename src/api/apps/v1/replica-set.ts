import { podSetDocs } from '../../core/pod-set-docs.ts'
import { PodTemplateSpec } from '../../core/v1/pod.ts'
import { int32, int64, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { apps } from './package.ts'

export const ReplicaSetSpec = apps.message('ReplicaSetSpec', 'How many of which pods.', {
  replicas: int32(1, podSetDocs.replicas).explicit().default(1),
  selector: ref(2, LabelSelector, podSetDocs.selector).required(),
  template: ref(3, PodTemplateSpec, podSetDocs.template),
  minReadySeconds: int32(4, podSetDocs.minReadySeconds),
})
export interface ReplicaSetSpec extends TypeOf<typeof ReplicaSetSpec> {}

export const ReplicaSetCondition = apps.message('ReplicaSetCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface ReplicaSetCondition extends TypeOf<typeof ReplicaSetCondition> {}

export const ReplicaSetStatus = apps.message('ReplicaSetStatus', {
  replicas: int32(1).required(),
  fullyLabeledReplicas: int32(2),
  observedGeneration: int64(3),
  readyReplicas: int32(4),
  availableReplicas: int32(5),
  conditions: list(6, ReplicaSetCondition).map('type').patch('merge', 'type'),
  terminatingReplicas: int32(7).explicit(),
})
export interface ReplicaSetStatus extends TypeOf<typeof ReplicaSetStatus> {}

export const ReplicaSet = apps.kind('ReplicaSet', 'Keeps a number of equal pods running.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ReplicaSetSpec),
  status: ref(3, ReplicaSetStatus),
})
export interface ReplicaSet extends TypeOf<typeof ReplicaSet> {}
export const ReplicaSetList = apps.listOf(ReplicaSet)
export const ReplicaSets = apps.resource(ReplicaSet, 'replicasets', { namespaced: true })
