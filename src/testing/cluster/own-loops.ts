import type { UserInfo } from '../../api/call.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { runControllers } from '../../controller/run.ts'
import { busyControllers } from '../time/parts.ts'
import type { Settling } from '../time/quiet.ts'

/** How control loops of a test's own are run. */
export interface RunOptions {
  /** In messages. Default: `own controllers`. */
  name?: string
  /** The identity of their client. Default: the administrator. */
  user?: UserInfo
}

/** Control loops of a test's own at work. */
export interface Running {
  /** Ends them, as the end of the cluster does: to start them again, as after a crash. */
  stop(): void
}

/** Runs the loops as one of the `parts` that the cluster waits for, until they are stopped or `signal` is aborted. */
export function runOwn(
  loops: Controller[],
  ctx: Context,
  name: string,
  parts: Set<Settling>,
  signal: AbortSignal,
): Running {
  const own = new AbortController()
  const running = runControllers(loops, ctx, AbortSignal.any([own.signal, signal]))
  const part = { name, busy: () => busyControllers(running) }
  parts.add(part)
  return {
    stop() {
      own.abort()
      parts.delete(part)
    },
  }
}
