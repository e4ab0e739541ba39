import type { Context } from '../../controller/controller.ts'

const firstRetryMs = 500
const maxRetryMs = 30_000

/**
 * Runs steps one at a time: any number of `wake` calls during a step lead to one more. Retries a failed step after 0.5 s,
 * doubling to 30 s.
 */
export class StepLoop {
  readonly #ctx: Context
  readonly #step: () => Promise<void>
  readonly #title: () => string
  #state: 'idle' | 'due' | 'stepping' | 'stopped' = 'idle'
  #running: Promise<void> | undefined
  #retryMs = firstRetryMs
  readonly #timers = new Map<string, () => void>()

  /** `title` names the loop in the log. */
  constructor(ctx: Context, step: () => Promise<void>, title: () => string) {
    this.#ctx = ctx
    this.#step = step
    this.#title = title
  }

  wake(): void {
    if (this.#state === 'stopped') return
    const isIdle = this.#state === 'idle'
    this.#state = 'due'
    if (isIdle) this.#running = this.#run()
  }

  /** Wakes it later. A second timer of the same name replaces the first. */
  wakeIn(name: string, ms: number): void {
    if (this.#state === 'stopped') return
    this.#timers.get(name)?.()
    const wake = () => {
      this.#timers.delete(name)
      this.wake()
    }
    this.#timers.set(name, this.#ctx.clock.after(Math.max(0, ms), wake))
  }

  /** Starts no further step. Resolves when the present one has ended; a step itself must not wait for that. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
    await this.#running
  }

  /** True when the state was `from`, and now is `to`. */
  #goes(from: 'due' | 'stepping', to: 'idle' | 'stepping'): boolean {
    if (this.#state !== from) return false
    this.#state = to
    return true
  }

  async #run(): Promise<void> {
    // One step handles events that arrive together, and `wake` never runs user code.
    await Promise.resolve()
    while (this.#goes('due', 'stepping')) {
      await this.#tryStep()
      this.#goes('stepping', 'idle')
    }
  }

  async #tryStep(): Promise<void> {
    try {
      await this.#step()
      this.#retryMs = firstRetryMs
    } catch (error) {
      if (this.#state === 'stopped') return
      this.#ctx.log.warn('pod sync failed', { pod: this.#title(), error: String(error) })
      this.wakeIn('retry', this.#retryMs)
      this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs)
    }
  }
}
