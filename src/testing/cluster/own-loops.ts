import type { UserInfo } from '../../api/call.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { runControllers } from '../../controller/run.ts'
import { busyControllers } from '../time/parts.ts'
import type { Recorder } from './timeline.ts'
import type { World } from './world.ts'

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

/** Runs loops as a part of the cluster, for which it waits, until they are stopped or `signal` is aborted. */
export function runOwn(
  controllers: Controller[],
  ctx: Context,
  name: string,
  { parts, loops }: World,
  recorder: Recorder,
  signal: AbortSignal,
): Running {
  const own = new AbortController()
  const running = runControllers(controllers, ctx, AbortSignal.any([own.signal, signal]), recorder.failed)
  const part = { name, busy: () => busyControllers(running) }
  const these = { own: true, running: () => running }
  parts.add(part)
  loops.add(these)
  return {
    stop() {
      own.abort()
      parts.delete(part)
      loops.delete(these)
    },
  }
}
