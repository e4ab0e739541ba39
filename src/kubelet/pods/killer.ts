import { type Clock, sleep } from '../../api/clock.ts'
import { messageOf } from '../../api/errors.ts'
import type { Context } from '../../controller/controller.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { runHook } from '../container/hooks.ts'
import type { Host } from '../host/host.ts'
import type { KubePod, PodContainer } from '../pod.ts'
import type { Run } from '../runtime-state.ts'

/** A container has at least this long after its preStop hook. */
const minimumGraceMs = 2000

export interface KillOrder {
  pod: KubePod
  run: Run
  container: PodContainer | undefined
  graceMs: number
  message: string
  podIp: string
}

/** Stops containers: preStop hook, SIGTERM, grace period, SIGKILL. Does not block; a shorter order overtakes a longer one. */
export class Killer {
  readonly #ctx: Context
  readonly #runtime: Runtime
  readonly #host: Host
  readonly #done: (uid: string) => void
  readonly #orders = new Map<string, { deadline: number; stop: AbortController }>()

  constructor(ctx: Context, runtime: Runtime, host: Host, done: (uid: string) => void) {
    this.#ctx = ctx
    this.#runtime = runtime
    this.#host = host
    this.#done = done
  }

  isBeingKilled(id: string): boolean {
    return this.#orders.has(id)
  }

  kill(order: KillOrder): void {
    const { pod, run, container, graceMs, message } = order
    const deadline = this.#ctx.clock.now() + graceMs
    const standing = this.#orders.get(run.id)
    if (standing && standing.deadline <= deadline) return
    standing?.stop.abort()
    const stop = new AbortController()
    const mine = { deadline, stop }
    this.#orders.set(run.id, mine)
    if (!standing) this.#ctx.events.record(pod, 'Normal', 'Killing', message, container?.fieldPath)
    const finished = () => {
      if (this.#orders.get(run.id) !== mine) return
      this.#orders.delete(run.id)
      this.#done(pod.metadata.uid)
    }
    this.#carryOut(order, deadline, standing !== undefined, stop.signal).then(finished, async (error: unknown) => {
      this.#ctx.log.warn('cannot stop a container', { container: run.metadata.name, id: run.id, error: String(error) })
      await sleep(this.#ctx.clock, 1000)
      finished()
    })
  }

  async #carryOut(order: KillOrder, deadline: number, hurried: boolean, signal: AbortSignal): Promise<void> {
    const { run, container, graceMs } = order
    const { clock } = this.#ctx
    const hook = container?.spec.lifecycle?.preStop
    if (hook && container && graceMs > 0 && !hurried) {
      const hookDone = runHook(hook, container, { id: run.id, podIp: order.podIp }, this.#tools).catch(
        (error: unknown) => {
          const text = messageOf(error)
          this.#ctx.log.debug('preStop hook failed', { container: run.metadata.name, error: text })
          this.#ctx.events.record(order.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', container.fieldPath)
        },
      )
      await Promise.race([hookDone, sleep(clock, graceMs, signal)])
      // Somebody in more of a hurry has taken over.
      if (signal.aborted) return
      const left = Math.max(deadline - clock.now(), minimumGraceMs)
      return this.#runtime.stopContainer(run.id, Math.ceil(left / 1000))
    }
    await this.#runtime.stopContainer(run.id, Math.ceil(graceMs / 1000))
  }

  get #tools(): { runtime: Runtime; host: Host; clock: Clock } {
    return { runtime: this.#runtime, host: this.#host, clock: this.#ctx.clock }
  }
}
