import { routinely } from '../api/routine.ts'
import type { Context } from '../controller/controller.ts'

/**
 * Runs `work` every `ms`, never twice at once; logs a failure and continues. It is routine (`api/routine.ts`): the changes
 * that it looks for cause events, too, or do not occur on simulated nodes. The returned function stops it.
 */
export function periodically({ clock, log }: Context, name: string, ms: number, work: () => Promise<void>): () => void {
  let stopped = false
  let cancel = () => {}
  const turn = async () => {
    try {
      await work()
    } catch (error) {
      if (!stopped) log.warn(`cannot ${name}`, { error: String(error) })
    }
    if (!stopped) cancel = routinely(clock, ms, () => void turn())
  }
  cancel = routinely(clock, ms, () => void turn())
  return () => {
    stopped = true
    cancel()
  }
}

/** Runs `work` within `ms` of a request. */
export function eventually(
  { clock, log }: Context,
  name: string,
  ms: number,
  work: () => Promise<void>,
): { ask(): void; end(): void } {
  let cancel: (() => void) | undefined
  let ended = false
  return {
    ask() {
      if (ended) return
      cancel ??= clock.after(ms, () => {
        cancel = undefined
        work().catch((error: unknown) => log.warn(`cannot ${name}`, { error: String(error) }))
      })
    },
    end() {
      ended = true
      cancel?.()
    },
  }
}
