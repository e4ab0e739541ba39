/**
 * Lets the writers of one object have it one after the other. Without, of those who have read the same state one writes
 * and all others have worked in vain, and again in the next round. It is for speed alone: what keeps a write from being
 * lost is the revision it expects, as other servers have turns of their own.
 */
export class Turns {
  /** The last one in each queue. */
  readonly #last = new Map<string, Promise<void>>()

  /** Runs `write` when all that came before it for this key have ended. It must not take a turn of the same key itself. */
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
