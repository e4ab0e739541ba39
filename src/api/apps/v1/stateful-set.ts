import { podSetDocs } from '../../core/pod-set-docs.ts'
import { PersistentVolumeClaim } from '../../core/v1/persistent-volume.ts'
import { PodTemplateSpec } from '../../core/v1/pod.ts'
import { defaults } from '../../machinery/schema/defaults.ts'
import { int32, int64, intOrString, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { apps } from './package.ts'

export const RollingUpdateStatefulSetStrategy = apps.message('RollingUpdateStatefulSetStrategy', {
  partition: int32(1).explicit().default(0),
  maxUnavailable: intOrString(2).explicit(),
})
export interface RollingUpdateStatefulSetStrategy extends TypeOf<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetOrdinals = apps.message('StatefulSetOrdinals', {
  start: int32(1),
})
export interface StatefulSetOrdinals extends TypeOf<typeof StatefulSetOrdinals> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = apps.message(
  'StatefulSetPersistentVolumeClaimRetentionPolicy',
  {
    whenDeleted: string(1).default('Retain'),
    whenScaled: string(2).default('Retain'),
  },
)
export interface StatefulSetPersistentVolumeClaimRetentionPolicy
  extends TypeOf<typeof StatefulSetPersistentVolumeClaimRetentionPolicy> {}

export const StatefulSetUpdateStrategy = apps.message('StatefulSetUpdateStrategy', {
  type: string(1).oneOf('OnDelete', 'RollingUpdate'),
  rollingUpdate: ref(2, RollingUpdateStatefulSetStrategy),
})
export interface StatefulSetUpdateStrategy extends TypeOf<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetSpec = apps.message('StatefulSetSpec', 'How many of which pods, with which storage.', {
  replicas: int32(1, podSetDocs.replicas).explicit().default(1),
  selector: ref(2, LabelSelector, podSetDocs.selector).required(),
  template: ref(3, PodTemplateSpec, podSetDocs.template).required(),
  volumeClaimTemplates: list(
    4,
    PersistentVolumeClaim,
    'What the claims of each pod are made from. Cannot be changed.',
  ).atomic(),
  serviceName: string(5, "The headless service of the pods' names. Cannot be changed."),
  podManagementPolicy: string(6, 'OrderedReady: one after the other. Parallel: all at once.')
    .oneOf('OrderedReady', 'Parallel')
    .default('OrderedReady'),
  updateStrategy: ref(7, StatefulSetUpdateStrategy, podSetDocs.updateStrategy).byValue(),
  revisionHistoryLimit: int32(8, podSetDocs.revisionHistoryLimit).explicit().default(10),
  minReadySeconds: int32(9, podSetDocs.minReadySeconds),
  persistentVolumeClaimRetentionPolicy: ref(
    10,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    'What becomes of claims when pods, or the set, go.',
  ).default({}),
  ordinals: ref(11, StatefulSetOrdinals, 'How the pods are numbered.'),
})
export interface StatefulSetSpec extends TypeOf<typeof StatefulSetSpec> {}
defaults(StatefulSetSpec, (spec) => {
  spec.updateStrategy ??= {}
  if (!spec.updateStrategy.type) {
    spec.updateStrategy.type = 'RollingUpdate'
    spec.updateStrategy.rollingUpdate ??= {}
  }
  for (const template of spec.volumeClaimTemplates ?? []) {
    template.apiVersion ||= 'v1'
    template.kind ||= 'PersistentVolumeClaim'
    template.status ??= {}
  }
})

export const StatefulSetCondition = apps.message('StatefulSetCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface StatefulSetCondition extends TypeOf<typeof StatefulSetCondition> {}

export const StatefulSetStatus = apps.message('StatefulSetStatus', {
  observedGeneration: int64(1),
  replicas: int32(2).required(),
  readyReplicas: int32(3),
  currentReplicas: int32(4),
  updatedReplicas: int32(5),
  currentRevision: string(6),
  updateRevision: string(7),
  collisionCount: int32(9).explicit(),
  conditions: list(10, StatefulSetCondition).map('type').patch('merge', 'type'),
  availableReplicas: int32(11),
})
export interface StatefulSetStatus extends TypeOf<typeof StatefulSetStatus> {}

export const StatefulSet = apps.kind(
  'StatefulSet',
  'Keeps pods running that each have a name and storage of their own.',
  {
    metadata: ref(1, ObjectMeta),
    spec: ref(2, StatefulSetSpec),
    status: ref(3, StatefulSetStatus),
  },
)
export interface StatefulSet extends TypeOf<typeof StatefulSet> {}
export const StatefulSetList = apps.listOf(StatefulSet)
export const StatefulSets = apps.resource(StatefulSet, 'statefulsets', { namespaced: true })
