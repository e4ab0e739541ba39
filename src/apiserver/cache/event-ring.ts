import { CacheEvent } from './change.ts'

/** The newest events of one resource, for watches that start in the recent past. */
export class EventRing {
  readonly #capacity: number
  #events: CacheEvent[] = []
  #first = 0
  /** The ring holds all events after this revision. */
  #since = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Forgets everything; history begins at `revision`. */
  reset(revision: number): void {
    this.#events = []
    this.#first = 0
    this.#since = revision
  }

  add(event: CacheEvent): void {
    if (this.#events.length < this.#capacity) {
      this.#events.push(event)
      return
    }
    this.#since = this.#events[this.#first]?.revision ?? this.#since
    this.#events[this.#first] = event
    this.#first = (this.#first + 1) % this.#capacity
  }

  /** The events after `revision` in order, or undefined if some of them are gone. */
  after(revision: number): CacheEvent[] | undefined {
    if (revision < this.#since) return undefined
    const length = this.#events.length
    const at = (i: number) => this.#events[(this.#first + i) % length]
    let start = length
    while (start > 0 && (at(start - 1)?.revision ?? 0) > revision) start--
    return Array.from({ length: length - start }, (_, i) => at(start + i)).filter((e) => e instanceof CacheEvent)
  }
}
