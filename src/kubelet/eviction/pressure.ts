import { type Observations, type Pressure, signals } from './signals.ts'
import { crossed, isCrossed, type Threshold } from './thresholds.ts'

/** The result of a check of the node. */
export interface Sighting {
  /** The present conditions. */
  pressures: Pressure[]
  /** Thresholds crossed for their whole grace period, memory first: act on these. */
  due: Threshold[]
}

const order: Pressure[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure']

/**
 * Remembers since when each threshold is crossed. A crossed one ends when its minimum reclaim is free as well; a condition
 * lasts for the transition period after the last crossing of its thresholds.
 */
export class PressureMemory {
  readonly #thresholds: readonly Threshold[]
  readonly #transitionMs: number
  #since = new Map<Threshold, number>()
  readonly #lastSeen = new Map<Pressure, number>()

  constructor(thresholds: readonly Threshold[], transitionMs: number) {
    this.#thresholds = thresholds
    this.#transitionMs = transitionMs
  }

  /** `now` in milliseconds. */
  look(seen: Observations, now: number): Sighting {
    const fresh = new Set(crossed(this.#thresholds, seen))
    const isMet = (threshold: Threshold): boolean => {
      const observation = seen[threshold.signal]
      return (
        fresh.has(threshold) ||
        (this.#since.has(threshold) && observation !== undefined && isCrossed(threshold, observation, true))
      )
    }
    const met = this.#thresholds.filter(isMet)
    this.#since = new Map(met.map((threshold) => [threshold, this.#since.get(threshold) ?? now]))
    for (const { signal } of met) this.#lastSeen.set(signals[signal].condition, now)
    const isDue = (threshold: Threshold) => now - (this.#since.get(threshold) ?? now) >= threshold.graceMs
    const isMemory = ({ signal }: Threshold) => (signal === 'memory.available' ? 0 : 1)
    return {
      pressures: order.filter((condition) => {
        const last = this.#lastSeen.get(condition)
        return last !== undefined && (last === now || now - last < this.#transitionMs)
      }),
      due: met.filter(isDue).sort((a, b) => isMemory(a) - isMemory(b)),
    }
  }
}
