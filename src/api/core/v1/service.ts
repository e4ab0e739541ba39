import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, int32, intOrString, list, map, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { Condition } from '../../meta/v1/condition.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { protocols } from '../protocols.ts'
import { core } from './package.ts'

export const ClientIPConfig = core.message('ClientIPConfig', {
  timeoutSeconds: int32(1).explicit(),
})
export interface ClientIPConfig extends TypeOf<typeof ClientIPConfig> {}

export const PortStatus = core.message('PortStatus', {
  port: int32(1).required(),
  protocol: string(2)
    .required()
    .oneOf(...protocols),
  error: string(3).explicit(),
})
export interface PortStatus extends TypeOf<typeof PortStatus> {}

export const LoadBalancerIngress = core.message('LoadBalancerIngress', {
  ip: string(1),
  hostname: string(2),
  ipMode: string(3).explicit(),
  ports: list(4, PortStatus).atomic(),
})
export interface LoadBalancerIngress extends TypeOf<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = core.message('LoadBalancerStatus', {
  ingress: list(1, LoadBalancerIngress).atomic(),
})
export interface LoadBalancerStatus extends TypeOf<typeof LoadBalancerStatus> {}

export const ServicePort = core.message('ServicePort', 'A port of a service.', {
  name: string(1, 'Unique in the service; needed when there are several.'),
  protocol: string(2, 'TCP, UDP or SCTP.')
    .oneOf(...protocols)
    .default('TCP'),
  port: int32(3, 'The port of the service.').required(),
  targetPort: intOrString(4, 'The port of the pods, by number or name; the same as port when absent.'),
  nodePort: int32(5, 'The port on every node, for NodePort and LoadBalancer; chosen by the server when 0.'),
  appProtocol: string(6, 'What is spoken, for those who care.').explicit(),
})
export interface ServicePort extends TypeOf<typeof ServicePort> {}

export const SessionAffinityConfig = core.message('SessionAffinityConfig', {
  clientIP: ref(1, ClientIPConfig),
})
export interface SessionAffinityConfig extends TypeOf<typeof SessionAffinityConfig> {}

export const ServiceSpec = core.message('ServiceSpec', 'Which pods a service stands for, and how they are reached.', {
  ports: list(1, ServicePort, 'The ports of the service.').map('port', 'protocol').patch('merge', 'port'),
  selector: map(2, string, 'Labels of the pods. Without it, the endpoints are written by somebody else.').atomic(),
  clusterIP: string(
    3,
    'The address in the cluster. None makes a service without one: its name leads to the pods themselves.',
  ),
  type: string(
    4,
    'ClusterIP (in the cluster), NodePort (and on every node), LoadBalancer, or ExternalName (another DNS name).',
  )
    .oneOf('ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort')
    .default('ClusterIP'),
  externalIPs: list(5, string, 'Addresses of nodes at which the service is reached, too.').atomic(),
  sessionAffinity: string(7, 'ClientIP: the same client reaches the same pod.')
    .oneOf('ClientIP', 'None')
    .default('None'),
  loadBalancerIP: string(8),
  loadBalancerSourceRanges: list(9, string).atomic(),
  externalName: string(10, 'The name that a service of type ExternalName stands for.'),
  externalTrafficPolicy: string(
    11,
    'Cluster: from everywhere to all pods. Local: to pods of the same node, the source kept.',
  ).oneOf('Cluster', 'Local'),
  healthCheckNodePort: int32(12),
  publishNotReadyAddresses: bool(13, 'Whether pods that are not ready are included.'),
  sessionAffinityConfig: ref(14, SessionAffinityConfig),
  ipFamilyPolicy: string(17, 'SingleStack, PreferDualStack or RequireDualStack.')
    .explicit()
    .oneOf('PreferDualStack', 'RequireDualStack', 'SingleStack'),
  clusterIPs: list(18, string, 'The addresses in the cluster, one per family.').atomic(),
  ipFamilies: list(19, string, 'IPv4, IPv6, or both in this order.').atomic(),
  allocateLoadBalancerNodePorts: bool(20).explicit(),
  loadBalancerClass: string(21, 'Who makes the load balancer.').explicit(),
  internalTrafficPolicy: string(22, 'Cluster: to all pods. Local: only to pods of the same node.')
    .explicit()
    .oneOf('Cluster', 'Local'),
  trafficDistribution: string(23).explicit(),
})
export interface ServiceSpec extends TypeOf<typeof ServiceSpec> {}

export const ServiceStatus = core.message('ServiceStatus', {
  loadBalancer: ref(1, LoadBalancerStatus).byValue(),
  conditions: list(2, Condition).map('type').patch('merge', 'type'),
})
export interface ServiceStatus extends TypeOf<typeof ServiceStatus> {}

export const Service = core.kind('Service', 'A name and an address for a changing set of pods.', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, ServiceSpec),
  status: ref(3, ServiceStatus),
})
export interface Service extends TypeOf<typeof Service> {}
export const ServiceList = core.listOf(Service)
export const Services = core.resource(Service, 'services', { namespaced: true })
defaults(Service, ({ spec, status }) => {
  if (!spec) return
  /** The constants of the spec are not in yet: messages are filled from the outside in. */
  const type = spec.type || 'ClusterIP'
  sessionAffinity(spec)
  for (const port of spec.ports ?? []) port.targetPort ||= port.port
  const isExternal = type === 'NodePort' || type === 'LoadBalancer'
  if (isExternal || (type === 'ClusterIP' && spec.externalIPs?.length)) spec.externalTrafficPolicy ||= 'Cluster'
  if (isExternal || type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster'
  if (type !== 'LoadBalancer') return
  spec.allocateLoadBalancerNodePorts ??= true
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
})

/** Three hours. */
const affinityTimeoutSeconds = 10800

function sessionAffinity(spec: ServiceSpec): void {
  if (spec.sessionAffinity !== 'ClientIP') delete spec.sessionAffinityConfig
  else if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinityTimeoutSeconds } }
}
