import { defaults } from '../../machinery/schema/defaults.ts'
import {
  bool,
  int32,
  int64,
  list,
  map,
  quantity,
  ref,
  string,
  type TypeOf,
  time,
} from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { Taint } from './affinity.ts'
import { core } from './package.ts'

export const AttachedVolume = core.message('AttachedVolume', {
  name: string(1).required(),
  devicePath: string(2).required(),
})
export interface AttachedVolume extends TypeOf<typeof AttachedVolume> {}

export const ConfigMapNodeConfigSource = core.message('ConfigMapNodeConfigSource', {
  namespace: string(1).required(),
  name: string(2).required(),
  uid: string(3),
  resourceVersion: string(4),
  kubeletConfigKey: string(5).required(),
})
export interface ConfigMapNodeConfigSource extends TypeOf<typeof ConfigMapNodeConfigSource> {}

export const ContainerImage = core.message('ContainerImage', {
  names: list(1, string).atomic(),
  sizeBytes: int64(2),
})
export interface ContainerImage extends TypeOf<typeof ContainerImage> {}

export const DaemonEndpoint = core.message('DaemonEndpoint', {
  Port: int32(1).required(),
})
export interface DaemonEndpoint extends TypeOf<typeof DaemonEndpoint> {}

export const NodeConfigSource = core.message('NodeConfigSource', {
  configMap: ref(2, ConfigMapNodeConfigSource),
})
export interface NodeConfigSource extends TypeOf<typeof NodeConfigSource> {}

export const NodeSpec = core.message('NodeSpec', 'What is set about a node.', {
  podCIDR: string(1, 'The addresses for its pods.'),
  externalID: string(2),
  providerID: string(3, 'What the cloud calls it.'),
  unschedulable: bool(4, 'True: no new pods. kubectl cordon sets it.'),
  taints: list(5, Taint, 'Keeps pods away that do not tolerate them.').atomic(),
  configSource: ref(6, NodeConfigSource),
  podCIDRs: list(7, string).set().patch('merge'),
})
export interface NodeSpec extends TypeOf<typeof NodeSpec> {}
defaults(NodeSpec, (spec) => {
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
  else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
})

export const NodeAddress = core.message('NodeAddress', {
  type: string(1).required(),
  address: string(2).required(),
})
export interface NodeAddress extends TypeOf<typeof NodeAddress> {}

export const NodeCondition = core.message('NodeCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastHeartbeatTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
})
export interface NodeCondition extends TypeOf<typeof NodeCondition> {}

export const NodeConfigStatus = core.message('NodeConfigStatus', {
  assigned: ref(1, NodeConfigSource),
  active: ref(2, NodeConfigSource),
  lastKnownGood: ref(3, NodeConfigSource),
  error: string(4),
})
export interface NodeConfigStatus extends TypeOf<typeof NodeConfigStatus> {}

export const NodeDaemonEndpoints = core.message('NodeDaemonEndpoints', {
  kubeletEndpoint: ref(1, DaemonEndpoint).byValue(),
})
export interface NodeDaemonEndpoints extends TypeOf<typeof NodeDaemonEndpoints> {}

export const NodeFeatures = core.message('NodeFeatures', {
  supplementalGroupsPolicy: bool(1).explicit(),
})
export interface NodeFeatures extends TypeOf<typeof NodeFeatures> {}

export const NodeRuntimeHandlerFeatures = core.message('NodeRuntimeHandlerFeatures', {
  recursiveReadOnlyMounts: bool(1).explicit(),
  userNamespaces: bool(2).explicit(),
})
export interface NodeRuntimeHandlerFeatures extends TypeOf<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = core.message('NodeRuntimeHandler', {
  name: string(1),
  features: ref(2, NodeRuntimeHandlerFeatures),
})
export interface NodeRuntimeHandler extends TypeOf<typeof NodeRuntimeHandler> {}

export const NodeSwapStatus = core.message('NodeSwapStatus', {
  capacity: int64(1).explicit(),
})
export interface NodeSwapStatus extends TypeOf<typeof NodeSwapStatus> {}

export const NodeSystemInfo = core.message('NodeSystemInfo', {
  machineID: string(1).required(),
  systemUUID: string(2).required(),
  bootID: string(3).required(),
  kernelVersion: string(4).required(),
  osImage: string(5).required(),
  containerRuntimeVersion: string(6).required(),
  kubeletVersion: string(7).required(),
  kubeProxyVersion: string(8).required(),
  operatingSystem: string(9).required(),
  architecture: string(10).required(),
  swap: ref(11, NodeSwapStatus),
})
export interface NodeSystemInfo extends TypeOf<typeof NodeSystemInfo> {}

export const NodeStatus = core.message('NodeStatus', {
  capacity: map(1, quantity),
  allocatable: map(2, quantity),
  phase: string(3).oneOf('Pending', 'Running', 'Terminated'),
  conditions: list(4, NodeCondition).map('type').patch('merge', 'type'),
  addresses: list(5, NodeAddress).map('type').patch('merge', 'type'),
  daemonEndpoints: ref(6, NodeDaemonEndpoints).byValue(),
  nodeInfo: ref(7, NodeSystemInfo).byValue(),
  images: list(8, ContainerImage).atomic(),
  volumesInUse: list(9, string).atomic(),
  volumesAttached: list(10, AttachedVolume).atomic(),
  config: ref(11, NodeConfigStatus),
  runtimeHandlers: list(12, NodeRuntimeHandler).atomic(),
  features: ref(13, NodeFeatures),
  declaredFeatures: list(14, string).atomic(),
})
export interface NodeStatus extends TypeOf<typeof NodeStatus> {}
defaults(NodeStatus, (status) => {
  if (status.capacity) status.allocatable ??= { ...status.capacity }
})

export const Node = core.kind('Node', 'A machine that runs pods.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, NodeSpec),
  status: ref(3, NodeStatus),
})
export interface Node extends TypeOf<typeof Node> {}
export const NodeList = core.listOf(Node)
export const Nodes = core.resource(Node, 'nodes', { namespaced: false })
