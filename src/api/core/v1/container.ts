import { defaults } from '../../machinery/schema/defaults.ts'
import {
  bool,
  embed,
  int32,
  int64,
  intOrString,
  list,
  map,
  quantity,
  ref,
  string,
  type TypeOf,
} from '../../machinery/schema/schema.ts'
import { pullPolicyOf } from '../pull-policy.ts'
import { core } from './package.ts'
import {
  ConfigMapKeySelector,
  FileKeySelector,
  LocalObjectReference,
  ObjectFieldSelector,
  ResourceFieldSelector,
  SecretKeySelector,
} from './reference.ts'
import { SecurityContext } from './security-context.ts'

export const ConfigMapEnvSource = core.message('ConfigMapEnvSource', {
  ...embed(1, LocalObjectReference),
  optional: bool(2).explicit(),
})
export interface ConfigMapEnvSource extends TypeOf<typeof ConfigMapEnvSource> {}

export const ContainerPort = core.message('ContainerPort', {
  name: string(1),
  hostPort: int32(2),
  containerPort: int32(3).required(),
  protocol: string(4).oneOf('TCP', 'UDP', 'SCTP').default('TCP'),
  hostIP: string(5),
})
export interface ContainerPort extends TypeOf<typeof ContainerPort> {}

export const ContainerResizePolicy = core.message('ContainerResizePolicy', {
  resourceName: string(1).required(),
  restartPolicy: string(2).required(),
})
export interface ContainerResizePolicy extends TypeOf<typeof ContainerResizePolicy> {}

export const ContainerRestartRuleOnExitCodes = core.message('ContainerRestartRuleOnExitCodes', {
  operator: string(1).required(),
  values: list(2, int32).set(),
})
export interface ContainerRestartRuleOnExitCodes extends TypeOf<typeof ContainerRestartRuleOnExitCodes> {}

export const ContainerRestartRule = core.message('ContainerRestartRule', {
  action: string(1).required(),
  exitCodes: ref(2, ContainerRestartRuleOnExitCodes),
})
export interface ContainerRestartRule extends TypeOf<typeof ContainerRestartRule> {}

export const SecretEnvSource = core.message('SecretEnvSource', {
  ...embed(1, LocalObjectReference),
  optional: bool(2).explicit(),
})
export interface SecretEnvSource extends TypeOf<typeof SecretEnvSource> {}

export const EnvFromSource = core.message('EnvFromSource', {
  prefix: string(1),
  configMapRef: ref(2, ConfigMapEnvSource),
  secretRef: ref(3, SecretEnvSource),
})
export interface EnvFromSource extends TypeOf<typeof EnvFromSource> {}

export const EnvVarSource = core.message('EnvVarSource', {
  fieldRef: ref(1, ObjectFieldSelector),
  resourceFieldRef: ref(2, ResourceFieldSelector),
  configMapKeyRef: ref(3, ConfigMapKeySelector),
  secretKeyRef: ref(4, SecretKeySelector),
  fileKeyRef: ref(5, FileKeySelector),
})
export interface EnvVarSource extends TypeOf<typeof EnvVarSource> {}

export const EnvVar = core.message('EnvVar', {
  name: string(1).required(),
  value: string(2),
  valueFrom: ref(3, EnvVarSource),
})
export interface EnvVar extends TypeOf<typeof EnvVar> {}

export const ExecAction = core.message('ExecAction', {
  command: list(1, string).atomic(),
})
export interface ExecAction extends TypeOf<typeof ExecAction> {}

export const HTTPHeader = core.message('HTTPHeader', {
  name: string(1).required(),
  value: string(2).required(),
})
export interface HTTPHeader extends TypeOf<typeof HTTPHeader> {}

export const HTTPGetAction = core.message('HTTPGetAction', {
  path: string(1).default('/'),
  port: intOrString(2).required(),
  host: string(3),
  scheme: string(4).oneOf('HTTP', 'HTTPS').default('HTTP'),
  httpHeaders: list(5, HTTPHeader).atomic(),
})
export interface HTTPGetAction extends TypeOf<typeof HTTPGetAction> {}

export const SleepAction = core.message('SleepAction', {
  seconds: int64(1).required(),
})
export interface SleepAction extends TypeOf<typeof SleepAction> {}

export const TCPSocketAction = core.message('TCPSocketAction', {
  port: intOrString(1).required(),
  host: string(2),
})
export interface TCPSocketAction extends TypeOf<typeof TCPSocketAction> {}

export const LifecycleHandler = core.message('LifecycleHandler', {
  exec: ref(1, ExecAction),
  httpGet: ref(2, HTTPGetAction),
  tcpSocket: ref(3, TCPSocketAction),
  sleep: ref(4, SleepAction),
})
export interface LifecycleHandler extends TypeOf<typeof LifecycleHandler> {}

