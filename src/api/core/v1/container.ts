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
import { protocols } from '../protocols.ts'
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

export const ContainerPort = core.message('ContainerPort', 'A port of a container.', {
  name: string(1, 'To refer to the port by, in services and probes.'),
  hostPort: int32(2, 'The port of the node that leads here.'),
  containerPort: int32(3, 'The number.').required(),
  protocol: string(4, 'TCP, UDP or SCTP.')
    .oneOf(...protocols)
    .default('TCP'),
  hostIP: string(5, 'The address of the node that hostPort is bound to.'),
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

export const EnvVar = core.message('EnvVar', 'An environment variable.', {
  name: string(1, 'Its name.').required(),
  value: string(2, "Its value. $(NAME) is replaced by another variable's value."),
  valueFrom: ref(3, EnvVarSource, 'Where its value comes from, when value is empty.'),
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
  exec: ref(1, ExecAction, 'Runs a command; 0 is success.'),
  httpGet: ref(2, HTTPGetAction, 'Sends a GET request; 200 to 399 is success.'),
  tcpSocket: ref(3, TCPSocketAction, 'Connects; that it does is success.'),
  grpc: ref(4, GRPCAction, 'Asks the gRPC health service.'),
})
export interface ProbeHandler extends TypeOf<typeof ProbeHandler> {}

export const Probe = core.message('Probe', 'A question the node asks a container again and again.', {
  ...embed(1, ProbeHandler),
  initialDelaySeconds: int32(2, 'Seconds after the start before the first question.'),
  timeoutSeconds: int32(3, 'Seconds to wait for an answer.').default(1),
  periodSeconds: int32(4, 'Seconds from one question to the next.').default(10),
  successThreshold: int32(5, 'So many successes in a row after a failure make a success.').default(1),
  failureThreshold: int32(6, 'So many failures in a row make a failure.').default(3),
  terminationGracePeriodSeconds: int64(7, "In place of the pod's, when this probe ends the container.").explicit(),
})
export interface Probe extends TypeOf<typeof Probe> {}

export const ResourceClaim = core.message('ResourceClaim', {
  name: string(1).required(),
  request: string(2),
})
export interface ResourceClaim extends TypeOf<typeof ResourceClaim> {}

export const ResourceRequirements = core.message('ResourceRequirements', 'What a container needs and may use.', {
  limits: map(1, quantity, 'What it may use at most.'),
  requests: map(
    2,
    quantity,
    'What is set aside for it: the pod goes where there is that much. As limits, where absent.',
  ),
  claims: list(3, ResourceClaim, "Which of the pod's resource claims it uses.").map('name'),
})
export interface ResourceRequirements extends TypeOf<typeof ResourceRequirements> {}

export const VolumeDevice = core.message('VolumeDevice', {
  name: string(1).required(),
  devicePath: string(2).required(),
})
export interface VolumeDevice extends TypeOf<typeof VolumeDevice> {}

export const VolumeMount = core.message('VolumeMount', 'Where a volume appears in a container.', {
  name: string(1, 'The name of the volume.').required(),
  readOnly: bool(2, 'Whether it cannot be written to.'),
  mountPath: string(3, 'Where, in the container.').required(),
  subPath: string(4, 'The part of the volume; all of it when empty.'),
  mountPropagation: string(5).explicit().oneOf('Bidirectional', 'HostToContainer', 'None'),
  subPathExpr: string(6),
  recursiveReadOnly: string(7).explicit(),
})
export interface VolumeMount extends TypeOf<typeof VolumeMount> {}

export const Container = core.message('Container', 'One container of a pod.', {
  name: string(1, 'Unique in the pod. Cannot be changed.').required(),
  image: string(2, 'The image to run.'),
  command: list(
    3,
    string,
    "What to run, in place of the image's entrypoint. $(NAME) is replaced by the variable's value.",
  ).atomic(),
  args: list(
    4,
    string,
    "The arguments, in place of the image's. $(NAME) is replaced by the variable's value.",
  ).atomic(),
  workingDir: string(5, "Where to run it; the image's working directory when empty."),
  ports: list(6, ContainerPort, 'Ports the container listens on: for information, and to refer to by name.')
    .map('containerPort', 'protocol')
    .patch('merge', 'containerPort'),
  env: list(7, EnvVar, 'Environment variables.').map('name').patch('merge', 'name'),
  resources: ref(8, ResourceRequirements, 'What the container needs and may use.').default({}).byValue(),
  volumeMounts: list(9, VolumeMount, 'Where volumes are mounted.').map('mountPath').patch('merge', 'mountPath'),
  livenessProbe: ref(10, Probe, 'Restarts the container when it fails.'),
  readinessProbe: ref(11, Probe, 'Takes the pod out of its services while it fails.'),
  lifecycle: ref(12, Lifecycle, 'What to do right after the start and right before the end.'),
  terminationMessagePath: string(
    13,
    'A file whose contents become the message of the state when the container ends.',
  ).default('/dev/termination-log'),
  imagePullPolicy: string(14, 'Always, IfNotPresent or Never. Always, if the tag is latest, else IfNotPresent.').oneOf(
    'Always',
    'IfNotPresent',
    'Never',
  ),
  securityContext: ref(15, SecurityContext, 'As whom, and with which rights, the container runs.'),
  stdin: bool(16, 'Keeps the standard input open.'),
  stdinOnce: bool(17, 'Closes the standard input after the first client has gone.'),
  tty: bool(18, 'Gives the container a terminal.'),
  envFrom: list(19, EnvFromSource, 'Config maps and secrets all of whose keys become environment variables.').atomic(),
  terminationMessagePolicy: string(20, 'Where that message comes from: File, or FallbackToLogsOnError.')
    .oneOf('File', 'FallbackToLogsOnError')
    .default('File'),
  volumeDevices: list(21, VolumeDevice, 'Where block devices appear.').map('devicePath').patch('merge', 'devicePath'),
  startupProbe: ref(22, Probe, 'Holds the other probes back until it succeeds once.'),
  resizePolicy: list(23, ContainerResizePolicy).atomic(),
  restartPolicy: string(24, "Always makes an init container a sidecar; otherwise the pod's policy applies.").explicit(),
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
