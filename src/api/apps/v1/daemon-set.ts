import { podSetDocs } from '../../core/pod-set-docs.ts'
import { PodTemplateSpec } from '../../core/v1/pod.ts'
import { defaults } from '../../machinery/schema/defaults.ts'
import { int32, int64, intOrString, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { apps } from './package.ts'

export const RollingUpdateDaemonSet = apps.message('RollingUpdateDaemonSet', {
  maxUnavailable: intOrString(1).explicit().default(1),
  maxSurge: intOrString(2).explicit().default(0),
})
export interface RollingUpdateDaemonSet extends TypeOf<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = apps.message('DaemonSetUpdateStrategy', {
  type: string(1).oneOf('OnDelete', 'RollingUpdate').default('RollingUpdate'),
  rollingUpdate: ref(2, RollingUpdateDaemonSet),
})
export interface DaemonSetUpdateStrategy extends TypeOf<typeof DaemonSetUpdateStrategy> {}
defaults(DaemonSetUpdateStrategy, (strategy) => {
  if (strategy.type === 'RollingUpdate') strategy.rollingUpdate ??= {}
})

export const DaemonSetSpec = apps.message('DaemonSetSpec', 'Which pod on each node.', {
  selector: ref(1, LabelSelector, podSetDocs.selector).required(),
  template: ref(2, PodTemplateSpec, podSetDocs.template).required(),
  updateStrategy: ref(3, DaemonSetUpdateStrategy, podSetDocs.updateStrategy).default({}).byValue(),
  minReadySeconds: int32(4, podSetDocs.minReadySeconds),
  revisionHistoryLimit: int32(6, podSetDocs.revisionHistoryLimit).explicit().default(10),
})
export interface DaemonSetSpec extends TypeOf<typeof DaemonSetSpec> {}

export const DaemonSetCondition = apps.message('DaemonSetCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface DaemonSetCondition extends TypeOf<typeof DaemonSetCondition> {}

export const DaemonSetStatus = apps.message('DaemonSetStatus', {
  currentNumberScheduled: int32(1).required(),
  numberMisscheduled: int32(2).required(),
  desiredNumberScheduled: int32(3).required(),
  numberReady: int32(4).required(),
  observedGeneration: int64(5),
  updatedNumberScheduled: int32(6),
  numberAvailable: int32(7),
  numberUnavailable: int32(8),
  collisionCount: int32(9).explicit(),
  conditions: list(10, DaemonSetCondition).map('type').patch('merge', 'type'),
})
export interface DaemonSetStatus extends TypeOf<typeof DaemonSetStatus> {}

export const DaemonSet = apps.kind('DaemonSet', 'Runs one pod on every node, or on every node of a kind.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, DaemonSetSpec),
  status: ref(3, DaemonSetStatus),
})
export interface DaemonSet extends TypeOf<typeof DaemonSet> {}
export const DaemonSetList = apps.listOf(DaemonSet)
export const DaemonSets = apps.resource(DaemonSet, 'daemonsets', { namespaced: true })
