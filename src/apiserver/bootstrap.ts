import type { Cancel, Clock } from '../api/clock.ts'
import {
  type ConfigMap,
  ConfigMaps,
  type Endpoints,
  EndpointsResource,
  type Namespace,
  Namespaces,
  type Service,
  Services,
} from '../api/core/v1/index.ts'
import { type EndpointSlice, EndpointSlices } from '../api/discovery/v1/index.ts'
import { ApiError } from '../api/errors.ts'
import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import { type IPAddress, IPAddresses } from '../api/networking/v1/index.ts'
import type { ObjectName, Stored } from '../api/object.ts'
import { routinely } from '../api/routine.ts'
import type { Objects } from './definition.ts'
import { isOwnedBy } from './kinds/core/service/addresses.ts'

export interface BootstrapOptions {
  /** The cluster IP of the `kubernetes` Service: the first of the service range. */
  serviceIP: string
  /** The server's address for pods. Absent, or of the loopback: the Service gets no endpoints. */
  address?: string
  port: number
  /** The contents of the ConfigMap by which aggregated API servers know whom to trust. */
  authorities?: Record<string, string>
}

type Reachable = BootstrapOptions & { address: string }

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

/**
 * Creates the first objects of every cluster: the system namespaces, and the `kubernetes` Service with endpoints that lead to
 * this server. Writes only missing or wrong ones.
 */
export const bootstrap = (objects: Objects, options: BootstrapOptions): Promise<void> =>
  ensureAll(objects, options, true)

/** Upstream's interval for its own Service. */
const intervalMs = 10_000

/**
 * Runs `bootstrap`, and again every ten seconds, to restore deleted objects. Later runs leave existing endpoints alone, since
 * they may belong to another server of this cluster. The returned function stops it.
 */
export async function keepBootstrapped(
  objects: Objects,
  options: BootstrapOptions,
  { clock, failed }: { clock: Clock; failed: (error: unknown) => void },
): Promise<Cancel> {
  await bootstrap(objects, options)
  let stopped = false
  let cancel: Cancel = () => {}
  const next = () => {
    if (!stopped) cancel = routinely(clock, intervalMs, () => void again().then(next))
  }
  const again = () =>
    ensureAll(objects, options, false).catch((error: unknown) => {
      if (!stopped) failed(error)
    })
  next()
  return () => {
    stopped = true
    cancel()
  }
}

async function ensureAll(objects: Objects, options: BootstrapOptions, repairs: boolean): Promise<void> {
  await Promise.all(
    namespaces.map((name) => ensure(objects, Namespaces, { name }, (): Namespace => ({ metadata: { name } }))),
  )
  const reachable =
    options.address && !isLoopback(options.address) ? { ...options, address: options.address } : undefined
  await Promise.all([
    ...(options.authorities ? [ensureAuthorities(objects, options.authorities)] : []),
    ensure(
      objects,
      Services,
      kubernetes,
      () => service(options),
      (present) => ({
        ...present,
        spec: { ...present.spec, ports: service(options).spec?.ports ?? [] },
      }),
      async () => {
        const claim = await objects.get<IPAddress>(IPAddresses, { name: options.serviceIP })
        return claim !== undefined && isOwnedBy(claim, kubernetes)
      },
    ),
    ...(reachable
      ? [ensureEndpoints(objects, endpoints(reachable), repairs), ensureSlice(objects, slice(reachable), repairs)]
      : []),
  ])
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'

function ensureAuthorities(objects: Objects, data: Record<string, string>): Promise<void> {
  const name = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
  return ensure(
    objects,
    ConfigMaps,
    name,
    (): ConfigMap => ({ metadata: name, data }),
    // Keys of other servers of this cluster stay.
    (present) => ({ ...present, data: { ...present.data, ...data } }),
  )
}

function ensureEndpoints(objects: Objects, wanted: Endpoints, repairs: boolean): Promise<void> {
  const repair = (present: Stored<Endpoints>) => ({ ...present, subsets: wanted.subsets ?? [] })
  return ensure(objects, EndpointsResource, kubernetes, () => wanted, repairs ? repair : undefined)
}

function ensureSlice(objects: Objects, wanted: EndpointSlice, repairs: boolean): Promise<void> {
  const repair = (present: Stored<EndpointSlice>) => ({
    ...present,
    endpoints: wanted.endpoints,
    ports: wanted.ports ?? [],
  })
  return ensure(objects, EndpointSlices, kubernetes, () => wanted, repairs ? repair : undefined)
}

const kubernetes = { namespace: 'default', name: 'kubernetes' }

async function ensure<T>(
  objects: Objects,
  resource: ResourceType<T>,
  name: ObjectName,
  make: () => T,
  repair?: (present: Stored<T>) => Stored<T>,
  isBeingMade?: () => Promise<boolean>,
): Promise<void> {
  const present = await objects.get(resource, name)
  if (!present) {
    try {
      await objects.create(resource, make())
    } catch (error) {
      // Another server of the same cluster was faster.
      if (!(error instanceof ApiError && error.code === 409) && !(await isBeingMade?.())) throw error
    }
    return
  }
  if (repair && !jsonEqual(repair(present), present)) await objects.update(resource, name, repair)
}

const labels = { component: 'apiserver', provider: 'kubernetes' }

const service = ({ serviceIP, port }: BootstrapOptions): Service => ({
  metadata: { ...kubernetes, labels },
  spec: {
    type: 'ClusterIP',
    clusterIP: serviceIP,
    clusterIPs: [serviceIP],
    sessionAffinity: 'None',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
  },
})

/** The endpointslice controllers leave both alone: they belong to the server. */
const mirrorLabel = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }

const endpoints = ({ address, port }: Reachable): Endpoints => ({
  metadata: { ...kubernetes, labels: mirrorLabel },
  subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
})

const slice = ({ address, port }: Reachable): EndpointSlice => ({
  metadata: { ...kubernetes, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  addressType: address.includes(':') ? 'IPv6' : 'IPv4',
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
  ports: [{ name: 'https', port, protocol: 'TCP' }],
})
