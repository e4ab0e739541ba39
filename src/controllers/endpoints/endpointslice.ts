import { isReady } from '../../api/core/pods.ts'
import { type Node, Nodes, type Pod, type Service, Services } from '../../api/core/v1/index.ts'
import { type Endpoint, type EndpointSlice, EndpointSlices } from '../../api/discovery/v1/index.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import { gatherChanges } from '../../api/turn.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { codeOf, controllerRef } from '../../controller/ownership.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { podsOfNode, podsOn } from '../shared/pods-of-node.ts'
import { distribute, portsText, type WantedGroup } from './endpoint-distribution.ts'
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
  selectingServices,
  targetRefTo,
  triggerTime,
  triggerTimeAnnotation,
  watchSelectedPods,
} from './endpoint-pods.ts'

const serviceNameLabel = 'kubernetes.io/service-name'
const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
const manager = 'endpointslice-controller.k8s.io'

/** Keeps the EndpointSlices of each Service that has a selector. */
export function endpointSliceController(ctx: Context): Controller {
  const { client, events, informers } = ctx
  const services = informers.of(Services)
  const pods = podsOfNode(informers)
  const selecting = selectingServices(informers)
  const nodes = informers.of(Nodes)
  const slices = informers.of(EndpointSlices)
  slices.addIndex(byService, (slice) => ownerKey(slice))

  async function reconcile(key: string): Promise<void> {
    await gatherChanges(slices.byIndex(byService, key).length * 100)
    const service = services.get(key)
    // The slices of a Service that is gone go with it: it owns them.
    if (!service || service.metadata.deletionTimestamp || !hasManagedEndpoints(service)) return
    const present = slices.byIndex(byService, key)
    const selected = selectedPods(pods, service)
    const groups = wantedGroups(service, selected, nodes)
    const newest = present.map(({ metadata }) => metadata.annotations?.[triggerTimeAnnotation] ?? '')
    const time = triggerTime(service, selected, newest.sort().at(-1))
    const { create, update, remove } = distribute(present, groups, dressed(service, time))
    try {
      const written = await Promise.all([
        ...create.map((slice) => client.create(EndpointSlices, slice)),
        ...update.map((slice) => client.update(EndpointSlices, slice)),
      ])
      await Promise.all(remove.map(removeSlice))
      await seen(slices, ...written)
      await seenDeleted(slices, ...remove)
    } catch (error) {
      // The Service or its namespace is on its way out.
      if (codeOf(error) === 403 || codeOf(error) === 404) return
      if (codeOf(error) !== 409)
        events.record(
          service,
          'Warning',
          'FailedToUpdateEndpointSlices',
          `Error updating Endpoint Slices for Service ${key}: ${error instanceof Error ? error.message : String(error)}`,
        )
      throw error
    }
  }

  async function removeSlice({ metadata: { namespace, name, uid } }: Stored<EndpointSlice>): Promise<void> {
    try {
      await client.delete(EndpointSlices, { namespace, name }, { preconditions: { uid } })
    } catch (error) {
      if (codeOf(error) !== 404) throw error
    }
  }

  return {
    name: 'endpointslice',
    watches: [
      watch(Services),
      mapped(EndpointSlices, (slice, old) => [...new Set([...ownerKey(slice), ...(old ? ownerKey(old) : [])])]),
      watchSelectedPods(informers),
      mapped(Nodes, (node, old) => {
        const moved = !old || zoneOf(old) !== zoneOf(node)
        return moved ? [...new Set(podsOn(pods, node.metadata.name).flatMap(selecting))] : []
      }),
    ],
    reconcile,
  }
}

const zoneOf = ({ metadata: { labels } }: Stored<Node>): string | undefined => labels?.['topology.kubernetes.io/zone']

const byService = 'endpointslice-controller/service'

/** The Service of a slice that this controller manages. */
function ownerKey({ metadata: { namespace, labels } }: Stored<EndpointSlice>): string[] {
  const name = labels?.[serviceNameLabel]
  return name && labels[managedByLabel] === manager ? [keyOf({ namespace, name })] : []
}

/** The endpoints of a Service, those with the same ports together, by family of address. */
function wantedGroups(service: Stored<Service>, selected: Stored<Pod>[], nodes: Informer<Node>): WantedGroup[] {
  const groups = new Map<string, WantedGroup>()
  const families = familiesOf(service, selected)
  for (const addressType of families) {
    for (const pod of selected) {
      const addresses = podIps(pod).filter((ip) => familyOf(ip) === addressType)
      if (addresses.length === 0 || !hasEndpoint(pod, { terminating: true })) continue
      const { nodeName } = pod.spec
      const node = nodeName ? nodes.get(nodeName) : undefined
      // A reference to a node that is gone would stay for ever; but who wants addresses published gets them.
      if (nodeName && !node && !service.spec.publishNotReadyAddresses) continue
      const ports = portsOn(pod, service)
      const key = `${addressType} ${portsText(ports)}`
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      groups.set(key, group)
      group.endpoints.push(endpointOf(pod, service, addresses, node && zoneOf(node)))
    }
    // A Service without endpoints has an empty slice, which says that somebody cares.
    if (![...groups.values()].some((group) => group.addressType === addressType))
      groups.set(addressType, { addressType, ports: undefined, endpoints: [] })
  }
  return [...groups.values()]
}

function endpointOf(pod: Stored<Pod>, service: Stored<Service>, addresses: string[], zone?: string): Endpoint {
  const serving = isReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  const hostname = hostnameFor(pod, service)
  const { nodeName } = pod.spec
  const hints = ready ? hintsFor(service.spec.trafficDistribution, zone, nodeName) : undefined
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: targetRefTo(pod),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(hints && { hints }),
  }
}

/** Which clients had better use an endpoint: those near it (KEP-4444, KEP-3015). */
function hintsFor(distribution: string | undefined, zone?: string, nodeName?: string): Endpoint['hints'] {
  const forZones = zone ? [{ name: zone }] : undefined
  if (distribution === 'PreferSameNode' && nodeName)
    return { ...(forZones && { forZones }), forNodes: [{ name: nodeName }] }
  const near = distribution === 'PreferClose' || distribution === 'PreferSameZone'
  return near && forZones ? { forZones } : undefined
}

/** Gives a slice the labels and annotations that its Service asks for, and makes the Service its owner. */
function dressed(service: Stored<Service>, time: string): (slice: EndpointSlice) => EndpointSlice {
  const { name, namespace, labels = {} } = service.metadata
  const { [headlessLabel]: _h, [serviceNameLabel]: _s, [managedByLabel]: _m, ...others } = labels
  const wanted = {
    ...others,
    [serviceNameLabel]: name,
    [managedByLabel]: manager,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
  }
  return (slice) => ({
    ...slice,
    metadata: {
      ...slice.metadata,
      ...(!slice.metadata?.name && { generateName: `${name}-` }),
      namespace,
      labels: wanted,
      annotations: { ...slice.metadata?.annotations, [triggerTimeAnnotation]: time },
      ownerReferences: [controllerRef(service, Services)],
    },
  })
}
