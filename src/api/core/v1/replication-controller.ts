import { defaults } from '../../machinery/schema/defaults.ts'
import { int32, int64, list, map, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { podSetDocs } from '../pod-set-docs.ts'
import { core } from './package.ts'
import { PodTemplateSpec } from './pod.ts'

export const ReplicationControllerSpec = core.message('ReplicationControllerSpec', 'How many of which pods.', {
  replicas: int32(1, podSetDocs.replicas).explicit().default(1),
  selector: map(2, string, "The labels of its pods; the template's when absent.").atomic(),
  template: ref(3, PodTemplateSpec, podSetDocs.template),
  minReadySeconds: int32(4, podSetDocs.minReadySeconds),
})
export interface ReplicationControllerSpec extends TypeOf<typeof ReplicationControllerSpec> {}

export const ReplicationControllerCondition = core.message('ReplicationControllerCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
})
export interface ReplicationControllerCondition extends TypeOf<typeof ReplicationControllerCondition> {}

export const ReplicationControllerStatus = core.message('ReplicationControllerStatus', {
  replicas: int32(1).required(),
  fullyLabeledReplicas: int32(2),
  observedGeneration: int64(3),
  readyReplicas: int32(4),
  availableReplicas: int32(5),
  conditions: list(6, ReplicationControllerCondition).map('type').patch('merge', 'type'),
})
export interface ReplicationControllerStatus extends TypeOf<typeof ReplicationControllerStatus> {}

export const ReplicationController = core.kind(
  'ReplicationController',
  'Keeps a number of pods running; ReplicaSet and Deployment came after it.',
  {
    metadata: ref(1, ObjectMeta),
    spec: ref(2, ReplicationControllerSpec),
    status: ref(3, ReplicationControllerStatus),
  },
)
export interface ReplicationController extends TypeOf<typeof ReplicationController> {}
export const ReplicationControllerList = core.listOf(ReplicationController)
export const ReplicationControllers = core.resource(ReplicationController, 'replicationcontrollers', {
  namespaced: true,
})
defaults(ReplicationController, (controller) => {
  const { spec, metadata } = controller
  const labels = spec?.template?.metadata?.labels
  if (!labels || !spec || !metadata) return
  if (isEmpty(spec.selector)) spec.selector = { ...labels }
  if (isEmpty(metadata.labels)) metadata.labels = { ...labels }
})

const isEmpty = (map: object | undefined): boolean => !map || Object.keys(map).length === 0
