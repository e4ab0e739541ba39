import { podCondition } from '../../api/core/pods.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'

const firstMs = 10_000
const longestMs = 600_000

/** Milliseconds to wait before the Job replaces a pod: 10 s after a first failure, doubled with each further, at most 10 min. */
export function waitAfter(failures: number, lastFailure: number | undefined, now: number): number {
  if (failures <= 0 || lastFailure === undefined) return 0
  const delay = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20))
  return Math.max(0, lastFailure + delay - now)
}

/** When a pod ended: its last container, or else when it stopped being ready, was deleted, or was made. */
export function endOf({ metadata, status }: Stored<Pod>): number {
  const containers = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]
  const ends = containers.map(({ state, lastState }) => (state?.terminated ?? lastState?.terminated)?.finishedAt)
  const known = ends.filter((end) => end !== undefined).map((end) => Date.parse(end))
  if (known.length > 0) return Math.max(...known)
  const ready = podCondition({ status }, 'Ready')
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime)
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - Number(deletionGracePeriodSeconds) * 1000
  return Date.parse(creationTimestamp)
}

/**
 * A Job's failures since its last success. Kept in memory, as upstream does; after a restart, the ended pods that still
 * exist restore most of it.
 */
export class FailureRecord {
  #failures = 0
  #lastFailure: number | undefined
  /** The pods already counted, as long as they exist. */
  #known = new Set<string>()

  /** Counts each ended pod once. */
  update(succeeded: Stored<Pod>[], failed: Stored<Pod>[]): void {
    const isNew = ({ metadata }: Stored<Pod>) => !this.#known.has(metadata.uid)
    const lastSuccess = Math.max(...succeeded.filter(isNew).map(endOf))
    const failures = failed.filter(isNew).map(endOf)
    if (lastSuccess !== Number.NEGATIVE_INFINITY) {
      this.#failures = 0
      this.#lastFailure = undefined
    }
    for (const end of failures) {
      if (end <= lastSuccess) continue
      this.#failures++
      this.#lastFailure = Math.max(end, this.#lastFailure ?? end)
    }
    this.#known = new Set([...succeeded, ...failed].map(({ metadata }) => metadata.uid))
  }

  /** Milliseconds until the Job may create the next pod. */
  wait(now: number): number {
    return waitAfter(this.#failures, this.#lastFailure, now)
  }
}
