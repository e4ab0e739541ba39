import { isIPv4 } from 'node:net'
import type { Service, ServicePort } from '../api/core/v1/index.ts'
import type { Endpoint, EndpointSlice } from '../api/discovery/v1/index.ts'
import type { Stored } from '../api/object.ts'

/** One port of one Service, as the node must route it. */
export interface RoutedPort {
  /** `default/web:http` */
  name: string
  protocol: 'tcp' | 'udp' | 'sctp'
  clusterIp: string
  port: number
  nodePort?: number
  /** Addresses like the cluster IP, but reachable from outside. */
  externalIps: string[]
  balancerIps: string[]
  /** Sources allowed to use the load balancer's addresses; empty: all. */
  sourceRanges: string[]
  /** The endpoints on all nodes. */
  everywhere: Target[]
  /** The endpoints on this node. */
  here: Target[]
  /** internalTrafficPolicy Local: the cluster IP leads only to endpoints on this node. */
  internalLocal: boolean
  /** externalTrafficPolicy Local: traffic from outside goes only to endpoints on this node, and keeps its source. */
  externalLocal: boolean
  /** Seconds for which a client stays with its endpoint. */
  affinitySeconds?: number
}

export interface Target {
  ip: string
  port: number
}

/** The ports of a Service to route on `node`; none for headless and external ones. */
export function routedPorts(service: Stored<Service>, slices: Stored<EndpointSlice>[], node: string): RoutedPort[] {
  const { spec, metadata, status } = service
  const clusterIp = spec.clusterIP
  if (!clusterIp || spec.type === 'ExternalName' || !isIPv4(clusterIp)) return []
  const affinitySeconds =
    spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : undefined
  const balancerIps = (status.loadBalancer?.ingress ?? [])
    .filter((i) => i.ipMode !== 'Proxy')
    .flatMap(({ ip }) => (ip ? [ip] : []))
  return (spec.ports ?? []).map((port): RoutedPort => {
    const all = candidates(slices, port)
    return {
      name: `${metadata.namespace}/${metadata.name}${port.name ? `:${port.name}` : ''}`,
      protocol: (port.protocol ?? 'TCP').toLowerCase() as RoutedPort['protocol'],
      clusterIp,
      port: port.port,
      ...(port.nodePort && { nodePort: port.nodePort }),
      externalIps: (spec.externalIPs ?? []).filter(isIPv4),
      balancerIps: balancerIps.filter(isIPv4),
      sourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter(isIPv4Range),
      everywhere: usable(all),
      here: usable(all.filter(({ endpoint }) => endpoint.nodeName === node)),
      internalLocal: spec.internalTrafficPolicy === 'Local',
      externalLocal: spec.externalTrafficPolicy === 'Local',
      ...(affinitySeconds && { affinitySeconds }),
    }
  })
}

const isIPv4Range = (range: string): boolean => isIPv4(range.split('/')[0] ?? '')

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
      return (slice.endpoints ?? []).flatMap((endpoint) => {
        const [ip = ''] = endpoint.addresses
        return isIPv4(ip) ? [{ endpoint, target: { ip, port } }] : []
      })
    })
}

/** The ready endpoints; without any, those that still serve while terminating (KEP-1669). In a stable order. */
function usable(all: Candidate[]): Target[] {
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false)
  const chosen =
    ready.length > 0
      ? ready
      : all.filter(({ endpoint: { conditions } }) => conditions?.serving !== false && conditions?.terminating)
  const byText = new Map(chosen.map(({ target }) => [`${target.ip}:${target.port}`, target]))
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? [])
}
