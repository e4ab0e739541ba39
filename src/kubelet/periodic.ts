import { routinely } from '../api/routine.ts'
import type { Context } from '../controller/controller.ts'

/**
 * Runs `work` every `ms`, never twice at once; a failure is logged and the next turn comes. Routine (`api/routine.ts`):
 * what is looked for tells of itself, too, or is not there on simulated nodes. Returns how to end it.
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

/** Runs `work` within `ms` of being asked to. */
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
