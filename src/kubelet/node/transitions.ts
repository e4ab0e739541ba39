import type { NodeCondition } from '../../api/core/v1/index.ts'

/** What upstream's events call a condition that has become true, and one that has become false. */
const reasons: Record<string, [string, string]> = {
  MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
  DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'],
  PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'],
  Ready: ['NodeReady', 'NodeNotReady'],
}

/**
 * The reasons of the events that tell what has become of a node's conditions. A kubelet that has just started tells of
 * each pressure whatever it was before, and that the node is Ready only where it was not, as upstream.
 */
export const transitions = (
  before: readonly NodeCondition[],
  after: readonly NodeCondition[],
  { isStart = false } = {},
): string[] =>
  after.flatMap(({ type, status }) => {
    const old = before.find((condition) => condition.type === type)?.status
    const reason = reasons[type]?.[status === 'True' ? 0 : 1]
    if (reason === undefined) return []
    const isNews = old === undefined ? isStart && (type !== 'Ready' || status === 'True') : old !== status
    return isNews || (isStart && type !== 'Ready') ? [reason] : []
  })
