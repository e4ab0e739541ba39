import type { Clock } from '../../api/clock.ts'

/** Spreads out the refusals of a node: see `refusalsPerSecond`. */
export interface Refusals {
  /** How long to wait with the next one. */
  waitMs(): number
}

export function refusalsOf(clock: Clock, perSecond = Number.POSITIVE_INFINITY): Refusals {
  let since = Number.NEGATIVE_INFINITY
  let count = 0
  return {
    waitMs() {
      const now = clock.now()
      if (now - since >= 1000) {
        since = now
        count = 0
      }
      count++
      return count > perSecond ? 1000 : 0
    },
  }
}
