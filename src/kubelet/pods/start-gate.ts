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

/** When the containers of one pod may be started, and why those that may not are waiting. */
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

  /** The time from which a container may be started; 0: now. A crash loop is reported once for each crash. */
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

  /** About to be started: counts towards the back-off. */
  pass(pod: KubePod, { container, after }: StartAction): void {
    if (after?.state === 'EXITED') this.#backOff.next(backOffKey(pod, container.spec.name), after.finishedAt)
  }

  started({ container }: StartAction): void {
    this.#waiting.delete(container.spec.name)
    this.#notBefore.delete(container.spec.name)
  }

  /** Notes why a start failed; rethrows what is no fault of the container's. */
  failed({ container }: StartAction, error: unknown): void {
    const { name } = container.spec
    const now = this.#ctx.clock.now()
    if (error instanceof ImageError) {
      // A failed pull is first shown as such, and a moment later as being in back-off.
      this.#notBefore.set(name, error.reason === 'ErrImagePull' ? now + recheckMs : error.retryAt)
    } else if (error instanceof StartError) {
      this.#notBefore.set(name, error.reason === 'PostStartHookError' ? now : now + retryMs)
    } else throw error
    this.#waiting.set(name, { reason: error.reason, message: error.message })
  }

  /** Something that a failed start may have been waiting for has changed. */
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
