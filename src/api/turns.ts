/** Runs the tasks of one key one after the other, in the order they came. Tasks of other keys do not wait for them. */
export class Turns {
  /** The last one in each queue. */
  readonly #last = new Map<string, Promise<void>>()

  /** Whether a task of this key is under way. */
  has(key: string): boolean {
    return this.#last.has(key)
  }

  /**
   * Runs `task` when all that came before it for this key have ended, or have called their `leave`. It must not take a turn of
   * the same key itself before it calls that.
   */
  async take<T>(key: string, task: (leave: () => void) => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(key, promise)
    const leave = () => {
      if (this.#last.get(key) === promise) this.#last.delete(key)
      resolve()
    }
    try {
      if (before) await before
      return await task(leave)
    } finally {
      leave()
    }
  }
}
