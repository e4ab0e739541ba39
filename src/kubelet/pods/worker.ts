import { sleep } from '../../api/clock.ts'
import type { PodSandboxStatus } from '../../runtime/runtime.ts'
import { containerHash, criAnnotations } from '../container/labels.ts'
import { podCgroup, podLogsDir, qosCgroup } from '../container/paths.ts'
import { qosClass } from '../container/qos.ts'
import { podLimits } from '../container/resources.ts'
import { sandboxConfig } from '../container/sandbox.ts'
import { askedOf, containersOf, initContainersOf, isFinished, isStaticPod, type KubePod, podTitle } from '../pod.ts'
import { emptyState, type PodState, readySandbox, runningContainers } from '../runtime-state.ts'
import type { MountedVolume } from '../volumes/volume.ts'
import { type PodActions, podActions, type StartAction } from './actions.ts'
import { deadlineOf, deleteFromApi, finalPhase, killNext, releaseResources, removeRemains } from './ending.ts'
import { lastWords } from './last-words.ts'
import type { Node } from './node-services.ts'
import { PodImages } from './pod-images.ts'
import { startContainer, writeHosts } from './start-container.ts'
import { StartGate } from './start-gate.ts'
import { type Failure, podStatus, untilAllEnded } from './status.ts'
import { same } from './status-manager.ts'

/** Why a pod is being stopped for good. */
interface Ending {
  /** Set when the kubelet itself decided it: what the status says. */
  failed?: Failure
  /** The most that its containers get, whatever the pod says. Default: no such bound. */
  graceSeconds?: number
}

/** Rejections for what others put on the node, which may have changed a moment ago. */
const nodeReasons = new Set(['NodeAffinity', 'TaintToleration'])
/** Given, lest an error with its stack be made for each. */
const ending = 'the pod is ending'
const firstRetryMs = 500
const maxRetryMs = 30_000

/**
 * Looks after one pod, one step at a time: looks at what the runtime has, publishes the status, and does what is next. All
 * it remembers can be lost; whatever happens anywhere only makes it look again.
 */
export class PodWorker {
  readonly #node: Node
  #pod: KubePod
  #isGone = false
  #ending: Ending | undefined
  #stop = new AbortController()
  #state: PodState = emptyState
  #isNew: boolean
  #running: Promise<void> | undefined
  #dirty = false
  #released = false
  #hasLetGo = false
  #deleteSent = false
  #retryMs = firstRetryMs
  #timers = new Map<string, () => void>()
  readonly #gate: StartGate
  readonly #images: PodImages
  #lastWords = new Map<string, string>()
  #hostsFor = ''

  constructor(node: Node, pod: KubePod) {
    this.#node = node
    this.#pod = pod
    this.#isNew = !node.cache.knows(pod.metadata.uid)
    this.#gate = new StartGate(node.ctx, node.backOff)
    this.#images = new PodImages(node.images, () => this.wake())
  }

  get pod(): KubePod {
    return this.#pod
  }

  /** Whether it is past the point where it could run again. */
  get isEnding(): boolean {
    return this.#ending !== undefined
  }

  /** Whether it holds nothing of the node any more but its logs. */
  get hasLetGo(): boolean {
    return this.#hasLetGo
  }

  update(pod: KubePod): void {
    const before = this.#pod
    this.#pod = pod
    if (pod.metadata.deletionTimestamp) this.#stop.abort(ending)
    if (!same(askedOf(before), askedOf(pod))) this.wake()
    else void this.#node.statuses.isOwnWrite(pod).then((isOwn) => isOwn || this.wake())
  }

  /** The API has no such pod (any more): stop it and clear away all of it. */
  gone(pod: KubePod = this.#pod): void {
    this.#pod = pod
    this.#isGone = true
    this.#stop.abort(ending)
    this.wake()
  }

