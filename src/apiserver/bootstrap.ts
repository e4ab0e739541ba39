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
import type { LiveServers } from './peers/live-servers.ts'

export interface BootstrapOptions {
  /** The cluster IP of the `kubernetes` Service: the first of the service range. */
  serviceIP: string
  /** The server's address for pods. Absent, or of the loopback: the Service gets no endpoints. */
  address?: string
  port: number
  /** The contents of the ConfigMap by which aggregated API servers know whom to trust. */
  authorities?: Record<string, string>
  /** Where several servers share the store: which of them live. Absent: this one is alone. */
  servers?: LiveServers
}

/** Where the Service leads: to all servers that live. */
interface Reachable {
  addresses: string[]
  port: number
}

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
 * Runs `bootstrap`, and again every ten seconds, to restore deleted objects and, of several servers, to keep the endpoints to
 * those that live. Without `servers`, later runs leave existing endpoints alone. The returned function stops it, and takes this
 * server out of the endpoints.
 */
export async function keepBootstrapped(
  objects: Objects,
  options: BootstrapOptions,
  { clock, failed }: { clock: Clock; failed: (error: unknown) => void },
): Promise<() => Promise<void>> {
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
  return async () => {
    stopped = true
    cancel()
    const left = await options.servers?.leave()
    // Without any other, clients may as well try this one.
    if (left?.length) await ensureReachable(objects, { addresses: left, port: options.port }, 'addresses')
  }
}

async function ensureAll(objects: Objects, options: BootstrapOptions, repairs: boolean): Promise<void> {
  await Promise.all(
    namespaces.map((name) => ensure(objects, Namespaces, { name }, (): Namespace => ({ metadata: { name } }))),
  )
  const { address, port, servers } = options
  const addresses = address && !isLoopback(address) ? ((await servers?.renew()) ?? [address]) : []
  const repair = repairs ? 'all' : servers ? 'addresses' : 'nothing'
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
    ...(addresses.length > 0 ? [ensureReachable(objects, { addresses, port }, repair)] : []),
  ])
}

/** What a server corrects in endpoints that are there: their ports at its start only, as upstream. */
type Repair = 'all' | 'addresses' | 'nothing'

async function ensureReachable(objects: Objects, reachable: Reachable, repair: Repair): Promise<void> {
  await Promise.all([
    ensureEndpoints(objects, endpoints(reachable), repair),
    ensureSlice(objects, slice(reachable), repair),
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

function ensureEndpoints(objects: Objects, wanted: Endpoints, repair: Repair): Promise<void> {
  const repaired = (present: Stored<Endpoints>): Stored<Endpoints> => {
    const [subset, ...more] = present.subsets ?? []
    const keepsPorts = repair === 'addresses' && subset?.ports && more.length === 0
    const subsets = (wanted.subsets ?? []).map((one) => (keepsPorts ? { ...one, ports: subset.ports } : one))
    return { ...present, subsets } as Stored<Endpoints>
  }
  return ensure(objects, EndpointsResource, kubernetes, () => wanted, repair === 'nothing' ? undefined : repaired)
}

function ensureSlice(objects: Objects, wanted: EndpointSlice, repair: Repair): Promise<void> {
  const repaired = (present: Stored<EndpointSlice>): Stored<EndpointSlice> => ({
    ...present,
    endpoints: wanted.endpoints,
    ports: (repair === 'addresses' ? present.ports : wanted.ports) ?? [],
  })
  return ensure(objects, EndpointSlices, kubernetes, () => wanted, repair === 'nothing' ? undefined : repaired)
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

const endpoints = ({ addresses, port }: Reachable): Endpoints => ({
  metadata: { ...kubernetes, labels: mirrorLabel },
  subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ name: 'https', port, protocol: 'TCP' }] }],
})

const slice = ({ addresses, port }: Reachable): EndpointSlice => ({
  metadata: { ...kubernetes, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  addressType: addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  ports: [{ name: 'https', port, protocol: 'TCP' }],
})
