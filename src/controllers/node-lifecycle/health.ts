import type { Clock } from '../../api/clock.ts'
import { conditionOf, withCondition } from '../../api/conditions.ts'
import type { Node, NodeCondition } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** Conditions that only a living kubelet can vouch for. */
const vouchedFor = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

/**
 * The conditions of a node whose kubelet has been silent for too long: what it vouched for is Unknown. Reasons and texts
 * are upstream's. Undefined: they say so already.
 */
export function silentConditions(node: Stored<Node>, clock: Clock): NodeCondition[] | undefined {
  const present = node.status.conditions ?? []
  const conditions = vouchedFor.reduce((all, type) => {
    const old = conditionOf(all, type)
    if (old?.status === 'Unknown') return all
    const why = old
      ? { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
      : { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }
    const lastHeartbeatTime = old ? old.lastHeartbeatTime : node.metadata.creationTimestamp
    return withCondition(all, { type, status: 'Unknown', ...why, lastHeartbeatTime }, clock)
  }, present)
  return conditions === present ? undefined : conditions
}

/** When a node was last heard of, by this process's clock: what its own clock says does not count. */
export function heartbeats(clock: Clock) {
  const heard = new Map<string, { lease?: string; status?: string; at: number }>()

  function note(name: string, kind: 'lease' | 'status', value: string | undefined): void {
    const last = heard.get(name)
    if (last && last[kind] === value) return
    heard.set(name, { ...last, [kind]: value, at: clock.now() })
  }

  return {
    /** A Lease was seen; it counts when it has been renewed since. */
    lease: (name: string, renewTime: string | undefined) => note(name, 'lease', renewTime),
    /** A Node was seen; it counts when its kubelet has written its status since. */
    node(node: Stored<Node>): void {
      // A condition that this controller wrote keeps the heartbeat time that the kubelet gave it.
      note(node.metadata.name, 'status', conditionOf(node.status.conditions, 'Ready')?.lastHeartbeatTime)
    },
    /** The controller has not listened: the node is not to blame. */
    excuse: (name: string) => void heard.set(name, { ...heard.get(name), at: clock.now() }),
    /** Milliseconds since 1970; now, for one that is new. */
    lastOf: (name: string): number => heard.get(name)?.at ?? clock.now(),
    forget: (name: string) => void heard.delete(name),
  }
}
