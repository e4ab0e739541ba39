import { allEnded } from '../../api/all-ended.ts'
import { graceSeconds } from '../../api/core/pods.ts'
import { messageOf } from '../../api/errors.ts'
import type { PodSandboxStatus } from '../../runtime/runtime.ts'
import type { MountedVolume } from '../container/mounts.ts'
import { podCgroup, podLogsDir, qosCgroup } from '../container/paths.ts'
import { qosClass } from '../container/qos.ts'
import { podLimits } from '../container/resources.ts'
import { sandboxConfig } from '../container/sandbox.ts'
import { containersOf, initContainersOf, type KubePod, type PodContainer, podTitle } from '../pod.ts'
import { type PodState, podIpsOf, readySandbox, runningContainers } from '../runtime-state.ts'
import type { KillAction, PodActions, StartAction } from './actions.ts'
import type { NodeServices } from './node-services.ts'
import { PodImages } from './pod-images.ts'
import { startContainer, writeHosts } from './start-container.ts'
import { StartGate, type Waiting } from './start-gate.ts'
import type { StepLoop } from './step-loop.ts'

export type LaunchServices = Pick<
  NodeServices,
  | 'ctx'
  | 'settings'
  | 'runtime'
  | 'host'
  | 'killer'
  | 'backOff'
  | 'images'
  | 'volumes'
  | 'objects'
  | 'services'
  | 'memoryBytes'
  | 'sandboxFacts'
  | 'fieldFacts'
>

/** Carries out the `podActions` of one pod, and remembers why its containers wait. */
export class Launcher {
  readonly #node: LaunchServices
  readonly #loop: Pick<StepLoop, 'wake' | 'wakeIn'>
  readonly #stop: AbortSignal
  readonly #gate: StartGate
  readonly #images: PodImages
  /** The sandbox whose hosts file has been written. */
  #hostsFor = ''
  /** Runs killed to be replaced by others. */
  readonly #replaced = new Set<string>()

  /** `stop` says that the pod is to end: then nothing is started any more, and hooks are not waited for. */
  constructor(node: LaunchServices, loop: Pick<StepLoop, 'wake' | 'wakeIn'>, stop: AbortSignal) {
    this.#node = node
    this.#loop = loop
    this.#stop = stop
    this.#gate = new StartGate(node.ctx, node.backOff)
    this.#images = new PodImages(node.images, () => loop.wake())
  }

  /** Why a container that does not run is waiting. */
  waiting(name: string): Waiting | undefined {
    return this.#gate.waiting(name)
  }

  /** An object that a failed start may need has changed. */
  reopen(): void {
    this.#gate.reopen()
  }

  /** Nothing waits any more: the pod ends. */
  close(): void {
    this.#gate.close()
  }

  /** Whether a container has ended only because it is about to run anew. */
  isReplacing({ containers }: PodState): boolean {
    return this.#replaced.size > 0 && containers.some((run) => run.state === 'EXITED' && this.#replaced.has(run.id))
  }