  /** Ends the pod as failed, in `graceSeconds` at the most. */
  evict(failed: Failure, graceSeconds?: number): void {
    if (this.#ending) return
    this.#ending = { failed, ...(graceSeconds !== undefined && { graceSeconds }) }
    this.#node.ctx.events.record(this.#pod, 'Warning', failed.reason, failed.message)
    this.#stop.abort(ending)
    this.wake()
  }

  /** Something that this pod refers to has changed. */
  sourceChanged(): void {
    this.#gate.reopen()
    this.wake()
  }

  wake(): void {
    this.#dirty = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  /** Lets go of the pod; its containers run on. */
  async stop(): Promise<void> {
    this.#release()
    await this.#running
  }

  #release(): void {
    this.#released = true
    this.#stop.abort(ending)
    for (const cancel of this.#timers.values()) cancel()
    this.#timers.clear()
  }

  async #run(): Promise<void> {
    // So that what arrives in one go is one step, and `wake` never runs user code.
    await Promise.resolve()
    while (this.#dirty && !this.#released) {
      this.#dirty = false
      try {
        await this.#step()
        this.#retryMs = firstRetryMs
      } catch (error) {
        if (this.#released) return
        this.#node.ctx.log.warn('pod sync failed', { pod: podTitle(this.#pod), error: String(error) })
        this.#wakeIn('retry', this.#retryMs)
        this.#retryMs = Math.min(this.#retryMs * 2, maxRetryMs)
      }
    }
  }

  #wakeIn(name: string, ms: number): void {
    if (this.#released) return
    this.#timers.get(name)?.()
    this.#timers.set(
      name,
      this.#node.ctx.clock.after(Math.max(0, ms), () => {
        this.#timers.delete(name)
        this.wake()
      }),
    )
  }

  /** @throws Error where the pod is to end, or to be let go of, meanwhile */
  async #pause(ms: number): Promise<void> {
    if (ms === 0) return
    await sleep(this.#node.ctx.clock, ms, this.#stop.signal)
    this.#stop.signal.throwIfAborted()
  }

  async #step(): Promise<void> {
    const { cache, prober, statuses, ctx } = this.#node
    const pod = statuses.current(this.#pod)
    this.#state = this.#isNew ? emptyState : await cache.read(pod.metadata.uid)
    this.#isNew = false
    await this.#readLastWords()
    prober.sync(pod, this.#state, this.#podIps()[0] ?? '')
    const reason = this.#ending ?? (await this.#reasonToEnd(pod))
    // An eviction that came meanwhile stands.
    this.#ending ??= reason
    if (this.#ending) return this.#end(pod, this.#ending)

    const phase = this.#publish(pod)
    if (isFinished(phase)) {
      this.#ending = {}
      return this.#end(statuses.current(pod), this.#ending)
    }
    const actions = podActions(pod, this.#state, {
      verdict: (id) => this.#verdict(id),
      hash: containerHash,
      hashOf: (run) => run.annotations[criAnnotations.hash],
    })
    await this.#carryOut(pod, actions)
    const deadline = deadlineOf(pod)
    if (deadline !== undefined) this.#wakeIn('deadline', deadline - ctx.clock.now())
  }

  #verdict(id: string) {
    const run = this.#state.containers.find((c) => c.id === id)
    return run ? this.#node.prober.verdict(run) : { started: false }
  }

  async #reasonToEnd(pod: KubePod): Promise<Ending | undefined> {
    const now = this.#node.ctx.clock.now()
    if (this.#isGone || pod.metadata.deletionTimestamp) return {}
    if (isFinished(pod.status.phase)) return {}
    const deadline = deadlineOf(pod)
    if (deadline !== undefined && now >= deadline) {
      const message = 'Pod was active on the node longer than the specified deadline'
      this.#node.ctx.events.record(pod, 'Normal', 'DeadlineExceeded', message)
      return { failed: { reason: 'DeadlineExceeded', message } }
    }
    if (this.#state !== emptyState && this.#state.sandboxes.length > 0) return undefined
    let rejection = this.#node.admit(pod)
    if (rejection && nodeReasons.has(rejection.reason)) {
      await this.#node.refreshNode()
      rejection = this.#node.admit(pod)
    }
    if (rejection) {
      await this.#pause(this.#node.refusals.waitMs())
      this.#node.ctx.events.record(pod, 'Warning', rejection.reason, rejection.message)
      return { failed: rejection }
    }
    return undefined
  }

  #podIps(): string[] {
    if (this.#pod.spec.hostNetwork) return [this.#node.settings.nodeIp]
    return (readySandbox(this.#state) ?? this.#state.sandboxes[0])?.ips ?? []
  }

  async #readLastWords(): Promise<void> {
    const exited = this.#state.containers.filter((r) => r.state === 'EXITED' && !this.#lastWords.has(r.id))
    await Promise.all(
      exited.map(async (r) => this.#lastWords.set(r.id, await lastWords(r, this.#node.host).catch(() => ''))),
    )
  }

  /** Answers the phase that the pod has come to, whatever may be told of it yet. */
  #publish(pod: KubePod, ending?: Ending): string {
    const { ctx, settings, prober, statuses, runtimeName } = this.#node
    const status = podStatus(pod, this.#state, {
      now: ctx.clock.now(),
      hostIp: settings.nodeIp,
      verdict: (run) => prober.verdict(run),
      waiting: (name) => this.#gate.waiting(name),
      terminationMessage: (run) => this.#lastWords.get(run.id),
      runtimeName,
      ...(ending?.failed && { failed: ending.failed }),
      ending: ending !== undefined,
    })
    if (!this.#isGone) statuses.set(this.#node.apiPod(pod), untilAllEnded(status, pod, this.#state))
    return status.phase ?? 'Pending'
  }

  async #carryOut(pod: KubePod, actions: PodActions): Promise<void> {
    const { runtime, killer, ctx } = this.#node
    for (const id of actions.stopSandboxes) {
      if (this.#state.containers.length > 0)
        ctx.events.record(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.')
      await runtime.stopPodSandbox(id)
    }
    if (actions.createSandbox) {
      await this.#createSandbox(pod, actions.createSandbox.attempt)
      this.#dirty = true
      return
    }
    for (const { status: run, container, message, failedProbe } of actions.kill) {
      const own = failedProbe && container?.spec[`${failedProbe}Probe`]?.terminationGracePeriodSeconds
      const graceMs = (own ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000
      killer.kill({ pod, run, container, graceMs, message, podIp: this.#podIps()[0] ?? '' })
    }
    if (actions.start.length > 0) await this.#start(pod, actions.start)
    else await this.#refreshVolumes(pod)
  }

  async #createSandbox(pod: KubePod, attempt: number): Promise<void> {
    const { runtime, host, settings, ctx } = this.#node
    const { uid } = pod.metadata
    const root = settings.cgroupRoot
    const qos = qosClass(pod)
    const config = sandboxConfig(pod, attempt, settings, this.#node.sandboxFacts(pod))
    const first = initContainersOf(pod)[0] ? initContainersOf(pod).slice(0, 1) : containersOf(pod)
    // A simulated runtime pulls for a sandbox that it has, at no cost.
    if (!host.simulated) for (const container of first) this.#images.fetch(pod, container, config)
    // What containers need is fetched while the sandbox is made; problems come up when they are started.
    const volumes = this.#mount(pod).catch(() => undefined)
    await Promise.all([
      host.files.makeFolder(podLogsDir(settings, pod), 0o755),
      host.cgroups
        .ensure(qosCgroup(root, qos))
        .then(() => host.cgroups.ensure(podCgroup(root, qos, uid), podLimits(pod))),
    ])
    try {
      await runtime.runPodSandbox(config)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      ctx.events.record(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`)
      throw error
    }
    await volumes
  }

  #mount(pod: KubePod): Promise<Map<string, MountedVolume>> {
    return this.#node.volumes.mount(pod, this.#node.fieldFacts(this.#podIps()))
  }

  /** Keeps the contents of volumes current in containers that run; what is missing now was there when they started. */
  async #refreshVolumes(pod: KubePod): Promise<void> {
    if (runningContainers(this.#state).length === 0) return
    await this.#mount(pod).catch((error: unknown) => {
      this.#node.ctx.log.debug('cannot refresh volumes', { pod: podTitle(pod), error: String(error) })
      this.#wakeIn('volumes', 60_000)
    })
  }

  async #start(pod: KubePod, starts: StartAction[]): Promise<void> {
    const { host, settings, ctx } = this.#node
    const sandbox = readySandbox(this.#state)
    if (!sandbox) return
    const due = starts.filter((s) => {
      const opensAt = this.#gate.opensAt(pod, s)
      if (opensAt > 0) this.#wakeIn(`start ${s.container.spec.name}`, opensAt - ctx.clock.now())
      return opensAt === 0
    })
    if (due.length === 0) return void this.#publish(pod)
    let volumes: Map<string, MountedVolume>
    try {
      volumes = await this.#mount(pod)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      ctx.events.record(pod, 'Warning', 'FailedMount', message)
      throw error
    }
    if (this.#hostsFor !== sandbox.id) {
      await writeHosts(pod, this.#podIps(), { host, settings })
      this.#hostsFor = sandbox.id
    }
    for (const start of due) {
      if (this.#stop.signal.aborted) return
      try {
        if (!(await this.#startOne(pod, start, sandbox, volumes))) continue
        this.#gate.started(start)
      } catch (error) {
        this.#gate.failed(start, error)
      }
      this.#dirty = true
    }
  }

  /** False while its image is on its way. */
  async #startOne(
    pod: KubePod,
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
    const target = container.target && runningContainers(this.#state).find((r) => r.metadata.name === container.target)
    const facts = {
      ...this.#node.fieldFacts(this.#podIps()),
      objects: this.#node.objects,
      services: this.#node.services(),
      volumes,
      imageRef: pulled.ref,
      image: pulled.image,
      memoryBytes: this.#node.memoryBytes,
      ...(target && { targetId: target.id }),
    }
    const tools = { ctx, runtime, host, settings }
    await startContainer(pod, start, { status: sandbox, config }, facts, tools, this.#stop.signal)
    return true
  }

  /** Stops what runs, then the sandbox, then clears away; each call does as much as is possible now. */
  async #end(pod: KubePod, ending: Ending): Promise<void> {
    const { prober, runtime, cache } = this.#node
    prober.stopLiveness(pod.metadata.uid)
    this.#stop.abort(ending)
    this.#gate.close()
    const running = runningContainers(this.#state)
    if (running.length > 0) {
      this.#publishEnding(pod, ending)
      return killNext(pod, running, { podIp: this.#podIps()[0] ?? '', most: ending.graceSeconds }, this.#node)
    }
    const ready = this.#state.sandboxes.filter((s) => s.state === 'READY')
    if (ready.length > 0) {
      await Promise.all(ready.map((s) => runtime.stopPodSandbox(s.id)))
      this.#state = await cache.read(pod.metadata.uid)
    }
    this.#publishEnding(pod, ending, true)
    await releaseResources(pod, this.#node)
    this.#hasLetGo = true
    if (this.#isGone) {
      await removeRemains(pod, this.#state, this.#node)
      this.#release()
      this.#node.removed(pod.metadata.uid)
    } else if (pod.metadata.deletionTimestamp && !isStaticPod(pod) && !this.#deleteSent) {
      await deleteFromApi(pod, this.#node)
      this.#deleteSent = true
    }
  }

  #publishEnding(pod: KubePod, ending: Ending, last = false): void {
    if (!last || ending.failed || isFinished(pod.status.phase)) this.#publish(pod, ending)
    else this.#publish({ ...pod, status: { ...pod.status, phase: finalPhase(pod, this.#state) } }, ending)
  }
}
