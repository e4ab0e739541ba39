import type { Service } from '../api/core/v1/index.ts'
import { Namespaces, Services } from '../api/core/v1/index.ts'
import type { EndpointSlice } from '../api/discovery/v1/index.ts'
import { EndpointSlices } from '../api/discovery/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { Informers } from '../client/informers/informer.ts'

/** What the cluster's DNS knows: a view of Services and their endpoints, always as the informers have it. */
export interface Zone {
  /** `cluster.local` */
  readonly domain: string
  namespaceExists(name: string): boolean
  service(namespace: string, name: string): Stored<Service> | undefined
  /** Of a Service, ready ones only unless it publishes the others too. */
  endpoints(namespace: string, name: string): ZoneEndpoint[]
  serviceByIp(ip: string): Stored<Service> | undefined
  endpointByIp(ip: string): { namespace: string; service: string; endpoint: ZoneEndpoint } | undefined
}

export interface ZoneEndpoint {
  ip: string
  family: 'IPv4' | 'IPv6'
  /** The first label of its own name: its hostname, else its address with dashes. */
  label: string
  ports: { name: string; protocol: string; port: number }[]
}

const serviceLabel = 'kubernetes.io/service-name'

/** A zone fed by informers; `synced` resolves when it can answer. */
export function informedZone(informers: Informers, domain: string): Zone & { synced: Promise<void> } {
  const namespaces = informers.of(Namespaces)
  const services = informers.of(Services)
  const slices = informers.of(EndpointSlices)
  services.addIndex('clusterIP', (s) => (s.spec.clusterIPs ?? []).filter((ip) => ip !== 'None'))
  slices.addIndex('service', (slice) => [sliceService(slice)])
  slices.addIndex('address', (slice) => slice.endpoints?.flatMap((e) => e.addresses) ?? [])

  const endpointsOf = (slice: Stored<EndpointSlice>, withUnready: boolean): ZoneEndpoint[] => {
    if (slice.addressType !== 'IPv4' && slice.addressType !== 'IPv6') return []
    const family = slice.addressType
    const ports = (slice.ports ?? []).flatMap(({ name = '', protocol = 'TCP', port }) =>
      port === undefined ? [] : [{ name, protocol, port }],
    )
    return (slice.endpoints ?? [])
      .filter((e) => withUnready || e.conditions?.ready !== false)
      .flatMap(({ addresses, hostname }) =>
        addresses.map((ip) => ({ ip, family, label: hostname ?? ip.replaceAll(/[.:]/g, '-'), ports })),
      )
  }

  return {
    domain,
    synced: Promise.all([namespaces.synced, services.synced, slices.synced]).then(() => undefined),
    namespaceExists: (name) => namespaces.get(name) !== undefined,
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    endpoints(namespace, name) {
      const withUnready = services.get(`${namespace}/${name}`)?.spec.publishNotReadyAddresses ?? false
      return slices.byIndex('service', `${namespace}/${name}`).flatMap((slice) => endpointsOf(slice, withUnready))
    },
    serviceByIp: (ip) => services.byIndex('clusterIP', ip)[0],
    endpointByIp(ip) {
      for (const slice of slices.byIndex('address', ip)) {
        const [namespace = '', service = ''] = sliceService(slice).split('/')
        const headless = services.get(`${namespace}/${service}`)?.spec.clusterIP === 'None'
        const endpoint = headless ? endpointsOf(slice, true).find((e) => e.ip === ip) : undefined
        if (endpoint) return { namespace, service, endpoint }
      }
      return undefined
    },
  }
}

const sliceService = ({ metadata }: Stored<EndpointSlice>) =>
  `${metadata.namespace}/${metadata.labels?.[serviceLabel] ?? ''}`
