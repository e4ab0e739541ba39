import { podSetDocs } from '../../core/pod-set-docs.ts'
import { PodTemplateSpec } from '../../core/v1/pod.ts'
import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, int32, int64, intOrString, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { apps } from './package.ts'

export const RollingUpdateDeployment = apps.message(
  'RollingUpdateDeployment',
  'The pace of a rolling update, in pods or percent.',
  {
    maxUnavailable: intOrString(1, 'How many of the wanted pods may be missing; percentages round down.')
      .explicit()
      .default('25%'),
    maxSurge: intOrString(2, 'How many pods more than wanted there may be; percentages round up.')
      .explicit()
      .default('25%'),
  },
)
export interface RollingUpdateDeployment extends TypeOf<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = apps.message('DeploymentStrategy', 'How old pods are replaced by new ones.', {
  type: string(1, 'RollingUpdate, or Recreate: all old ones go before new ones come.')
    .oneOf('Recreate', 'RollingUpdate')
    .default('RollingUpdate'),
  rollingUpdate: ref(2, RollingUpdateDeployment, 'The pace of a rolling update.'),
})
export interface DeploymentStrategy extends TypeOf<typeof DeploymentStrategy> {}
defaults(DeploymentStrategy, (strategy) => {
  if (strategy.type === 'RollingUpdate') strategy.rollingUpdate ??= {}
})

export const DeploymentSpec = apps.message('DeploymentSpec', 'How many of which pods, and how they are replaced.', {
  replicas: int32(1, podSetDocs.replicas).explicit().default(1),
  selector: ref(2, LabelSelector, podSetDocs.selector).required(),
  template: ref(3, PodTemplateSpec, podSetDocs.template).required(),
  strategy: ref(4, DeploymentStrategy, 'How old pods are replaced by new ones.')
    .patch('retainKeys')
    .default({})
    .byValue(),
  minReadySeconds: int32(5, podSetDocs.minReadySeconds),
  revisionHistoryLimit: int32(6, podSetDocs.revisionHistoryLimit).explicit().default(10),
  paused: bool(7, 'True: changes of the template wait.'),
  progressDeadlineSeconds: int32(9, 'Seconds without progress after which a rollout counts as failed.')
    .explicit()
    .default(600),
})
export interface DeploymentSpec extends TypeOf<typeof DeploymentSpec> {}

export const DeploymentCondition = apps.message('DeploymentCondition', {
  type: string(1).required(),
  status: string(2).required(),
  reason: string(4),
  message: string(5),
  lastUpdateTime: time(6),
  lastTransitionTime: time(7),
})
export interface DeploymentCondition extends TypeOf<typeof DeploymentCondition> {}

export const DeploymentStatus = apps.message('DeploymentStatus', {
  observedGeneration: int64(1),
  replicas: int32(2),
  updatedReplicas: int32(3),
  availableReplicas: int32(4),
  unavailableReplicas: int32(5),
  conditions: list(6, DeploymentCondition).map('type').patch('merge', 'type'),
  readyReplicas: int32(7),
  collisionCount: int32(8).explicit(),
  terminatingReplicas: int32(9).explicit(),
})
export interface DeploymentStatus extends TypeOf<typeof DeploymentStatus> {}

export const Deployment = apps.kind(
  'Deployment',
  'Keeps pods running, and replaces them step by step when their template changes.',
  {
    metadata: ref(1, ObjectMeta),
    spec: ref(2, DeploymentSpec),
    status: ref(3, DeploymentStatus),
  },
)
export interface Deployment extends TypeOf<typeof Deployment> {}
export const DeploymentList = apps.listOf(Deployment)
export const Deployments = apps.resource(Deployment, 'deployments', { namespaced: true })
