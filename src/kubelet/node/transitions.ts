import type { NodeCondition } from '../../api/core/v1/index.ts'

/** What upstream's events call a condition that has become true, and one that has become false. */
const reasons: Record<string, [string, string]> = {
  MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
  DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'],
  PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'],
  Ready: ['NodeReady', 'NodeNotReady'],
}

/** The reasons of the events that tell what has become of a node's conditions; of new conditions none. */
export const transitions = (before: readonly NodeCondition[], after: readonly NodeCondition[]): string[] =>
  after.flatMap(({ type, status }) => {
    const old = before.find((condition) => condition.type === type)
    const reason = reasons[type]?.[status === 'True' ? 0 : 1]
    return reason !== undefined && old !== undefined && old.status !== status ? [reason] : []
  })
