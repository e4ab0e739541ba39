const maxSeconds = 32

/**
 * The Retry-After of one priority level: it doubles while the level goes on refusing many requests, and falls by a second at
 * a time when it no longer does. As upstream, which follows TCP.
 */
export class RetryAfter {
  seconds = 1
  /** Refusals of each past second, oldest first. */
  #history: { second: number; refusals: number }[] = []
  #current = { second: 0, refusals: 0 }
  #raisedAt = 0

  /** Counts a refusal. `now`: milliseconds. */
  refused(now: number): void {
    const second = Math.floor(now / 1000)
    if (second === this.#current.second) {
      this.#current.refusals++
      return
    }
    this.#history.push(this.#current)
    this.#history = this.#history.filter((past) => second - past.second <= maxSeconds)
    this.#current = { second, refusals: 1 }
    this.#adjust(second)
  }

  #adjust(second: number): void {
    let recent = 0
    for (const past of this.#history) if (second - past.second <= this.seconds) recent += past.refusals
    if (second - this.#raisedAt >= this.seconds && recent >= 3 * this.seconds) {
      this.seconds = Math.min(maxSeconds, 2 * this.seconds)
      this.#raisedAt = second
    } else if (recent < this.seconds && this.seconds > 1) this.seconds--
  }
}
