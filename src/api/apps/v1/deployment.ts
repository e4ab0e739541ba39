import { PodTemplateSpec } from '../../core/v1/pod.ts'
import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, int32, int64, intOrString, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { apps } from './package.ts'

export const RollingUpdateDeployment = apps.message('RollingUpdateDeployment', {
  maxUnavailable: intOrString(1).explicit().default('25%'),
  maxSurge: intOrString(2).explicit().default('25%'),
})
export interface RollingUpdateDeployment extends TypeOf<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = apps.message('DeploymentStrategy', {
  type: string(1).oneOf('Recreate', 'RollingUpdate').default('RollingUpdate'),
  rollingUpdate: ref(2, RollingUpdateDeployment),
})
export interface DeploymentStrategy extends TypeOf<typeof DeploymentStrategy> {}
defaults(DeploymentStrategy, (strategy) => {
  if (strategy.type === 'RollingUpdate') strategy.rollingUpdate ??= {}
})

export const DeploymentSpec = apps.message('DeploymentSpec', {
  replicas: int32(1).explicit().default(1),
  selector: ref(2, LabelSelector).required(),
  template: ref(3, PodTemplateSpec).required(),
  strategy: ref(4, DeploymentStrategy).patch('retainKeys').default({}),
  minReadySeconds: int32(5),
  revisionHistoryLimit: int32(6).explicit().default(10),
  paused: bool(7),
  progressDeadlineSeconds: int32(9).explicit().default(600),
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

export const Deployment = apps.kind('Deployment', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, DeploymentSpec),
  status: ref(3, DeploymentStatus),
})
export interface Deployment extends TypeOf<typeof Deployment> {}
export const DeploymentList = apps.listOf(Deployment)
export const Deployments = apps.resource(Deployment, 'deployments', { namespaced: true })
