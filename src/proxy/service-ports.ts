import type { Service, ServicePort } from '../api/core/v1/index.ts'
import type { Endpoint, EndpointSlice } from '../api/discovery/v1/index.ts'
import type { Stored } from '../api/object.ts'

/** One port of one Service as the node has to route it. */
export interface RoutedPort {
  /** `default/web:http` */
  name: string
  protocol: 'tcp' | 'udp' | 'sctp'
  clusterIp: string
  port: number
  nodePort?: number
  /** External IPs and load balancer addresses, which are answered like the cluster IP. */
  otherIps: string[]
  /** Sources allowed to use the load balancer addresses; empty: all. */
  sourceRanges: string[]
  /** Where traffic from inside the cluster goes. */
  internal: Target[]
  /** Where traffic from outside goes; the same but for externalTrafficPolicy Local. */
  external: Target[]
  /** The client's own address is kept (externalTrafficPolicy Local). */
  keepsSource: boolean
  /** Seconds for which a client stays with its endpoint. */
  affinitySeconds?: number
}

export interface Target {
  ip: string
  port: number
}

/** The ports of a Service that are routed on `node`; none for headless and external ones. */
export function routedPorts(service: Stored<Service>, slices: Stored<EndpointSlice>[], node: string): RoutedPort[] {
  const { spec, metadata, status } = service
  const clusterIp = spec.clusterIP
  if (!clusterIp || clusterIp === 'None' || spec.type === 'ExternalName' || clusterIp.includes(':')) return []
  const affinitySeconds =
    spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : undefined
  const balancerIps = (status.loadBalancer?.ingress ?? [])
    .filter((i) => i.ipMode !== 'Proxy')
    .flatMap(({ ip }) => (ip ? [ip] : []))
  const keepsSource = spec.externalTrafficPolicy === 'Local'
  return (spec.ports ?? []).map((port): RoutedPort => {
    const all = candidates(slices, port)
    const local = all.filter(({ endpoint }) => endpoint.nodeName === node)
    return {
      name: `${metadata.namespace}/${metadata.name}${port.name ? `:${port.name}` : ''}`,
      protocol: (port.protocol ?? 'TCP').toLowerCase() as RoutedPort['protocol'],
      clusterIp,
      port: port.port,
      ...(port.nodePort && { nodePort: port.nodePort }),
      otherIps: [...(spec.externalIPs ?? []), ...balancerIps].filter((ip) => !ip.includes(':')),
      sourceRanges: (spec.loadBalancerSourceRanges ?? []).filter((range) => !range.includes(':')),
      internal: usable(spec.internalTrafficPolicy === 'Local' ? local : all),
      external: usable(keepsSource ? local : all),
      keepsSource,
      ...(affinitySeconds && { affinitySeconds }),
    }
  })
}

interface Candidate {
  endpoint: Endpoint
  target: Target
}

function candidates(slices: Stored<EndpointSlice>[], { name = '', protocol = 'TCP' }: ServicePort): Candidate[] {
  return slices
    .filter((slice) => slice.addressType === 'IPv4')
    .flatMap((slice) => {
      const port = slice.ports?.find((p) => (p.name ?? '') === name && (p.protocol ?? 'TCP') === protocol)?.port
      if (port === undefined) return []
      return (slice.endpoints ?? []).map((endpoint) => ({
        endpoint,
        target: { ip: endpoint.addresses[0] ?? '', port },
      }))
    })
}

/** The ready endpoints; while there is none, those that still serve though they are ending (KEP-1669). In a stable order. */
function usable(all: Candidate[]): Target[] {
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false)
  const chosen =
    ready.length > 0
      ? ready
      : all.filter(({ endpoint: { conditions } }) => conditions?.serving !== false && conditions?.terminating)
  const byText = new Map(chosen.map(({ target }) => [`${target.ip}:${target.port}`, target]))
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? [])
}