  /** False when something has changed, and is looked at at once. */
  async carryOut(pod: KubePod, state: PodState, actions: PodActions): Promise<boolean> {
    const { runtime, ctx } = this.#node
    for (const run of state.containers) if (run.state === 'EXITED') this.#replaced.delete(run.id)
    for (const id of actions.stopSandboxes) {
      if (state.containers.length > 0)
        ctx.events.record(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
      await runtime.stopPodSandbox(id)
    }
    if (actions.createSandbox) {
      await this.#createSandbox(pod, state, actions.createSandbox.attempt)
      this.#loop.wake()
      return false
    }
    for (const kill of actions.kill) this.#kill(pod, state, kill)
    const due = actions.start.filter((start) => this.#mayStart(pod, start))
    if (actions.start.length === 0) await this.#refreshVolumes(pod, state)
    return due.length === 0 || !(await this.#startAll(pod, state, due))
  }

  #mayStart(pod: KubePod, start: StartAction): boolean {
    const opensAt = this.#gate.opensAt(pod, start)
    if (opensAt > 0) this.#loop.wakeIn(`start ${start.container.spec.name}`, opensAt - this.#node.ctx.clock.now())
    return opensAt === 0
  }

  #podIps = (pod: KubePod, state: PodState): string[] => podIpsOf(pod, state, this.#node.settings.nodeIp)

  async #createSandbox(pod: KubePod, state: PodState, attempt: number): Promise<void> {
    const { runtime, host, settings, ctx } = this.#node
    const { uid } = pod.metadata
    const root = settings.cgroupRoot
    const qos = qosClass(pod)
    const config = sandboxConfig(pod, attempt, settings, this.#node.sandboxFacts(pod))
    const first = initContainersOf(pod)[0] ? initContainersOf(pod).slice(0, 1) : containersOf(pod)
    // A simulated runtime pulls only for an existing sandbox, at no cost.
    if (!host.simulated) for (const container of first) this.#images.fetch(pod, container, config)
    // Mount volumes while the sandbox starts; the starts of containers report problems.
    const volumes = this.#mount(pod, state).catch(() => undefined)
    try {
      await allEnded([
        host.files.makeFolder(podLogsDir(settings, pod), 0o755),
        host.cgroups
          .ensure(qosCgroup(root, qos))
          .then(() => host.cgroups.ensure(podCgroup(root, qos, uid), podLimits(pod))),
      ])
      await runtime.runPodSandbox(config).catch((error: unknown) => {
        const message = `Failed to create pod sandbox: ${messageOf(error)}`
        ctx.events.record(pod, 'Warning', 'FailedCreatePodSandBox', message)
        throw error
      })
    } finally {
      // Nothing is mounted any more when the pod's next step comes, which may clear it away.
      await volumes
    }
  }

  #mount(pod: KubePod, state: PodState): Promise<Map<string, MountedVolume>> {
    return this.#node.volumes.mount(pod, this.#node.fieldFacts(this.#podIps(pod, state)))
  }

  /** Updates the volumes of running containers; an object that is missing now existed when they started. */
  async #refreshVolumes(pod: KubePod, state: PodState): Promise<void> {
    if (runningContainers(state).length === 0) return
    await this.#mount(pod, state).catch((error: unknown) => {
      this.#node.ctx.log.debug('cannot refresh volumes', { pod: podTitle(pod), error: String(error) })
      this.#loop.wakeIn('volumes', 60_000)
    })
  }

  /** Has the image at hand when the container has ended: the next one starts at once. */
  #fetchFor(pod: KubePod, state: PodState, container: PodContainer): void {
    const { host, settings, sandboxFacts } = this.#node
    const attempt = readySandbox(state)?.metadata.attempt
    // A simulated runtime answers at once.
    if (host.simulated || attempt === undefined) return
    this.#images.fetch(pod, container, sandboxConfig(pod, attempt, settings, sandboxFacts(pod)))
  }

  #kill(pod: KubePod, state: PodState, kill: KillAction): void {
    const { status: run, container, message, failedProbe, restarts } = kill
    if (restarts) this.#replaced.add(run.id)
    const own = failedProbe && container?.spec[`${failedProbe}Probe`]?.terminationGracePeriodSeconds
    const seconds = Number(own ?? graceSeconds(pod))
    const deadline = this.#node.ctx.clock.now() + seconds * 1000
    this.#node.killer.kill({ pod, run, container, deadline, message, podIp: this.#podIps(pod, state)[0] ?? '' })
    if (restarts && container) this.#fetchFor(pod, state, container)
  }

  /** True when at least one was started, or could not be. */
  async #startAll(pod: KubePod, state: PodState, due: StartAction[]): Promise<boolean> {
    const { host, settings, ctx } = this.#node
    const sandbox = readySandbox(state)
    if (!sandbox) return false
    let volumes: Map<string, MountedVolume>
    try {
      volumes = await this.#mount(pod, state)
    } catch (error) {
      const message = messageOf(error)
      ctx.events.record(pod, 'Warning', 'FailedMount', message)
      throw error
    }
    if (this.#hostsFor !== sandbox.id) {
      await writeHosts(pod, this.#podIps(pod, state), { host, settings })
      this.#hostsFor = sandbox.id
    }
    let changed = false
    for (const start of due) {
      if (this.#stop.aborted) break
      try {
        if (!(await this.#startOne(pod, state, start, sandbox, volumes))) continue
        this.#gate.started(start)
      } catch (error) {
        this.#gate.failed(start, error)
      }
      changed = true
    }
    if (changed) this.#loop.wake()
    return changed
  }

  /** False while the image is being pulled. */
  async #startOne(
    pod: KubePod,
    state: PodState,
    start: StartAction,
    sandbox: PodSandboxStatus,
    volumes: Map<string, MountedVolume>,
  ): Promise<boolean> {
    const { ctx, settings, runtime, host } = this.#node
    const { container } = start
    const config = sandboxConfig(pod, sandbox.metadata.attempt, settings, this.#node.sandboxFacts(pod))
    const pulled = await this.#images.take(pod, container, config)
    if (!pulled) return false
    this.#gate.pass(pod, start)
    const target = container.target && runningContainers(state).find((r) => r.metadata.name === container.target)
    const facts = {
      ...this.#node.fieldFacts(this.#podIps(pod, state)),
      objects: this.#node.objects,
      services: this.#node.services(),
      volumes,
      imageRef: pulled.ref,
      image: pulled.image,
      memoryBytes: this.#node.memoryBytes,
      ...(target && { targetId: target.id }),
    }
    const tools = { ctx, runtime, host, settings }
    await startContainer(pod, start, { status: sandbox, config }, facts, tools, this.#stop)
    return true
  }
}
