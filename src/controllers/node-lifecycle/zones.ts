import type { Clock } from '../../api/clock.ts'
import type { Node } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import { type TokenBucket, tokenBucket } from '../../controller/rate-limit.ts'

export interface ZoneOptions {
  /** Nodes per second whose pods are evicted while a zone is healthy. Default 0.1. */
  nodeEvictionRate?: number
  /** The same while a large zone is unhealthy. Default 0.01. */
  secondaryNodeEvictionRate?: number
  /** Zones with more nodes are large. Default 50. */
  largeClusterSizeThreshold?: number
  /** A zone is unhealthy from this share of not-ready nodes on. Default 0.55. */
  unhealthyZoneThreshold?: number
}

/**
 * Limits evictions from nodes that are not ready: slow if single nodes fail, none if the network seems to have failed
 * instead. (Kubernetes' documentation, Nodes: rate limits on eviction)
 */
export interface Zones {
  /** Counts a node in its zone. */
  note(node: Stored<Node>, ready: boolean): void
  forget(name: string): void
  /** Whether the pods of one more node of the zone may be evicted now. */
  mayEvict(node: Stored<Node>): boolean
  /** No node of any zone is ready: probably this controller itself is cut off. */
  readonly allDisrupted: boolean
}

interface Zone {
  ready: Set<string>
  notReady: Set<string>
  rate: number
  bucket: TokenBucket
}

export function zones(
  clock: Clock,
  {
    nodeEvictionRate = 0.1,
    secondaryNodeEvictionRate = 0.01,
    largeClusterSizeThreshold = 50,
    unhealthyZoneThreshold = 0.55,
  }: ZoneOptions = {},
): Zones {
  const all = new Map<string, Zone>()
  const zoneOf = new Map<string, string>()

  const newBucket = (perSecond: number) => tokenBucket(clock, { perSecond, burst: 1 })

  function wantedRate({ ready, notReady }: Zone): number {
    if (ready.size === 0) return nodeEvictionRate
    const count = ready.size + notReady.size
    const unhealthy = notReady.size > 2 && notReady.size / count >= unhealthyZoneThreshold
    if (!unhealthy) return nodeEvictionRate
    return count > largeClusterSizeThreshold ? secondaryNodeEvictionRate : 0
  }

  function forget(name: string): void {
    const key = zoneOf.get(name)
    const zone = key === undefined ? undefined : all.get(key)
    zoneOf.delete(name)
    zone?.ready.delete(name)
    zone?.notReady.delete(name)
    if (key !== undefined && zone && zone.ready.size + zone.notReady.size === 0) all.delete(key)
  }

  return {
    note(node, ready) {
      const { name, labels = {} } = node.metadata
      const key = `${labels['topology.kubernetes.io/region'] ?? ''} ${labels['topology.kubernetes.io/zone'] ?? ''}`
      if (zoneOf.get(name) !== key) forget(name)
      const zone = all.get(key) ?? {
        ready: new Set(),
        notReady: new Set(),
        rate: nodeEvictionRate,
        bucket: newBucket(nodeEvictionRate),
      }
      all.set(key, zone)
      zoneOf.set(name, key)
      zone[ready ? 'ready' : 'notReady'].add(name)
      zone[ready ? 'notReady' : 'ready'].delete(name)
    },
    forget,
    mayEvict(node) {
      const zone = all.get(zoneOf.get(node.metadata.name) ?? '')
      if (!zone) return false
      const rate = wantedRate(zone)
      if (rate !== zone.rate) Object.assign(zone, { rate, bucket: newBucket(rate) })
      return rate > 0 && zone.bucket.tryTake()
    },
    get allDisrupted() {
      return all.size > 0 && [...all.values()].every(({ ready }) => ready.size === 0)
    },
  }
}
