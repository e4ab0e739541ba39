/**
 * Growing pauses between attempts: none before the second one, then `initialMs` doubling to `maxMs`; reset after twice
 * `maxMs` without a failure. Upstream's figures for containers and image pulls: 10 s and 5 min.
 */
export class BackOff {
  readonly #entries = new Map<string, { pauseMs: number; since: number }>()
  readonly #initialMs: number
  readonly #maxMs: number

  constructor(initialMs = 10_000, maxMs = 300_000) {
    this.#initialMs = initialMs
    this.#maxMs = maxMs
  }

  /** When `key`, which failed at `failedAt`, may be tried again; 0: now. */
  until(key: string, failedAt: number): number {
    const entry = this.#entries.get(key)
    if (!entry || failedAt - entry.since > 2 * this.#maxMs) return 0
    return failedAt + entry.pauseMs
  }

  /** Counts an attempt after the failure at `failedAt`. */
  next(key: string, failedAt: number): void {
    const entry = this.#entries.get(key)
    const stale = !entry || failedAt - entry.since > 2 * this.#maxMs
    const pauseMs = stale ? this.#initialMs : Math.min(entry.pauseMs * 2, this.#maxMs)
    this.#entries.set(key, { pauseMs, since: failedAt })
  }

  pauseMs(key: string): number {
    return this.#entries.get(key)?.pauseMs ?? 0
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }
}
