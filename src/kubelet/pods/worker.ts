import { allEnded } from '../../api/all-ended.ts'
import { sleep } from '../../api/clock.ts'
import type { PodStatus } from '../../api/core/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { containerHash, criAnnotations } from '../container/labels.ts'
import type { Failure } from '../failure.ts'
import { askedOf, isFinished, isStaticPod, type KubePod, podTitle } from '../pod.ts'
import { emptyState, type PodState, podIpsOf, runningContainers } from '../runtime-state.ts'
import { podActions } from './actions.ts'
import {
  deadlineOf,
  deleteFromApi,
  type EndServices,
  finalPhase,
  graceMsOf,
  killAll,
  releaseResources,
  removeRemains,
} from './ending.ts'
import { LastWords } from './last-words.ts'
import { Launcher, type LaunchServices } from './launcher.ts'
import type { NodeServices } from './node-services.ts'
import { podStatus, untilAllEnded } from './status.ts'
import { StepLoop } from './step-loop.ts'
import { type Ending, evicted, orphaned, syncing, type Work } from './work.ts'

/** The services of the node that a worker uses. */
export type WorkerServices = LaunchServices &
  EndServices &
  Pick<
    NodeServices,
    'cache' | 'prober' | 'statuses' | 'runtimeName' | 'admit' | 'refusals' | 'refreshNode' | 'apiPod' | 'removed'
  >

/** Rejections that depend on labels and taints that others set, and that may be stale here. */
const nodeReasons = new Set(['NodeAffinity', 'TaintToleration'])
/** Given, so that no error with its stack is made for each. */
const ending = 'the pod is ending'

/**
 * Manages one pod, one step at a time: reads the runtime's state, publishes the status, and does the next actions of its
 * present `Work`. It may lose all its memory; every event only triggers another step.
 */
export class PodWorker {
  readonly #node: WorkerServices
  #pod: KubePod
  #work: Work = syncing
  /** The runtime's state at the last step. */
  #state: PodState | undefined
  readonly #stop = new AbortController()
  readonly #loop: StepLoop
  readonly #launcher: Launcher
  readonly #lastWords: LastWords

  constructor(node: WorkerServices, pod: KubePod) {
    this.#node = node
    this.#pod = pod
    this.#loop = new StepLoop(
      node.ctx,
      () => this.#step(),
      () => podTitle(this.#pod),
    )
    this.#launcher = new Launcher(node, this.#loop, this.#stop.signal)
    this.#lastWords = new LastWords(node.host)
  }

  get pod(): KubePod {
    return this.#pod
  }

  /** Whether the pod can no longer run again. */
  get isEnding(): boolean {
    return this.#work.at !== 'syncing'
  }

  /** Whether it holds nothing of the node but its logs. */
  get hasLetGo(): boolean {
    return this.#work.at === 'terminated' || this.#work.at === 'removed'
  }

  update(pod: KubePod): void {
    const before = this.#pod
    this.#pod = pod
    if (pod.metadata.deletionTimestamp) this.#stop.abort(ending)
    if (!jsonEqual(askedOf(before), askedOf(pod))) this.wake()
    else void this.#node.statuses.isOwnWrite(pod).then((isOwn) => isOwn || this.wake())
  }

  /** The API does not have the pod (any more): stops it and removes all of it. */
  gone(pod: KubePod = this.#pod): void {
    this.#pod = pod
    this.#end(orphaned(this.#work))
  }

  /** Ends the pod as failed, within at most `graceSeconds`. */
  evict(failed: Failure, graceSeconds?: number): void {
    if (this.isEnding) return
    this.#node.ctx.events.record(this.#pod, 'Warning', failed.reason, failed.message)
    this.#end(evicted(this.#work, { failed, ...(graceSeconds !== undefined && { graceSeconds }) }))
  }

