/**
 * Lets the writers of one object work one after the other. Without turns, of the writers that have read the same state one
 * succeeds, and all others retry, round after round. This is for speed alone: the expected revision protects against lost
 * writes, since other servers have turns of their own.
 */
export class Turns {
  /** The last one in each queue. */
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `write` when all earlier ones of this key have ended. It must not take a turn of the same key itself. */
  async take<T>(key: string, write: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(key, promise)
    try {
      if (before) await before
      return await write()
    } finally {
      if (this.#last.get(key) === promise) this.#last.delete(key)
      resolve()
    }
  }
}
