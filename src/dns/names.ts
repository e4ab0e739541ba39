import type { Service } from '../api/core/v1/index.ts'
import { formatIp, type Ip, parseIp } from '../api/ip.ts'
import type { Stored } from '../api/object.ts'
import type { Zone, ZoneEndpoint } from './zone.ts'

/** The records at a name below the cluster's domain; `undefined` if the name does not exist. */
export type Found =
  /** The name exists, without records of its own: `svc`, a namespace. */
  | { kind: 'empty' }
  /** Another name. */
  | { kind: 'alias'; target: string }
  | { kind: 'text'; text: string }
  | { kind: 'hosts'; hosts: Host[] }

/** An address, with one of the ports that it serves. */
export interface Host {
  /** Its own name, below the domain: `web.default.svc`. */
  owner: string
  ip: string
  family: 'IPv4' | 'IPv6'
  /** Absent where no port is known: then it has no SRV record. */
  port?: number
}

/** Labels in front of a Service's name that select its endpoints or ports. */
type Selection =
  | { kind: 'all' }
  | { kind: 'endpoint'; label: string }
  /** An empty text selects any. */
  | { kind: 'port'; port: string; protocol: string }

const schemaVersion = '1.1.0'
const empty: Found = { kind: 'empty' }

/**
 * Looks a name up, given by its labels in lower case, without the domain. The rules are those of the 'Kubernetes DNS-Based
 * Service Discovery' specification; where it leaves something open, those of CoreDNS's kubernetes plugin.
 */
export function lookUp(zone: Zone, labels: string[]): Found | undefined {
  const [kind, namespace, name, ...before] = [...labels].reverse()
  if (kind === undefined) return empty
  if (kind === 'dns-version' && labels.length === 1) return { kind: 'text', text: schemaVersion }
  if (kind === 'dns') return labels.length === 2 && namespace === 'ns' ? nameserver(zone) : undefined
  if (kind !== 'svc' && kind !== 'pod') return undefined
  if (namespace === undefined) return empty
  if (!zone.namespaceExists(namespace)) return undefined
  if (name === undefined) return empty
  if (before.length > 2) return undefined
  if (kind === 'pod') return podAddress(namespace, name)
  const service = zone.service(namespace, name)
  return service && atService(zone, service, selectionOf(before))
}

const nameserver = ({ addresses }: Zone): Found => ({
  kind: 'hosts',
  hosts: addresses.map((ip) => ({ owner: 'ns.dns', ip, family: familyOf(ip) })),
})

/** `1-2-3-4.default.pod` is 1.2.3.4, whether there is such a pod or not: CoreDNS's mode `pods insecure`. */
function podAddress(namespace: string, label: string): Found | undefined {
  const isV4 = label.split('-').length === 4 && !label.includes('--')
  const ip = parseIp(label.replaceAll('-', isV4 ? '.' : ':'))
  return ip && { kind: 'hosts', hosts: [{ owner: `${label}.${namespace}.pod`, ...described(ip) }] }
}

const described = (ip: Ip) => ({ ip: formatIp(ip), family: ip.family === 4 ? ('IPv4' as const) : ('IPv6' as const) })

/** `before` are the labels in front of the Service's name, the nearest first. */
function selectionOf([first, second]: string[]): Selection {
  if (first === undefined) return { kind: 'all' }
  if (second === undefined) return { kind: 'endpoint', label: first }
  return { kind: 'port', port: second.replace(/^_/, ''), protocol: first.replace(/^_/, '') }
}

function atService(zone: Zone, service: Stored<Service>, selection: Selection): Found | undefined {
  const { spec } = service
  if (spec.type === 'ExternalName') {
    const target = spec.externalName
    return selection.kind === 'all' && target && !parseIp(target) ? { kind: 'alias', target } : undefined
  }
  const hosts =
    spec.clusterIP === 'None' || selection.kind === 'endpoint'
      ? endpointHosts(zone, service, selection)
      : serviceHosts(service, selection)
  return hosts.length > 0 ? { kind: 'hosts', hosts } : undefined
}

const ownerOf = ({ metadata }: Stored<Service>) => `${metadata.name}.${metadata.namespace}.svc`

function serviceHosts(service: Stored<Service>, selection: Selection): Host[] {
  const owner = ownerOf(service)
  const addresses = service.spec.clusterIPs ?? []
  return (service.spec.ports ?? [])
    .filter((port) => selects(selection, port))
    .flatMap(({ port }) => addresses.map((ip) => ({ owner, ip, family: familyOf(ip), port })))
}

function endpointHosts(zone: Zone, service: Stored<Service>, selection: Selection): Host[] {
  const { name, namespace } = service.metadata
  return zone
    .endpoints(namespace ?? '', name)
    .filter(({ label }) => selection.kind !== 'endpoint' || label.toLowerCase() === selection.label)
    .flatMap((endpoint) => hostsOf(endpoint, ownerOf(service), selection))
}

/** One for each of the endpoint's ports; an endpoint without ports is still one. */
function hostsOf({ ip, family, label, ports }: ZoneEndpoint, service: string, selection: Selection): Host[] {
  const host = { owner: `${label}.${service}`, ip, family }
  if (ports.length === 0) return selection.kind === 'port' ? [] : [host]
  return ports.filter((port) => selects(selection, port)).map(({ port }) => ({ ...host, ...(port && { port }) }))
}

const selects = (selection: Selection, { name = '', protocol = 'TCP' }: { name?: string; protocol?: string }) =>
  selection.kind !== 'port' ||
  ((selection.port === '' || selection.port === name.toLowerCase()) &&
    (selection.protocol === '' || selection.protocol === protocol.toLowerCase()))

const familyOf = (ip: string) => (ip.includes(':') ? 'IPv6' : 'IPv4')
