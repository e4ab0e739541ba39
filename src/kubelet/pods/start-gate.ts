import type { Context } from '../../controller/controller.ts'
import type { BackOff } from '../back-off.ts'
import { ImageError } from '../images/puller.ts'
import { type KubePod, podTitle } from '../pod.ts'
import type { StartAction } from './actions.ts'
import { StartError } from './start-container.ts'

export interface Waiting {
  reason: string
  message?: string
}

/** Pauses after failures other than exits. */
const retryMs = 10_000
const recheckMs = 1000

/** Decides when each container of one pod may start, and keeps the reasons why others wait. */
export class StartGate {
  readonly #ctx: Context
  readonly #backOff: BackOff
  readonly #waiting = new Map<string, Waiting>()
  readonly #notBefore = new Map<string, number>()
  readonly #reported = new Set<string>()

  constructor(ctx: Context, backOff: BackOff) {
    this.#ctx = ctx
    this.#backOff = backOff
  }

  waiting(name: string): Waiting | undefined {
    return this.#waiting.get(name)
  }

  /** The time from which a container may start; 0: now. Reports a crash loop once for each crash. */
  opensAt(pod: KubePod, { container, after }: StartAction): number {
    const { clock, events } = this.#ctx
    const { name } = container.spec
    const pause = this.#notBefore.get(name) ?? 0
    if (after?.state !== 'EXITED') return pause > clock.now() ? pause : 0
    const key = backOffKey(pod, name)
    const until = Math.max(this.#backOff.until(key, after.finishedAt), pause)
    if (clock.now() >= until) return 0
    const title = podTitle(pod)
    if (pause <= clock.now()) {
      const shown = goDuration(this.#backOff.pauseMs(key))
      const message = `back-off ${shown} restarting failed container=${name} pod=${title}`
      this.#waiting.set(name, { reason: 'CrashLoopBackOff', message })
    }
    if (!this.#reported.has(after.id)) {
      this.#reported.add(after.id)
      const message = `Back-off restarting failed container ${name} in pod ${title}`
      events.record(pod, 'Warning', 'BackOff', message, container.fieldPath)
    }
    return until
  }

  /** The container is about to start: counts towards the back-off. */
  pass(pod: KubePod, { container, after }: StartAction): void {
    if (after?.state === 'EXITED') this.#backOff.next(backOffKey(pod, container.spec.name), after.finishedAt)
  }

  started({ container }: StartAction): void {
    this.#waiting.delete(container.spec.name)
    this.#notBefore.delete(container.spec.name)
  }

  /** Records why a start failed; rethrows errors that the container did not cause. */
  failed({ container }: StartAction, error: unknown): void {
    const { name } = container.spec
    const now = this.#ctx.clock.now()
    if (error instanceof ImageError) {
      // The status shows a failed pull first, and its back-off a moment later.
      this.#notBefore.set(name, error.reason === 'ErrImagePull' ? now + recheckMs : error.retryAt)
    } else if (error instanceof StartError) {
      this.#notBefore.set(name, error.reason === 'PostStartHookError' ? now : now + retryMs)
    } else throw error
    this.#waiting.set(name, { reason: error.reason, message: error.message })
  }

  /** An object that a failed start may need has changed. */
  reopen(): void {
    this.#notBefore.clear()
  }

  close(): void {
    this.#waiting.clear()
  }
}

const backOffKey = (pod: KubePod, name: string) => `${pod.metadata.uid}/${name}`

/** `10s`, `1m20s`, `5m0s` */
const goDuration = (ms: number): string => {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
