import type { Cancel, Clock } from '../../api/clock.ts'
import type { Probe } from '../../api/core/v1/index.ts'
import type { ProbeKind } from '../../runtime/simulated/exec.ts'
import type { ProbeResult } from './probe.ts'

export interface LoopSettings {
  kind: ProbeKind
  probe: Probe
  clock: Clock
  /** When the container started, in ms since 1970. */
  startedAt: number
  initial: boolean
  run(): Promise<ProbeResult>
  /** The result crossed a threshold. */
  changed(ok: boolean): void
  failed(output: string): void
}

/** Repeats one probe of one container: counts successes and failures against the thresholds. */
export class ProbeLoop {
  readonly #settings: LoopSettings
  #result: boolean
  #streak = { ok: false, count: 0 }
  #cancel: Cancel = () => {}
  #stopped = false
  #active = false

  constructor(settings: LoopSettings) {
    this.#settings = settings
    this.#result = settings.initial
  }

  get result(): boolean {
    return this.#result
  }

  /** Begins once; with `now`, without waiting for the period to pass. */
  begin(): void {
    if (this.#active || this.#stopped) return
    this.#active = true
    const { clock, probe, startedAt } = this.#settings
    const first = startedAt + (probe.initialDelaySeconds ?? 0) * 1000
    this.#schedule(Math.max(0, first - clock.now()))
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }

  #schedule(ms: number): void {
    this.#cancel = this.#settings.clock.after(ms, () => void this.#tick())
  }

  async #tick(): Promise<void> {
    const { clock, kind, probe, run, changed, failed } = this.#settings
    const began = clock.now()
    const { ok, output } = await run()
    if (this.#stopped) return
    if (!ok) failed(output)
    this.#streak = { ok, count: this.#streak.ok === ok ? this.#streak.count + 1 : 1 }
    const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
    if (this.#streak.count >= threshold && (ok !== this.#result || (kind === 'startup' && !ok))) {
      this.#result = ok
      // A finally failed container is about to restart, and a started one needs no further startup probe.
      if ((kind === 'startup' || !ok) && kind !== 'readiness') this.stop()
      changed(ok)
    }
    if (!this.#stopped) this.#schedule(Math.max(0, began + (probe.periodSeconds ?? 10) * 1000 - clock.now()))
  }
}
