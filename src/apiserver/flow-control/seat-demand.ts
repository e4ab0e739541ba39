/** Statistics of a period of seat demand. */
export interface DemandOfPeriod {
  average: number
  deviation: number
  highest: number
}

/** Integrates the seats that a level's requests use or wait for, over time. */
export class SeatDemand {
  #seats = 0
  #since: number
  #began: number
  #sum = 0
  #squares = 0
  #highest = 0

  constructor(now: number) {
    this.#since = now
    this.#began = now
  }

  /** The demand changes by so many seats. `now`: milliseconds. */
  add(seats: number, now: number): void {
    this.#advance(now)
    this.#seats += seats
    if (this.#seats > this.#highest) this.#highest = this.#seats
  }

  /** Ends a period, and begins the next. */
  take(now: number): DemandOfPeriod {
    this.#advance(now)
    const elapsed = now - this.#began
    const average = elapsed > 0 ? this.#sum / elapsed : this.#seats
    const variance = elapsed > 0 ? this.#squares / elapsed - average * average : 0
    const period = { average, deviation: Math.sqrt(Math.max(0, variance)), highest: this.#highest }
    this.#began = now
    this.#sum = 0
    this.#squares = 0
    this.#highest = this.#seats
    return period
  }

  #advance(now: number): void {
    if (now === this.#since) return
    const elapsed = now - this.#since
    this.#sum += this.#seats * elapsed
    this.#squares += this.#seats * this.#seats * elapsed
    this.#since = now
  }
}

/** Half of an old demand is forgotten in five minutes, at one adjustment every ten seconds. Upstream's figure. */
const decay = 0.977

/** Demand that rises at once and falls slowly. */
export function smoothed(before: number, { average, deviation }: DemandOfPeriod): number {
  const envelope = average + deviation
  return Math.max(envelope, decay * before + (1 - decay) * envelope)
}