export const Lifecycle = core.message('Lifecycle', {
  postStart: ref(1, LifecycleHandler),
  preStop: ref(2, LifecycleHandler),
  stopSignal: string(3).explicit(),
})
export interface Lifecycle extends TypeOf<typeof Lifecycle> {}

export const GRPCAction = core.message('GRPCAction', {
  port: int32(1).required(),
  service: string(2).explicit().default(''),
})
export interface GRPCAction extends TypeOf<typeof GRPCAction> {}

export const ProbeHandler = core.message('ProbeHandler', {
  exec: ref(1, ExecAction),
  httpGet: ref(2, HTTPGetAction),
  tcpSocket: ref(3, TCPSocketAction),
  grpc: ref(4, GRPCAction),
})
export interface ProbeHandler extends TypeOf<typeof ProbeHandler> {}

export const Probe = core.message('Probe', {
  ...embed(1, ProbeHandler),
  initialDelaySeconds: int32(2),
  timeoutSeconds: int32(3).default(1),
  periodSeconds: int32(4).default(10),
  successThreshold: int32(5).default(1),
  failureThreshold: int32(6).default(3),
  terminationGracePeriodSeconds: int64(7).explicit(),
})
export interface Probe extends TypeOf<typeof Probe> {}

export const ResourceClaim = core.message('ResourceClaim', {
  name: string(1).required(),
  request: string(2),
})
export interface ResourceClaim extends TypeOf<typeof ResourceClaim> {}

export const ResourceRequirements = core.message('ResourceRequirements', {
  limits: map(1, quantity),
  requests: map(2, quantity),
  claims: list(3, ResourceClaim).map('name'),
})
export interface ResourceRequirements extends TypeOf<typeof ResourceRequirements> {}

export const VolumeDevice = core.message('VolumeDevice', {
  name: string(1).required(),
  devicePath: string(2).required(),
})
export interface VolumeDevice extends TypeOf<typeof VolumeDevice> {}

export const VolumeMount = core.message('VolumeMount', {
  name: string(1).required(),
  readOnly: bool(2),
  mountPath: string(3).required(),
  subPath: string(4),
  mountPropagation: string(5).explicit().oneOf('None', 'HostToContainer', 'Bidirectional'),
  subPathExpr: string(6),
  recursiveReadOnly: string(7).explicit(),
})
export interface VolumeMount extends TypeOf<typeof VolumeMount> {}

export const Container = core.message('Container', {
  name: string(1).required(),
  image: string(2),
  command: list(3, string).atomic(),
  args: list(4, string).atomic(),
  workingDir: string(5),
  ports: list(6, ContainerPort).map('containerPort', 'protocol').patch('merge', 'containerPort'),
  env: list(7, EnvVar).map('name').patch('merge', 'name'),
  resources: ref(8, ResourceRequirements).default({}),
  volumeMounts: list(9, VolumeMount).map('mountPath').patch('merge', 'mountPath'),
  livenessProbe: ref(10, Probe),
  readinessProbe: ref(11, Probe),
  lifecycle: ref(12, Lifecycle),
  terminationMessagePath: string(13).default('/dev/termination-log'),
  imagePullPolicy: string(14).oneOf('Always', 'Never', 'IfNotPresent'),
  securityContext: ref(15, SecurityContext),
  stdin: bool(16),
  stdinOnce: bool(17),
  tty: bool(18),
  envFrom: list(19, EnvFromSource).atomic(),
  terminationMessagePolicy: string(20).oneOf('File', 'FallbackToLogsOnError').default('File'),
  volumeDevices: list(21, VolumeDevice).map('devicePath').patch('merge', 'devicePath'),
  startupProbe: ref(22, Probe),
  resizePolicy: list(23, ContainerResizePolicy).atomic(),
  restartPolicy: string(24).explicit(),
  restartPolicyRules: list(25, ContainerRestartRule).atomic(),
})
export interface Container extends TypeOf<typeof Container> {}
defaults(Container, (container) => {
  container.imagePullPolicy ||= pullPolicyOf(container.image)
})

export const ContainerExtendedResourceRequest = core.message('ContainerExtendedResourceRequest', {
  containerName: string(1).required(),
  resourceName: string(2).required(),
  requestName: string(3).required(),
})
export interface ContainerExtendedResourceRequest extends TypeOf<typeof ContainerExtendedResourceRequest> {}

/** The fields of a container, by the same numbers. */
export const EphemeralContainerCommon = core.message('EphemeralContainerCommon', Container.fields)
export interface EphemeralContainerCommon extends TypeOf<typeof EphemeralContainerCommon> {}

export const EphemeralContainer = core.message('EphemeralContainer', {
  ...embed(1, EphemeralContainerCommon),
  targetContainerName: string(2),
})
export interface EphemeralContainer extends TypeOf<typeof EphemeralContainer> {}
defaults(EphemeralContainer, (container) => {
  container.imagePullPolicy ||= pullPolicyOf(container.image)
})
