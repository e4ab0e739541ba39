import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/discovery/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../api/object.ts'

/** Endpoints that share slices. */
export interface WantedGroup {
  addressType: 'IPv4' | 'IPv6'
  /** Undefined: unknown, for a Service without endpoints. */
  ports: EndpointPort[] | undefined
  endpoints: Endpoint[]
}

export interface SliceChanges {
  create: EndpointSlice[]
  update: EndpointSlice[]
  remove: Stored<EndpointSlice>[]
}

/** Endpoints in one slice. */
const mostEndpoints = 100

/**
 * Computes the fewest writes of slices that together show `groups`: an endpoint stays in its slice; new ones go into slices
 * that change anyway, else into the fullest slice with room for all of them, else into new slices. `dress` gives a slice
 * its metadata.
 */
export function distribute(
  present: Stored<EndpointSlice>[],
  groups: WantedGroup[],
  dress: (slice: EndpointSlice) => EndpointSlice,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [] }
  const claimed = new Set<Stored<EndpointSlice>>()
  const keys = new Set(groups.map(groupKey))
  const spare = present.filter((slice) => !keys.has(groupKey(slice)) && !slice.endpoints?.length)

  for (const group of groups) {
    const own = present.filter((slice) => groupKey(slice) === groupKey(group))
    for (const slice of own) claimed.add(slice)
    // Reuse an old empty slice, instead of creating one and deleting another.
    if (own.length === 0) {
      const reused = spare.find((slice) => slice.addressType === group.addressType && !claimed.has(slice))
      if (reused) {
        claimed.add(reused)
        own.push(reused)
      }
    }
    distributeGroup(own, group, dress, changes)
  }
  changes.remove.push(...present.filter((slice) => !claimed.has(slice)))
  return changes
}

interface Draft {
  slice?: Stored<EndpointSlice>
  endpoints: Endpoint[]
  changed: boolean
}

function distributeGroup(
  own: Stored<EndpointSlice>[],
  { addressType, ports, endpoints }: WantedGroup,
  dress: (slice: EndpointSlice) => EndpointSlice,
  changes: SliceChanges,
): void {
  const homeless = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]))
  const drafts: Draft[] = own.map((slice) => {
    let changed = !sameDress(slice, dress(slice)) || portsText(slice.ports) !== portsText(ports)
    const kept = (slice.endpoints ?? []).flatMap((old) => {
      const wanted = homeless.get(identity(old))
      if (!wanted) {
        changed = true
        return []
      }
      homeless.delete(identity(old))
      if (!sameEndpoint(old, wanted)) changed = true
      return [wanted]
    })
    return { slice, endpoints: kept, changed }
  })

  const rest = [...homeless.values()]
  const fill = (draft: Draft) => {
    const room = mostEndpoints - draft.endpoints.length
    if (room <= 0 || rest.length === 0) return
    draft.endpoints.push(...rest.splice(0, room))
    draft.changed = true
  }
  for (const draft of drafts) if (draft.changed) fill(draft)
  while (rest.length > 0) {
    const roomy = drafts
      .filter((draft) => draft.slice && draft.endpoints.length + Math.min(rest.length, mostEndpoints) <= mostEndpoints)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
    const draft: Draft = roomy ?? { endpoints: [], changed: true }
    if (!roomy) drafts.push(draft)
    fill(draft)
  }

  let filled = drafts.filter((draft) => draft.endpoints.length > 0)
  if (filled.length === 0) filled = [drafts[0] ?? { endpoints: [], changed: true }]
  for (const draft of drafts) if (draft.slice && !filled.includes(draft)) changes.remove.push(draft.slice)
  for (const { slice, endpoints: content, changed } of filled) {
    if (slice && !changed) continue
    const bare: EndpointSlice = slice ?? { addressType, endpoints: [] }
    const next = dress({ ...bare, endpoints: content, ports })
    if (slice) changes.update.push(next)
    else changes.create.push(next)
  }
}

const groupKey = ({ addressType, ports }: { addressType: string; ports?: EndpointPort[] }): string =>
  `${addressType} ${portsText(ports)}`

/** Equal for equal ports. */
export const portsText = (ports: EndpointPort[] = []): string =>
  ports
    .map(({ name = '', protocol = 'TCP', port = '', appProtocol = '' }) => `${name}/${protocol}/${port}/${appProtocol}`)
    .sort()
    .join()

/** The same pod with the same addresses. */
const identity = ({ addresses, targetRef }: Endpoint): string => `${targetRef?.uid} ${addresses.join()}`

function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  const shape = ({ conditions = {}, hostname, nodeName, zone, hints }: Endpoint) => [
    conditions.ready,
    conditions.serving,
    conditions.terminating,
    hostname,
    nodeName,
    zone,
    hints?.forZones?.map(({ name }) => name),
    hints?.forNodes?.map(({ name }) => name),
  ]
  return jsonEqual(shape(a), shape(b))
}

/** Equal except for a later trigger time, which alone is no reason to write. */
function sameDress(slice: Stored<EndpointSlice>, dressed: EndpointSlice): boolean {
  const shape = ({ metadata }: EndpointSlice) => [
    metadata?.labels ?? {},
    metadata?.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
  ]
  return jsonEqual(shape(slice), shape(dressed))
}
