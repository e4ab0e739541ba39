import { type EndpointAddress, type Endpoints, EndpointsResource, Services } from '../../api/core/v1/index.ts'
import { type Endpoint, type EndpointSlice, EndpointSlices } from '../../api/discovery/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { controllerRef } from '../../controller/ownership.ts'
import { mapped, watch } from '../../controller/watches.ts'
import { familyOf } from '../shared/endpoint-pods.ts'
import { managedByLabel, ownSlices, serviceNameLabel } from '../shared/own-slices.ts'
import { distribute, portsText, type WantedGroup } from '../shared/slice-distribution.ts'

const manager = 'endpointslicemirroring-controller.k8s.io'
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror'
/** Marks an Endpoints object that old clients used as a lock. */
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'
const notMirrored = new Set([
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
])
/** The most addresses mirrored from one subset. */
const mostAddresses = 1000

/** Copies Endpoints that users made for Services without a selector into EndpointSlices; proxies read these. */
export function endpointSliceMirroringController(ctx: Context): Controller {
  const { informers } = ctx
  const services = informers.of(Services)
  const endpoints = informers.of(EndpointsResource)
  const slices = ownSlices(ctx, manager)

  async function reconcile(key: string): Promise<void> {
    const source = endpoints.get(key)
    const present = slices.of(key)
    const mirrors = source !== undefined && mayMirror(source) && isUsers(key)
    if (!mirrors && present.length === 0) return
    const groups = mirrors ? groupsOf(source) : []
    try {
      await slices.write(distribute(present, groups, (slice) => (source ? dress(slice, source) : slice)))
    } catch (error) {
      // The namespace is being deleted.
      if (codeOf(error) !== 403 && codeOf(error) !== 404) throw error
    }
  }

  /** The Service exists, and no controller keeps its endpoints. */
  function isUsers(key: string): boolean {
    const service = services.get(key)
    return service !== undefined && !service.metadata.deletionTimestamp && service.spec.selector === undefined
  }

  return {
    name: 'endpointslice-mirroring',
    watches: [watch(EndpointsResource), watch(Services), mapped(EndpointSlices, slices.keys)],
    reconcile,
  }
}

const mayMirror = ({ metadata: { labels, annotations, deletionTimestamp } }: Stored<Endpoints>): boolean =>
  !deletionTimestamp && labels?.[skipLabel] !== 'true' && annotations?.[leaderAnnotation] === undefined

function groupsOf({ subsets = [] }: Stored<Endpoints>): WantedGroup[] {
  const groups = new Map<string, WantedGroup>()
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets ?? []) {
    const all = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ]
    for (const endpoint of all.slice(0, mostAddresses)) {
      const addressType = familyOf(endpoint.addresses[0] ?? '')
      const key = `${addressType} ${portsText(ports)}`
      const named = ports.map(({ name = '', ...port }) => ({ name, ...port }))
      const group = groups.get(key) ?? { addressType, ports: named, endpoints: [] }
      groups.set(key, group)
      group.endpoints.push(endpoint)
    }
  }
  return [...groups.values()]
}

const endpointOf = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname && { hostname }),
  ...(nodeName && { nodeName }),
  ...(targetRef && { targetRef }),
})

function dress(slice: EndpointSlice, source: Stored<Endpoints>): EndpointSlice {
  const { name, namespace, labels, annotations = {} } = source.metadata
  return {
    ...slice,
    metadata: {
      ...slice.metadata,
      ...(!slice.metadata?.name && { generateName: `${name}-` }),
      namespace,
      labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: manager },
      annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !notMirrored.has(key))),
      ownerReferences: [controllerRef(source, EndpointsResource)],
    },
  }
}
