import { type Clock, formatTime } from '../../api/clock.ts'
import type { Node, NodeCondition } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** Conditions that only a living kubelet can vouch for. */
const vouchedFor = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

export const nodeCondition = (node: Stored<Node>, type: string): NodeCondition | undefined =>
  node.status.conditions?.find((condition) => condition.type === type)

export const readiness = (node: Stored<Node>): 'True' | 'False' | 'Unknown' => {
  const status = nodeCondition(node, 'Ready')?.status
  return status === 'True' || status === 'False' ? status : 'Unknown'
}

/**
 * The conditions of a node whose kubelet has been silent for too long: what it vouched for is Unknown. Reasons and texts
 * are upstream's. Undefined: they say so already.
 */
export function silentConditions(node: Stored<Node>, clock: Clock): NodeCondition[] | undefined {
  const now = formatTime(clock.now())
  const present = node.status.conditions ?? []
  let changed = false
  const unknown = vouchedFor.map((type): NodeCondition => {
    const old = present.find((condition) => condition.type === type)
    if (old?.status === 'Unknown') return old
    changed = true
    if (!old) {
      const { creationTimestamp } = node.metadata
      const why = { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }
      return { type, status: 'Unknown', ...why, lastHeartbeatTime: creationTimestamp, lastTransitionTime: now }
    }
    const why = { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
    return { ...old, status: 'Unknown', ...why, lastTransitionTime: now }
  })
  if (!changed) return undefined
  const kept = present.map((old) => unknown.find(({ type }) => type === old.type) ?? old)
  return [...kept, ...unknown.filter(({ type }) => !present.some((old) => old.type === type))]
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
      note(node.metadata.name, 'status', nodeCondition(node, 'Ready')?.lastHeartbeatTime)
    },
    /** Nobody has listened, so that it is not its fault. */
    excuse: (name: string) => void heard.set(name, { ...heard.get(name), at: clock.now() }),
    /** Milliseconds since 1970; now, for one that is new. */
    lastOf: (name: string): number => heard.get(name)?.at ?? clock.now(),
    forget: (name: string) => void heard.delete(name),
  }
}
