import type { Context } from '../../controller/controller.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { ProbeKind } from '../../runtime/simulated/exec.ts'
import type { Host } from '../host/host.ts'
import { appContainersOf, initContainersOf, type KubePod, type PodContainer } from '../pod.ts'
import { type PodState, type Run, runningContainers } from '../runtime-state.ts'
import { runProbe } from './probe.ts'
import { ProbeLoop } from './probe-loop.ts'

/** The results of a running container's probes; `started` is true without a startup probe. */
export interface ProbeVerdict {
  started: boolean
  failed?: 'liveness' | 'startup'
}

interface Probed {
  uid: string
  loops: Partial<Record<ProbeKind, ProbeLoop>>
  failed?: 'liveness' | 'startup'
}

const titles: Record<ProbeKind, string> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' }

/** Runs the probes of all containers of a node, and returns their results. */
export class Prober {
  readonly #ctx: Context
  readonly #runtime: Runtime
  readonly #host: Host
  readonly #changed: (uid: string) => void
  readonly #probed = new Map<string, Probed>()

  constructor(ctx: Context, runtime: Runtime, host: Host, changed: (uid: string) => void) {
    this.#ctx = ctx
    this.#runtime = runtime
    this.#host = host
    this.#changed = changed
  }

  /** Starts probes of running containers, stops those of others. HTTP and TCP probes go to `podIp`. */
  sync(pod: KubePod, state: PodState, podIp: string): void {
    const { uid } = pod.metadata
    const running = runningContainers(state)
    for (const [id, probed] of this.#probed) {
      if (probed.uid === uid && !running.some((r) => r.id === id)) this.#drop(id)
    }
    for (const container of [...initContainersOf(pod), ...appContainersOf(pod)]) {
      if (container.kind === 'init') continue
      const run = running.find((r) => r.metadata.name === container.spec.name)
      if (run && !this.#probed.has(run.id)) this.#begin(pod, container, run, podIp)
    }
  }

  verdict(run: Run): ProbeVerdict & { ready: boolean } {
    const probed = this.#probed.get(run.id)
    // Not probed yet: counts as neither started nor ready.
    if (!probed) return { started: false, ready: false }
    const { startup, readiness } = probed.loops
    return {
      started: startup?.result ?? true,
      ready: readiness?.result ?? true,
      ...(probed.failed && { failed: probed.failed }),
    }
  }

  /** Probes must not kill a terminating pod; readiness probes continue. */
  stopLiveness(uid: string): void {
    for (const { uid: of, loops } of this.#probed.values()) {
      if (of !== uid) continue
      loops.liveness?.stop()
      loops.startup?.stop()
    }
  }

  forget(uid: string): void {
    for (const [id, probed] of this.#probed) if (probed.uid === uid) this.#drop(id)
  }

  #drop(id: string): void {
    for (const loop of Object.values(this.#probed.get(id)?.loops ?? {})) loop.stop()
    this.#probed.delete(id)
  }

  #begin(pod: KubePod, { spec, fieldPath }: PodContainer, run: Run, podIp: string): void {
    const { clock, events } = this.#ctx
    const { uid } = pod.metadata
    const probed: Probed = { uid, loops: {} }
    this.#probed.set(run.id, probed)
    const before = previousStatus(pod, run)
    const declared = { startup: spec.startupProbe, liveness: spec.livenessProbe, readiness: spec.readinessProbe }
    const initial = { startup: before?.started ?? false, liveness: true, readiness: before?.ready ?? false }
    const afterStartup = () => {
      probed.loops.readiness?.begin()
      probed.loops.liveness?.begin()
    }
    for (const kind of ['startup', 'liveness', 'readiness'] as const) {
      const probe = declared[kind]
      if (!probe) continue
      probed.loops[kind] = new ProbeLoop({
        kind,
        probe,
        clock,
        startedAt: run.startedAt || run.createdAt,
        initial: initial[kind],
        run: () => runProbe(probe, { kind, run, container: spec, podIp }, { runtime: this.#runtime, host: this.#host }),
        failed: (output) =>
          events.record(pod, 'Warning', 'Unhealthy', `${titles[kind]} probe failed: ${output}`, fieldPath),
        changed: (ok) => {
          if (!ok && kind !== 'readiness') probed.failed = kind
          if (ok && kind === 'startup') afterStartup()
          this.#changed(uid)
        },
      })
    }
    const { startup } = probed.loops
    if (startup && !startup.result) startup.begin()
    else afterStartup()
  }
}

/** The API's status of this same run: a restarted kubelet keeps a ready container ready. */
const previousStatus = (pod: KubePod, run: Run) =>
  [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    (s) => s.state?.running && s.containerID?.endsWith(`://${run.id}`),
  )
