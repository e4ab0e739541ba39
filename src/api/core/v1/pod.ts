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
import { containerRequests, isPodLevel } from '../pod-resources.ts'
import { Affinity, Toleration, TopologySpreadConstraint } from './affinity.ts'
import { Container, ContainerExtendedResourceRequest, EphemeralContainer, ResourceRequirements } from './container.ts'
import { ContainerStatus } from './container-status.ts'
import { core } from './package.ts'
import { LocalObjectReference, ObjectReference } from './reference.ts'
import { PodSecurityContext } from './security-context.ts'
import { Volume } from './volume.ts'

export const Binding = core.kind('Binding', {
  metadata: ref(1, ObjectMeta),
  target: ref(2, ObjectReference).required(),
})
export interface Binding extends TypeOf<typeof Binding> {}
export const Bindings = core.resource(Binding, 'bindings', { namespaced: true })

export const HostAlias = core.message('HostAlias', {
  ip: string(1).required(),
  hostnames: list(2, string).atomic(),
})
export interface HostAlias extends TypeOf<typeof HostAlias> {}

export const HostIP = core.message('HostIP', {
  ip: string(1).required(),
})
export interface HostIP extends TypeOf<typeof HostIP> {}

export const NodeAllocatableResourceClaimStatus = core.message('NodeAllocatableResourceClaimStatus', {
  resourceClaimName: string(1).required(),
  containers: list(2, string).set(),
  resources: map(3, quantity).required(),
})
export interface NodeAllocatableResourceClaimStatus extends TypeOf<typeof NodeAllocatableResourceClaimStatus> {}

export const PodDNSConfigOption = core.message('PodDNSConfigOption', {
  name: string(1),
  value: string(2).explicit(),
})
export interface PodDNSConfigOption extends TypeOf<typeof PodDNSConfigOption> {}

export const PodDNSConfig = core.message('PodDNSConfig', {
  nameservers: list(1, string).atomic(),
  searches: list(2, string).atomic(),
  options: list(3, PodDNSConfigOption).atomic(),
})
export interface PodDNSConfig extends TypeOf<typeof PodDNSConfig> {}

export const PodOS = core.message('PodOS', {
  name: string(1).required(),
})
export interface PodOS extends TypeOf<typeof PodOS> {}

export const PodReadinessGate = core.message('PodReadinessGate', {
  conditionType: string(1).required(),
})
export interface PodReadinessGate extends TypeOf<typeof PodReadinessGate> {}

export const PodResourceClaim = core.message('PodResourceClaim', {
  name: string(1).required(),
  resourceClaimName: string(3).explicit(),
  resourceClaimTemplateName: string(4).explicit(),
})
export interface PodResourceClaim extends TypeOf<typeof PodResourceClaim> {}

export const PodSchedulingGate = core.message('PodSchedulingGate', {
  name: string(1).required(),
})
export interface PodSchedulingGate extends TypeOf<typeof PodSchedulingGate> {}

export const PodSchedulingGroup = core.message('PodSchedulingGroup', {
  podGroupName: string(1).explicit(),
})
export interface PodSchedulingGroup extends TypeOf<typeof PodSchedulingGroup> {}