  #end(work: Work): void {
    this.#work = work
    this.#stop.abort(ending)
    this.wake()
  }

  /** An object that this pod refers to has changed. */
  sourceChanged(): void {
    this.#node.volumes.invalidate(this.#pod.metadata.uid)
    this.#launcher.reopen()
    this.wake()
  }

  wake(): void {
    this.#loop.wake()
  }

  /** Releases the pod; its containers keep running. */
  async stop(): Promise<void> {
    this.#stop.abort(ending)
    await this.#loop.stop()
  }

  async #step(): Promise<void> {
    this.#state = await this.#look()
    for (;;) {
      const work = this.#work
      const next = await this.#turn(work, this.#node.statuses.current(this.#pod), this.#state)
      // An eviction or a removal came meanwhile and has woken the loop: it stands.
      if (this.#work !== work) return
      this.#work = next
      if (next.at === work.at) return
    }
  }

  async #look(): Promise<PodState> {
    const { cache, prober, statuses } = this.#node
    const pod = statuses.current(this.#pod)
    const { uid } = pod.metadata
    // The runtime need not be asked about a pod that is new to it.
    const isNew = this.#state === undefined && !cache.knows(uid)
    const state = isNew ? emptyState : await cache.read(uid)
    await this.#lastWords.read(state)
    prober.sync(pod, state, this.#podIp(pod, state))
    return state
  }

  #turn(work: Work, pod: KubePod, state: PodState): Promise<Work> | Work {
    switch (work.at) {
      case 'syncing':
        return this.#sync(work, pod, state)
      case 'terminating':
        return this.#terminate(work, pod, state)
      case 'terminated':
        return this.#clear(work, pod, state)
      case 'removed':
        return work
    }
  }

  async #sync(work: Work, pod: KubePod, state: PodState): Promise<Work> {
    const { prober, ctx } = this.#node
    const reason = await this.#reasonToEnd(pod, state)
    if (reason) return { at: 'terminating', ending: reason }
    // It came to its end meanwhile.
    if (this.#stop.signal.aborted) return work
    // That a container has ended which is about to run anew is no news: others would read one thing and find another.
    const isHeldBack = this.#launcher.isReplacing(state)
    const status = this.#statusOf(pod, state)
    if (!isHeldBack || isFinished(status.phase)) this.#report(pod, state, status)
    if (isFinished(status.phase)) return { at: 'terminating', ending: {} }
    const actions = podActions(pod, state, {
      verdict: (id) => {
        const run = state.containers.find((c) => c.id === id)
        return run ? prober.verdict(run) : { started: false }
      },
      hash: containerHash,
      hashOf: (run) => run.annotations[criAnnotations.hash],
    })
    const isDone = await this.#launcher.carryOut(pod, state, actions)
    // What could not be started waits, for reasons that may be news.
    if (isDone && (isHeldBack || actions.start.length > 0)) this.#report(pod, state, this.#statusOf(pod, state))
    const deadline = deadlineOf(pod)
    if (deadline !== undefined) this.#loop.wakeIn('deadline', deadline - ctx.clock.now())
    return work
  }

  async #reasonToEnd(pod: KubePod, state: PodState): Promise<Ending | undefined> {
    const { ctx, admit, refreshNode, refusals } = this.#node
    if (pod.metadata.deletionTimestamp || isFinished(pod.status.phase)) return {}
    const deadline = deadlineOf(pod)
    if (deadline !== undefined && ctx.clock.now() >= deadline) {
      const message = 'Pod was active on the node longer than the specified deadline'
      ctx.events.record(pod, 'Normal', 'DeadlineExceeded', message)
      return { failed: { reason: 'DeadlineExceeded', message } }
    }
    if (state.sandboxes.length > 0) return undefined
    let rejection = admit(pod)
    if (rejection && nodeReasons.has(rejection.reason)) {
      await refreshNode()
      rejection = admit(pod)
    }
    if (!rejection) return undefined
    const waitMs = refusals.waitMs()
    if (waitMs > 0) await sleep(ctx.clock, waitMs, this.#stop.signal)
    // The pod is ending meanwhile, or is let go of: its next step says how it ends.
    if (this.#stop.signal.aborted) return undefined
    ctx.events.record(pod, 'Warning', rejection.reason, rejection.message)
    return { failed: rejection }
  }

  /** Stops what runs, then the sandbox, then gives back; each call does as much as is possible now. */
  async #terminate(work: Work & { at: 'terminating' }, pod: KubePod, state: PodState): Promise<Work> {
    const { prober, runtime, cache, ctx } = this.#node
    const { ending: how } = work
    prober.stopLiveness(pod.metadata.uid)
    this.#stop.abort(ending)
    this.#launcher.close()
    const running = runningContainers(state)
    if (running.length > 0) {
      this.#publish(pod, state, how)
      const byNow = ctx.clock.now() + graceMsOf(pod, how.graceSeconds)
      const deadline = Math.min(byNow, work.deadline ?? byNow)
      killAll(pod, running, { deadline, podIp: this.#podIp(pod, state) }, this.#node)
      return { ...work, deadline }
    }
    const ready = state.sandboxes.filter((s) => s.state === 'READY')
    await allEnded(ready.map((s) => runtime.stopPodSandbox(s.id)))
    const last = ready.length > 0 ? await cache.read(pod.metadata.uid) : state
    this.#state = last
    this.#publishLast(pod, last, how)
    await releaseResources(pod, this.#node)
    return { at: 'terminated', ending: how, deletion: 'open' }
  }

  async #clear(work: Work & { at: 'terminated' }, pod: KubePod, state: PodState): Promise<Work> {
    this.#publishLast(pod, state, work.ending)
    if (work.ending.orphaned) {
      await removeRemains(pod, state, this.#node)
      void this.stop()
      this.#node.removed(pod.metadata.uid)
      return { at: 'removed' }
    }
    if (!pod.metadata.deletionTimestamp || isStaticPod(pod) || work.deletion === 'sent') return work
    await deleteFromApi(pod, this.#node)
    return { ...work, deletion: 'sent' }
  }

  #podIp(pod: KubePod, state: PodState): string {
    return podIpsOf(pod, state, this.#node.settings.nodeIp)[0] ?? ''
  }

  #publishLast(pod: KubePod, state: PodState, how: Ending): void {
    const isDecided = how.failed || isFinished(pod.status.phase)
    const last = isDecided ? pod : { ...pod, status: { ...pod.status, phase: finalPhase(pod, state) } }
    this.#publish(last, state, how)
  }

  #publish(pod: KubePod, state: PodState, how: Ending): void {
    if (!how.orphaned) this.#report(pod, state, this.#statusOf(pod, state, how))
  }

  #statusOf(pod: KubePod, state: PodState, how?: Ending): PodStatus {
    const { ctx, settings, prober, runtimeName } = this.#node
    return podStatus(pod, state, {
      now: ctx.clock.now(),
      hostIp: settings.nodeIp,
      verdict: (run) => prober.verdict(run),
      waiting: (name) => this.#launcher.waiting(name),
      terminationMessage: (run) => this.#lastWords.of(run),
      runtimeName,
      ...(how?.failed && { failed: how.failed }),
      ending: how !== undefined,
    })
  }

  #report(pod: KubePod, state: PodState, status: PodStatus): void {
    this.#node.statuses.set(this.#node.apiPod(pod), untilAllEnded(status, pod, state))
  }
}
