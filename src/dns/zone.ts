import type { Clock } from '../api/clock.ts'
import type { Service } from '../api/core/v1/index.ts'
import { Namespaces, Services } from '../api/core/v1/index.ts'
import type { EndpointSlice } from '../api/discovery/v1/index.ts'
import { EndpointSlices } from '../api/discovery/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { Informers } from '../client/informers/informer.ts'

/** The data of the cluster's DNS: a live view of the informers' Services and endpoints. */
export interface Zone {
  /** `cluster.local` */
  readonly domain: string
  /** Where the DNS server itself is reached. */
  readonly addresses: string[]
  /** When it has changed last, in seconds since 1970: the serial of its SOA. */
  serial(): number
  namespaceExists(name: string): boolean
  service(namespace: string, name: string): Stored<Service> | undefined
  /** The ready ones of a Service; the endpoint controller counts all as ready where a Service publishes them. */
  endpoints(namespace: string, name: string): ZoneEndpoint[]
  serviceByIp(ip: string): Stored<Service> | undefined
  /** Every Service that has a ready endpoint of this address. */
  endpointsByIp(ip: string): { namespace: string; service: string; endpoint: ZoneEndpoint }[]
}

export interface ZoneEndpoint {
  ip: string
  family: 'IPv4' | 'IPv6'
  /** The first label of its own name: its hostname, else its address with dashes. */
  label: string
  /** Without a number where it is not known. */
  ports: { name: string; protocol: string; port?: number }[]
}

export interface ZoneOptions {
  domain: string
  addresses: string[]
  clock: Clock
}

const serviceLabel = 'kubernetes.io/service-name'

/** A zone fed by informers; `synced` resolves when it can answer. */
export function informedZone(
  informers: Informers,
  { domain, addresses, clock }: ZoneOptions,
): Zone & { synced: Promise<void> } {
  const namespaces = informers.of(Namespaces)
  const services = informers.of(Services)
  const slices = informers.of(EndpointSlices)
  services.addIndex('clusterIP', (s) => (s.spec.clusterIPs ?? []).filter((ip) => ip !== 'None'))
  slices.addIndex('service', (slice) => [sliceService(slice)])
  slices.addIndex('address', (slice) => slice.endpoints?.flatMap((e) => e.addresses) ?? [])

  let serial = Math.floor(clock.now() / 1000)
  const changed = () => {
    serial = Math.floor(clock.now() / 1000)
  }
  const onChange = { added: changed, updated: changed, deleted: changed }
  services.on(onChange)
  slices.on(onChange)

  return {
    domain,
    addresses,
    synced: Promise.all([namespaces.synced, services.synced, slices.synced]).then(() => undefined),
    serial: () => serial,
    namespaceExists: (name) => namespaces.get(name) !== undefined,
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    endpoints: (namespace, name) => slices.byIndex('service', `${namespace}/${name}`).flatMap(readyEndpoints),
    serviceByIp: (ip) => services.byIndex('clusterIP', ip)[0],
    endpointsByIp: (ip) =>
      slices.byIndex('address', ip).flatMap((slice) => {
        const [namespace = '', service = ''] = sliceService(slice).split('/')
        return readyEndpoints(slice)
          .filter((endpoint) => endpoint.ip === ip)
          .map((endpoint) => ({ namespace, service, endpoint }))
      }),
  }
}

function readyEndpoints(slice: Stored<EndpointSlice>): ZoneEndpoint[] {
  if (slice.addressType !== 'IPv4' && slice.addressType !== 'IPv6') return []
  const family = slice.addressType
  const ports = (slice.ports ?? []).map(({ name = '', protocol = 'TCP', port }) => ({
    name,
    protocol,
    ...(port !== undefined && { port }),
  }))
  return (slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses, hostname }) =>
      addresses.map((ip) => ({ ip, family, label: hostname || labelOf(ip), ports })),
    )
}

/** `10-0-0-1`, `fd00--1`; a label does not end in a dash. */
const labelOf = (ip: string) => ip.replaceAll(/[.:]/g, '-').replace(/-$/, '-0')

const sliceService = ({ metadata }: Stored<EndpointSlice>) =>
  `${metadata.namespace}/${metadata.labels?.[serviceLabel] ?? ''}`
