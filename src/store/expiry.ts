import type { Cancel, Clock } from '../api/clock.ts'

/** One entry that expires. */
export interface Mortal {
  key: string
  revision: number
}

/** Calls back with expired entries, in buckets of a second: most live equally long, and come in bulk. */
export class Expiry {
  readonly #clock: Clock
  readonly #expired: (due: Mortal[]) => void
  readonly #buckets = new Map<number, Mortal[]>()
  #next = Number.POSITIVE_INFINITY
  #cancel: Cancel = () => {}

  constructor(clock: Clock, expired: (due: Mortal[]) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** `expires` is in milliseconds since 1970. Replaced entries stay in the bucket: their revision identifies them. */
  add(expires: number, mortal: Mortal): void {
    const second = Math.ceil(expires / 1000)
    const bucket = this.#buckets.get(second)
    if (bucket) bucket.push(mortal)
    else this.#buckets.set(second, [mortal])
    if (second < this.#next) this.#arm(second)
  }

  stop(): void {
    this.#cancel()
    this.#buckets.clear()
  }

  #arm(second: number): void {
    this.#next = second
    this.#cancel()
    if (second === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#clock.after(Math.max(0, second * 1000 - this.#clock.now()), () => this.#fire())
  }

  #fire(): void {
    const now = this.#clock.now()
    const due: Mortal[] = []
    let next = Number.POSITIVE_INFINITY
    for (const [second, bucket] of this.#buckets) {
      if (second * 1000 > now) next = Math.min(next, second)
      else {
        due.push(...bucket)
        this.#buckets.delete(second)
      }
    }
    this.#arm(next)
    if (due.length > 0) this.#expired(due)
  }
}
