import type { Context } from '../client/controller.ts'

/** Runs `work` every `ms`, never twice at once; a failure is logged and the next turn comes. Returns how to end it. */
export function periodically({ clock, log }: Context, name: string, ms: number, work: () => Promise<void>): () => void {
  let stopped = false
  let cancel = () => {}
  const turn = async () => {
    try {
      await work()
    } catch (error) {
      if (!stopped) log.warn(`cannot ${name}`, { error: String(error) })
    }
    if (!stopped) cancel = clock.after(ms, () => void turn())
  }
  cancel = clock.after(ms, () => void turn())
  return () => {
    stopped = true
    cancel()
  }
}