export const PodSpec = core.message('PodSpec', 'What a pod is to run, and where.', {
  volumes: list(1, Volume, 'What containers may mount.').map('name').patch('merge,retainKeys', 'name'),
  containers: list(2, Container, 'The containers, at least one. They run at the same time.')
    .required()
    .map('name')
    .patch('merge', 'name'),
  restartPolicy: string(3, 'What to do when a container ends: Always, OnFailure or Never.')
    .oneOf('Always', 'OnFailure', 'Never')
    .default('Always'),
  terminationGracePeriodSeconds: int64(4, 'Seconds between asking the processes to end and killing them.')
    .explicit()
    .default(30),
  activeDeadlineSeconds: int64(5, 'Seconds after which the pod is ended, whatever it does.').explicit(),
  dnsPolicy: string(6, 'Where names are looked up: ClusterFirst, ClusterFirstWithHostNet, Default or None.')
    .oneOf('ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None')
    .default('ClusterFirst'),
  nodeSelector: map(7, string, 'Labels that the node must have.').atomic(),
  serviceAccountName: string(8, 'The service account the containers act as.'),
  serviceAccount: string(9),
  nodeName: string(10, 'The node the pod runs on. Set by the scheduler.'),
  hostNetwork: bool(11, "True: the pod uses the node's network."),
  hostPID: bool(12, "True: the pod sees the node's processes."),
  hostIPC: bool(13, "True: the pod uses the node's inter-process communication."),
  securityContext: ref(14, PodSecurityContext, 'As whom, and with which rights, the containers run.').default({}),
  imagePullSecrets: list(15, LocalObjectReference, 'Secrets with the passwords of registries.')
    .map('name')
    .patch('merge', 'name'),
  hostname: string(16, "The pod's host name; its own name when empty."),
  subdomain: string(17, 'The headless service under whose name the host name can be looked up.'),
  affinity: ref(18, Affinity, 'Which nodes, and the neighbourhood of which pods, the pod needs or would like.'),
  schedulerName: string(19, 'The scheduler that places the pod.').default('default-scheduler'),
  initContainers: list(20, Container, 'Containers that run one after the other before the others start.')
    .map('name')
    .patch('merge', 'name'),
  automountServiceAccountToken: bool(21, 'Whether the token of the service account is mounted.').explicit(),
  tolerations: list(22, Toleration, 'The taints of nodes that the pod puts up with.').atomic(),
  hostAliases: list(23, HostAlias, 'Further lines for /etc/hosts.').map('ip').patch('merge', 'ip'),
  priorityClassName: string(24, "The class that gives the pod's priority."),
  priority: int32(25, 'Higher ones are scheduled first, and may take the place of lower ones.').explicit(),
  dnsConfig: ref(26, PodDNSConfig, 'Added to what dnsPolicy gives.'),
  shareProcessNamespace: bool(27, "True: the containers see each other's processes.").explicit(),
  readinessGates: list(28, PodReadinessGate, 'Conditions that must hold, too, for the pod to be ready.').atomic(),
  runtimeClassName: string(29, 'The class of container runtime that runs the pod.').explicit(),
  enableServiceLinks: bool(30, 'Whether containers get environment variables for each service.').explicit(),
  preemptionPolicy: string(31).explicit().oneOf('PreemptLowerPriority', 'Never'),
  overhead: map(32, quantity, 'What running the pod costs besides its containers.'),
  topologySpreadConstraints: list(
    33,
    TopologySpreadConstraint,
    'How evenly pods like this one are to be spread over zones, nodes and the like.',
  )
    .map('topologyKey', 'whenUnsatisfiable')
    .patch('merge', 'topologyKey'),
  ephemeralContainers: list(34, EphemeralContainer, 'Containers added to a running pod to look into it.')
    .map('name')
    .patch('merge', 'name'),
  setHostnameAsFQDN: bool(35).explicit(),
  os: ref(36, PodOS),
  hostUsers: bool(37).explicit(),
  schedulingGates: list(38, PodSchedulingGate, 'The pod is not scheduled as long as there are any.')
    .map('name')
    .patch('merge', 'name'),
  resourceClaims: list(39, PodResourceClaim).map('name').patch('merge,retainKeys', 'name'),
  resources: ref(40, ResourceRequirements, 'What the containers together need and may use.'),
  hostnameOverride: string(41).explicit(),
  schedulingGroup: ref(43, PodSchedulingGroup),
})
export interface PodSpec extends TypeOf<typeof PodSpec> {}
defaults(PodSpec, (spec) => {
  /** One value under two names; the newer one wins. */
  const account = spec.serviceAccountName || spec.serviceAccount
  if (!account) return
  spec.serviceAccountName = account
  spec.serviceAccount = account
})

export const PodCondition = core.message('PodCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
  observedGeneration: int64(7),
})
export interface PodCondition extends TypeOf<typeof PodCondition> {}

export const PodExtendedResourceClaimStatus = core.message('PodExtendedResourceClaimStatus', {
  requestMappings: list(1, ContainerExtendedResourceRequest).required().atomic(),
  resourceClaimName: string(2).required(),
})
export interface PodExtendedResourceClaimStatus extends TypeOf<typeof PodExtendedResourceClaimStatus> {}

