import { isReady } from '../../api/core/pods.ts'
import {
  type EndpointAddress,
  type EndpointPort,
  type EndpointSubset,
  type Endpoints,
  EndpointsResource,
  type Pod,
  Pods,
  type Service,
  Services,
} from '../../api/core/v1/index.ts'
import { codeOf, ifFound } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../api/object.ts'
import { gatherChanges } from '../../api/turn.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { watch } from '../../controller/watches.ts'
import {
  familiesOf,
  familyOf,
  hasEndpoint,
  hasManagedEndpoints,
  headlessLabel,
  hostnameFor,
  isHeadless,
  podIps,
  portsOn,
  selectedPods,
  targetRefTo,
  triggerTime,
  triggerTimeAnnotation,
  watchSelectedPods,
} from '../shared/endpoint-pods.ts'

/** The most addresses in an Endpoints object. */
const mostAddresses = 1000
const overCapacity = 'endpoints.kubernetes.io/over-capacity'
const managedBy = 'endpoints.kubernetes.io/managed-by'

/** Keeps the (old) Endpoints of each Service that has a selector: the addresses of its pods. */
export function endpointsController({ client, informers }: Context): Controller {
  const services = informers.of(Services)
  const pods = informers.of(Pods)
  const endpoints = informers.of(EndpointsResource)
  /** Services seen so far. */
  const known = new Set<string>()

  async function reconcile(key: string): Promise<void> {
    await gatherChanges(addressesIn(endpoints.get(key)))
    const service = services.get(key)
    const present = endpoints.get(key)
    if (!service) {
      // Keep Endpoints that a user made before their Service.
      if (known.delete(key) || present?.metadata.labels?.[managedBy]) await remove(present)
      return
    }
    known.add(key)
    if (!hasManagedEndpoints(service) || service.metadata.deletionTimestamp) return
    const wanted = endpointsOf(service, selectedPods(pods, service), present)
    if (present && same(present, wanted)) return
    try {
      const written = present
        ? await client.update(EndpointsResource, wanted)
        : await client.create(EndpointsResource, wanted)
      await seen(endpoints, written)
    } catch (error) {
      // The Service or its namespace is being deleted.
      if (codeOf(error) !== 403 && codeOf(error) !== 404) throw error
    }
  }

  async function remove(present: Stored<Endpoints> | undefined): Promise<void> {
    if (!present) return
    const { namespace, name, uid } = present.metadata
    await ifFound(client.delete(EndpointsResource, { namespace, name }, { preconditions: { uid } }))
    await seenDeleted(endpoints, present)
  }

  return {
    name: 'endpoints',
    watches: [watch(Services), watch(EndpointsResource), watchSelectedPods(informers)],
    reconcile,
  }
}

function endpointsOf(service: Stored<Service>, selected: Stored<Pod>[], present?: Stored<Endpoints>): Endpoints {
  const { name, namespace, labels = {} } = service.metadata
  const { subsets, truncated } = truncate(subsetsOf(service, selected))
  const before = present?.metadata.annotations ?? {}
  const { [triggerTimeAnnotation]: _time, [overCapacity]: _over, ...others } = before
  const annotations = {
    ...others,
    [triggerTimeAnnotation]: triggerTime(service, selected, before[triggerTimeAnnotation]),
    ...(truncated && { [overCapacity]: 'truncated' }),
  }
  const { [headlessLabel]: _, ...serviceLabels } = labels
  return {
    ...present,
    metadata: {
      ...present?.metadata,
      name,
      namespace,
      labels: {
        ...serviceLabels,
        [managedBy]: 'endpoint-controller',
        ...(isHeadless(service) && { [headlessLabel]: '' }),
      },
      annotations,
    },
    subsets: subsets.length > 0 ? subsets : undefined,
  }
}

/** One subset for all addresses with the same ports, ready and unready ones in separate lists. */
function subsetsOf(service: Stored<Service>, selected: Stored<Pod>[]): EndpointSubset[] {
  const { publishNotReadyAddresses = false } = service.spec
  const [family] = familiesOf(service, selected)
  const byPorts = new Map<string, Required<EndpointSubset>>()
  for (const pod of selected) {
    const ip = podIps(pod).find((address) => familyOf(address) === family)
    if (!ip || !hasEndpoint(pod, { terminating: publishNotReadyAddresses })) continue
    const ports: EndpointPort[] = portsOn(pod, service).map(({ name, ...port }) => (name ? { name, ...port } : port))
    const portless = isHeadless(service) && !service.spec.ports?.length
    if (ports.length === 0 && !portless) continue
    ports.sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)))
    const key = JSON.stringify(ports)
    const subset = byPorts.get(key) ?? { addresses: [], notReadyAddresses: [], ports }
    byPorts.set(key, subset)
    const ready = publishNotReadyAddresses || isReady(pod)
    subset[ready ? 'addresses' : 'notReadyAddresses'].push(addressOf(pod, service, ip))
  }
  return [...byPorts]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { addresses, notReadyAddresses, ports }]) => ({
      ...(addresses.length > 0 && { addresses: addresses.sort(byAddress) }),
      ...(notReadyAddresses.length > 0 && { notReadyAddresses: notReadyAddresses.sort(byAddress) }),
      ...(ports.length > 0 && { ports }),
    }))
}

function addressOf(pod: Stored<Pod>, service: Stored<Service>, ip: string): EndpointAddress {
  const hostname = hostnameFor(pod, service)
  const { nodeName } = pod.spec
  return { ip, ...(hostname && { hostname }), ...(nodeName && { nodeName }), targetRef: targetRefTo(pod) }
}

/** Keeps at most 1000 addresses, ready ones first, each subset in proportion. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const count = (kind: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[kind]?.length ?? 0), 0)
  const ready = count('addresses')
  const notReady = count('notReadyAddresses')
  if (ready + notReady <= mostAddresses) return { subsets, truncated: false }
  const readyRoom = Math.min(ready, mostAddresses)
  const notReadyRoom = mostAddresses - readyRoom
  const share = (list: EndpointAddress[] = [], room: number, all: number) =>
    all <= room ? list : list.slice(0, Math.floor((list.length * room) / all))
  const cut = subsets.flatMap(({ addresses, notReadyAddresses, ports }) => {
    const kept = share(addresses, readyRoom, ready)
    const keptNotReady = share(notReadyAddresses, notReadyRoom, notReady)
    if (kept.length + keptNotReady.length === 0) return []
    return [
      {
        ...(kept.length > 0 && { addresses: kept }),
        ...(keptNotReady.length > 0 && { notReadyAddresses: keptNotReady }),
        ...(ports && { ports }),
      },
    ]
  })
  return { subsets: cut, truncated: true }
}

const addressesIn = (endpoints: Endpoints | undefined): number =>
  (endpoints?.subsets ?? []).reduce(
    (sum, { addresses = [], notReadyAddresses = [] }) => sum + addresses.length + notReadyAddresses.length,
    0,
  )

/** A later trigger time alone is no change. */
function same(present: Stored<Endpoints>, wanted: Endpoints): boolean {
  const shape = ({ metadata, subsets = [] }: Endpoints) => {
    const { [triggerTimeAnnotation]: _, ...annotations } = metadata?.annotations ?? {}
    return [metadata?.labels ?? {}, annotations, subsets]
  }
  return jsonEqual(shape(present), shape(wanted))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byAddress = (a: EndpointAddress, b: EndpointAddress) => compare(a.ip, b.ip) || compare(uidOf(a), uidOf(b))
const uidOf = ({ targetRef }: EndpointAddress): string => targetRef?.uid ?? ''
