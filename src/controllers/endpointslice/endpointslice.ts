import { isReady } from '../../api/core/pods.ts'
import { type Node, Nodes, type Pod, type Service, Services } from '../../api/core/v1/index.ts'
import { type Endpoint, type EndpointSlice, EndpointSlices } from '../../api/discovery/v1/index.ts'
import { codeOf, messageOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import { gatherChanges } from '../../api/turn.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { controllerRef } from '../../controller/ownership.ts'
import { changeOf, mapped, watch } from '../../controller/watches.ts'
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
} from '../shared/endpoint-pods.ts'
import { managedByLabel, ownSlices, serviceNameLabel } from '../shared/own-slices.ts'
import { podsOfNode, podsOn } from '../shared/pods-of-node.ts'
import { distribute, portsText, type WantedGroup } from '../shared/slice-distribution.ts'

const manager = 'endpointslice-controller.k8s.io'

/** Keeps the EndpointSlices of each Service that has a selector. */
export function endpointSliceController(ctx: Context): Controller {
  const { events, informers } = ctx
  const services = informers.of(Services)
  const pods = podsOfNode(informers)
  const selecting = selectingServices(informers)
  const nodes = informers.of(Nodes)
  const slices = ownSlices(ctx, manager)

  async function reconcile(key: string): Promise<void> {
    await gatherChanges(slices.of(key).length * 100)
    const service = services.get(key)
    // A deleted Service takes its slices with it: it owns them.
    if (!service || service.metadata.deletionTimestamp || !hasManagedEndpoints(service)) return
    const present = slices.of(key)
    const selected = selectedPods(pods, service)
    const groups = wantedGroups(service, selected, nodes)
    const newest = present.map(({ metadata }) => metadata.annotations?.[triggerTimeAnnotation] ?? '')
    const time = triggerTime(service, selected, newest.sort().at(-1))
    try {
      await slices.write(distribute(present, groups, dressed(service, time)))
    } catch (error) {
      // The Service or its namespace is being deleted.
      if (codeOf(error) === 403 || codeOf(error) === 404) return
      if (codeOf(error) !== 409)
        events.record(
          service,
          'Warning',
          'FailedToUpdateEndpointSlices',
          `Error updating Endpoint Slices for Service ${key}: ${messageOf(error)}`,
        )
      throw error
    }
  }

  return {
    name: 'endpointslice',
    watches: [
      watch(Services),
      mapped(EndpointSlices, (slice, old) => [...new Set([...slices.keys(slice), ...(old ? slices.keys(old) : [])])]),
      watchSelectedPods(informers),
      mapped(Nodes, ({ metadata: { name } }) => [...new Set(podsOn(pods, name).flatMap(selecting))], {
        when: changeOf(zoneOf),
      }),
    ],
    reconcile,
  }
}

const zoneOf = ({ metadata: { labels } }: Stored<Node>): string | undefined => labels?.['topology.kubernetes.io/zone']

/** The endpoints of a Service, grouped by address family and ports. */
function wantedGroups(service: Stored<Service>, selected: Stored<Pod>[], nodes: Informer<Node>): WantedGroup[] {
  const groups = new Map<string, WantedGroup>()
  const families = familiesOf(service, selected)
  for (const addressType of families) {
    for (const pod of selected) {
      const addresses = podIps(pod).filter((ip) => familyOf(ip) === addressType)
      if (addresses.length === 0 || !hasEndpoint(pod, { terminating: true })) continue
      const { nodeName } = pod.spec
      const node = nodeName ? nodes.get(nodeName) : undefined
      // An endpoint on a deleted node would stay for ever; but a Service may ask to publish all addresses.
      if (nodeName && !node && !service.spec.publishNotReadyAddresses) continue
      const ports = portsOn(pod, service)
      const key = `${addressType} ${portsText(ports)}`
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      groups.set(key, group)
      group.endpoints.push(endpointOf(pod, service, addresses, node && zoneOf(node)))
    }
    // A Service without endpoints gets an empty slice, which shows that the controller has seen it.
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

/** Which clients should prefer an endpoint: those near it (KEP-4444, KEP-3015). */
function hintsFor(distribution: string | undefined, zone?: string, nodeName?: string): Endpoint['hints'] {
  const forZones = zone ? [{ name: zone }] : undefined
  if (distribution === 'PreferSameNode' && nodeName)
    return { ...(forZones && { forZones }), forNodes: [{ name: nodeName }] }
  const near = distribution === 'PreferClose' || distribution === 'PreferSameZone'
  return near && forZones ? { forZones } : undefined
}

/** Gives a slice its Service's labels and annotations, and makes the Service its owner. */
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
