import { conditionOf } from '../../api/conditions.ts'
import { readiness } from '../../api/core/nodes.ts'
import { taintKeys } from '../../api/core/taints.ts'
import type { Node, Taint } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

/** The NoSchedule taint for each condition that has this status. */
const conditionTaints: readonly { type: string; status: string; key: string }[] = [
  { type: 'Ready', status: 'False', key: taintKeys.notReady },
  { type: 'Ready', status: 'Unknown', key: taintKeys.unreachable },
  { type: 'MemoryPressure', status: 'True', key: taintKeys.memoryPressure },
  { type: 'DiskPressure', status: 'True', key: taintKeys.diskPressure },
  { type: 'PIDPressure', status: 'True', key: taintKeys.pidPressure },
  { type: 'NetworkUnavailable', status: 'True', key: taintKeys.networkUnavailable },
]

const scheduleKeys = new Set<string>([...conditionTaints.map(({ key }) => key), taintKeys.unschedulable])
const executeKeys = new Set<string>([taintKeys.notReady, taintKeys.unreachable])

/** The taint derives from a node's conditions, so this controller owns it. */
export const isConditionTaint = ({ key, effect }: Taint): boolean =>
  (effect === 'NoSchedule' && scheduleKeys.has(key)) || (effect === 'NoExecute' && executeKeys.has(key))

/** The NoSchedule taints that follow from a node's conditions, and from `spec.unschedulable`. */
export function noScheduleTaints({ spec, status }: Stored<Node>): Taint[] {
  const conditions = status.conditions ?? []
  const keys = conditionTaints
    .filter(({ type, status }) =>
      conditions.some((condition) => condition.type === type && condition.status === status),
    )
    .map(({ key }) => key)
  // A node without conditions is not ready.
  if (!conditions.some(({ type }) => type === 'Ready')) keys.push(taintKeys.notReady)
  if (spec.unschedulable) keys.push(taintKeys.unschedulable)
  return keys.map((key) => ({ key, effect: 'NoSchedule' }))
}

/** The taint that evicts the pods of a node that is not ready or silent. */
export function noExecuteTaint(node: Stored<Node>, now: string): Taint | undefined {
  const ready = readiness(node)
  if (ready === 'True' || !conditionOf(node.status.conditions, 'Ready')) return undefined
  const key = ready === 'False' ? taintKeys.notReady : taintKeys.unreachable
  return { key, effect: 'NoExecute', timeAdded: now }
}