export const PodIP = core.message('PodIP', {
  ip: string(1).required(),
})
export interface PodIP extends TypeOf<typeof PodIP> {}

export const PodResourceClaimStatus = core.message('PodResourceClaimStatus', {
  name: string(1).required(),
  resourceClaimName: string(2).explicit(),
})
export interface PodResourceClaimStatus extends TypeOf<typeof PodResourceClaimStatus> {}

export const PodStatus = core.message('PodStatus', 'What has become of a pod.', {
  phase: string(1, 'Pending, Running, Succeeded, Failed or Unknown.').oneOf(
    'Pending',
    'Running',
    'Succeeded',
    'Failed',
    'Unknown',
  ),
  conditions: list(2, PodCondition, 'Whether the pod is scheduled, initialized, ready.')
    .map('type')
    .patch('merge', 'type'),
  message: string(3, 'Why the pod is in this state, for people.'),
  reason: string(4, 'Why the pod is in this state, in one word.'),
  hostIP: string(5, "The node's address."),
  podIP: string(6, "The pod's address."),
  startTime: time(7, 'When the node took the pod up.'),
  containerStatuses: list(8, ContainerStatus, 'What has become of each container.').atomic(),
  qosClass: string(9, 'Guaranteed, Burstable or BestEffort: who goes first when memory is short.').oneOf(
    'Guaranteed',
    'Burstable',
    'BestEffort',
  ),
  initContainerStatuses: list(10, ContainerStatus).atomic(),
  nominatedNodeName: string(11),
  podIPs: list(12, PodIP, "The pod's addresses, one per family.").map('ip').patch('merge', 'ip'),
  ephemeralContainerStatuses: list(13, ContainerStatus).atomic(),
  resize: string(14),
  resourceClaimStatuses: list(15, PodResourceClaimStatus).map('name').patch('merge,retainKeys', 'name'),
  hostIPs: list(16, HostIP).atomic().patch('merge', 'ip'),
  observedGeneration: int64(17),
  extendedResourceClaimStatus: ref(18, PodExtendedResourceClaimStatus),
  allocatedResources: map(19, quantity),
  resources: ref(20, ResourceRequirements),
  nodeAllocatableResourceClaimStatuses: list(21, NodeAllocatableResourceClaimStatus).atomic(),
})
export interface PodStatus extends TypeOf<typeof PodStatus> {}
defaults(PodStatus, (status) => {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }]
  else if (status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip
})

export const Pod = core.kind('Pod', 'Containers that run together on one node and share its network and volumes.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, PodSpec),
  status: ref(3, PodStatus),
})
export interface Pod extends TypeOf<typeof Pod> {}
export const PodList = core.listOf(Pod)
export const Pods = core.resource(Pod, 'pods', { namespaced: true })
defaults(Pod, ({ spec }) => {
  if (!spec) return
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
  for (const { resources } of containers) if (resources) requestLimits(resources)
  requestForPod(spec)
  spec.enableServiceLinks ??= true
  if (!spec.hostNetwork) return
  for (const port of containers.flatMap(({ ports = [] }) => ports)) port.hostPort ||= port.containerPort
})

type Resources = { limits?: Record<string, string>; requests?: Record<string, string> }

function requestLimits(resources: Resources): void {
  if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests }
}

/** The pod's own requests follow from its containers', else from its limits. */
function requestForPod(spec: PodSpec): void {
  const { resources } = spec
  if (!resources?.limits || Object.keys(resources.limits).length === 0) return
  const ofContainers = Object.entries(containerRequests(spec)).filter(([name]) => name === 'cpu' || name === 'memory')
  const ofLimits = Object.entries(resources.limits).filter(([name]) => isPodLevel(name))
  resources.requests = { ...Object.fromEntries(ofLimits), ...Object.fromEntries(ofContainers), ...resources.requests }
}

export const PodTemplateSpec = core.message('PodTemplateSpec', 'What pods are made from.', {
  metadata: ref(1, ObjectMeta, 'Labels and annotations of the pods.'),
  spec: ref(2, PodSpec),
})
export interface PodTemplateSpec extends TypeOf<typeof PodTemplateSpec> {}
