import type { ResourceCache } from '../cache/resource-cache.ts'
import type { Classified } from './classify.ts'

/** How much a request occupies the server. */
export interface Work {
  seats: number
  /** So long its seats stay taken after the answer. */
  lingerMs: number
}

const one: Work = { seats: 1, lingerMs: 0 }

/** Upstream's figures (`WorkEstimatorConfig`). */
const bytesPerSeat = 100_000
/** A list out of the cache is sent piece by piece, so that it never holds more than this. */
const maxListBytes = 1_000_000
const watchersPerSeat = 10
const maxWriteSeats = 10
const eventMs = 5
/** A request takes at most this part of the nominal seats of its level. */
const maxPart = 0.15

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/**
 * The work of a request: a list takes seats by the size of what it reads, a write by the number of watchers that see it, any
 * other one. `nominal`: the seats of its level by configuration.
 */
export function workOf(
  request: Classified & { name?: string; query: URLSearchParams },
  cache: ResourceCache | undefined,
  nominal: number,
): Work {
  if (!cache) return one
  const { verb, query, namespace, name, group, resource } = request
  const most = Math.max(1, Math.ceil(nominal * maxPart))
  if (verb === 'list' || (verb === 'watch' && query.get('sendInitialEvents') === 'true'))
    return listWork(cache, name !== undefined, Number(query.get('limit') ?? 0), most)
  if (!writes.has(verb) || isHeartbeat(group, resource)) return one
  const watchers = cache.watchers.countFor(namespace, name)
  if (watchers < watchersPerSeat) return one
  const wanted = Math.ceil(watchers / watchersPerSeat)
  const seats = Math.min(wanted, maxWriteSeats, most)
  return { seats, lingerMs: (eventMs * wanted) / seats }
}

function listWork(cache: ResourceCache, isOne: boolean, limit: number, most: number): Work {
  if (isOne || cache.size === 0) return one
  const objects = limit > 0 ? Math.min(limit, cache.size) : cache.size
  const bytes = Math.min(objects * (cache.bytes / cache.size), maxListBytes)
  return { seats: Math.min(Math.max(1, Math.ceil(bytes / bytesPerSeat)), most), lingerMs: 0 }
}

/** Leases are written all the time, and watchers hardly ever look at them. */
const isHeartbeat = (group?: string, resource?: string): boolean =>
  group === 'coordination.k8s.io' && resource === 'leases'
