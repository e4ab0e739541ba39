import type { Clock } from '../../api/clock.ts'
import { conditionOf, withCondition } from '../../api/conditions.ts'
import type { Node, NodeCondition } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** Conditions that only a live kubelet can report. */
const vouchedFor = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

/**
 * The conditions of a node whose kubelet has been silent for too long: those that it reported are Unknown. Reasons and
 * texts are upstream's. Undefined: they are Unknown already.
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

/** When a node last gave a sign of life, by this process's clock: the node's own clock does not count. */
export function heartbeats(clock: Clock) {
  const heard = new Map<string, { lease?: string; status?: string; at: number }>()

  function note(name: string, kind: 'lease' | 'status', value: string | undefined): void {
    const last = heard.get(name)
    if (last && last[kind] === value) return
    heard.set(name, { ...last, [kind]: value, at: clock.now() })
  }

  return {
    /** Takes note of a Lease; it counts if the kubelet has renewed it since. */
    lease: (name: string, renewTime: string | undefined) => note(name, 'lease', renewTime),
    /** Takes note of a Node; it counts if its kubelet has written its status since. */
    node(node: Stored<Node>): void {
      // A condition that this controller wrote keeps the kubelet's heartbeat time.
      note(node.metadata.name, 'status', conditionOf(node.status.conditions, 'Ready')?.lastHeartbeatTime)
    },
    /** The controller itself was stalled: restarts the node's time. */
    excuse: (name: string) => void heard.set(name, { ...heard.get(name), at: clock.now() }),
    /** Milliseconds since 1970; now, for a new node. */
    lastOf: (name: string): number => heard.get(name)?.at ?? clock.now(),
    forget: (name: string) => void heard.delete(name),
  }
}
