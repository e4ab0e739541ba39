import { sleep } from '../../api/clock.ts'
import type { LifecycleHandler } from '../../api/core/v1/index.ts'
import { messageOf } from '../../api/errors.ts'
import type { Context } from '../../controller/controller.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { runHook } from '../container/hooks.ts'
import type { Host } from '../host/host.ts'
import type { KubePod, PodContainer } from '../pod.ts'
import type { Run } from '../runtime-state.ts'

/** A container always has this long after SIGTERM, however little is left of its grace period. */
const minimumGraceMs = 2000
const retryMs = 1000

export interface KillOrder {
  pod: KubePod
  run: Run
  container: PodContainer | undefined
  /** When the grace period ends: ms since 1970. It includes the preStop hook and the wait for other containers. */
  deadline: number
  message: string
  podIp: string
  /** Ids of containers that should end first, as far as time permits. */
  after?: readonly string[]
}

interface Standing {
  deadline: number
  /** Aborted when a shorter order replaces it. */
  stop: AbortController
  /** The container has ended, by any order. */
  ended: PromiseWithResolvers<void>
}

/**
 * Stops containers: preStop hook, the turn of the container, SIGTERM, grace period, SIGKILL. Does not block; a shorter
 * order overtakes a longer one.
 */
export class Killer {
  readonly #ctx: Context
  readonly #runtime: Runtime
  readonly #host: Host
  readonly #done: (uid: string) => void
  readonly #orders = new Map<string, Standing>()

  constructor(ctx: Context, runtime: Runtime, host: Host, done: (uid: string) => void) {
    this.#ctx = ctx
    this.#runtime = runtime
    this.#host = host
    this.#done = done
  }

  kill(order: KillOrder): void {
    const { pod, run, container, deadline, message } = order
    const standing = this.#orders.get(run.id)
    if (standing && standing.deadline <= deadline) return
    standing?.stop.abort()
    const mine = { deadline, stop: new AbortController(), ended: standing?.ended ?? Promise.withResolvers<void>() }
    this.#orders.set(run.id, mine)
    if (!standing) this.#ctx.events.record(pod, 'Normal', 'Killing', message, container?.fieldPath)
    void this.#carryOut(order, standing !== undefined, mine.stop.signal).then(() => {
      if (this.#orders.get(run.id) !== mine) return
      this.#orders.delete(run.id)
      mine.ended.resolve()
      if (!mine.stop.signal.aborted) this.#done(pod.metadata.uid)
    })
  }

  /** Drops all orders; containers keep running. */
  stop(): void {
    for (const { stop } of this.#orders.values()) stop.abort()
  }

  /** Ends early, without an error, when it is aborted. */
  async #carryOut(order: KillOrder, isHurried: boolean, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#ctx
    const { run, deadline } = order
    await this.#prepare(order, isHurried, signal)
    while (!signal.aborted) {
      try {
        const left = Math.max(deadline - clock.now(), minimumGraceMs)
        return await this.#runtime.stopContainer(run.id, Math.ceil(left / 1000))
      } catch (error) {
        log.warn('cannot stop a container', { container: run.metadata.name, id: run.id, error: String(error) })
        await sleep(clock, retryMs, signal)
      }
    }
  }

  /** Runs the preStop hook, and waits for the container's turn; both until the grace period is over at the most. */
  async #prepare(order: KillOrder, isHurried: boolean, signal: AbortSignal): Promise<void> {
    const { container, deadline, after = [] } = order
    const { clock } = this.#ctx
    // The order that this one overtakes has run the hook.
    const hook = isHurried ? undefined : container?.spec.lifecycle?.preStop
    if (!hook && after.length === 0) return
    const done = new AbortController()
    const end = AbortSignal.any([signal, done.signal])
    const over = sleep(clock, Math.max(0, deadline - clock.now()), end)
    if (hook && container) await Promise.race([this.#runHook(hook, container, order, end), over])
    const others = after.flatMap((id) => this.#orders.get(id)?.ended.promise ?? [])
    if (others.length > 0) await Promise.race([Promise.all(others), over])
    done.abort()
  }

  async #runHook(
    hook: LifecycleHandler,
    container: PodContainer,
    { pod, run, podIp }: KillOrder,
    end: AbortSignal,
  ): Promise<void> {
    const { clock, events, log } = this.#ctx
    try {
      const tools = { runtime: this.#runtime, host: this.#host, clock }
      await runHook(hook, container, { id: run.id, podIp }, tools, end)
    } catch (error) {
      const text = messageOf(error)
      log.debug('preStop hook failed', { container: run.metadata.name, error: text })
      events.record(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', container.fieldPath)
    }
  }
}
