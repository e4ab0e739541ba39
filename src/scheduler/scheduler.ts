import { type Pod, Pods } from '../api/core/v1/index.ts'
import { messageOf } from '../api/errors.ts'
import { keyOf, type Stored } from '../api/object.ts'
import { PodDisruptionBudgets } from '../api/policy/v1/index.ts'
import { nextTurn } from '../api/turn.ts'
import type { Context } from '../controller/controller.ts'
import { eventRecorder } from '../controller/events.ts'
import { podBinder } from './bind.ts'
import { Cache } from './cache.ts'
import { schedule } from './cycle.ts'
import { explain } from './diagnosis.ts'
import { hopelessKinds } from './hopeless.ts'
import { takeIn } from './intake.ts'
import { kinSelectors } from './kin.ts'
import type { Plugin } from './plugin.ts'
import type { PodInfo } from './pod-info.ts'
import { preempt } from './preemption.ts'
import { defaultPlugins } from './profile.ts'
import { type QueuedPod, SchedulingQueue } from './queue.ts'

export interface SchedulerOptions {
  /** The `spec.schedulerName` of its pods. Default `default-scheduler`. */
  schedulerName?: string
  /** Default: upstream's default profile. */
  plugins?: readonly Plugin[]
  /** Share of nodes in percent that must fit before the search ends; 0 (default): 50 down to 5, by cluster size. */
  percentageOfNodesToScore?: number
  /** Default 1 s. */
  initialBackoffMs?: number
  /** Default 10 s. */
  maxBackoffMs?: number
}

export interface Scheduler {
  /** Takes no more pods. Bindings under way continue. */
  stop(): void
  /** Its informers have synced. */
  readonly started: Promise<void>
  /** No pod waits for its turn or is being bound. Pods without room do not count. */
  readonly idle: boolean
  /** Pods without a node. */
  readonly pending: { active: number; backoff: number; unschedulable: number; gated: number }
}

/** Pods tried before I/O and timers get a chance. */
const podsPerTurn = 16
/** The most bindings under way at the same time. */
const mostBindings = 1000

/** Binds each pod without a node to the best node, or reports why there is none. */
export function startScheduler(context: Context, options: SchedulerOptions = {}): Scheduler {
  const { clock, informers, random, log } = context
  const { schedulerName = 'default-scheduler', plugins = defaultPlugins, percentageOfNodesToScore } = options
  // Clients search its events by the schedulerName of pods.
  const ctx: Context = { ...context, events: eventRecorder({ ...context, component: schedulerName }) }
  const pods = informers.of(Pods)
  const budgets = informers.of(PodDisruptionBudgets)
  const kin = kinSelectors(informers)
  const cache = new Cache(kin.of)
  const queue = new SchedulingQueue({ ...options, clock, plugins, snapshot: cache, ready: wake })
  const ending = new AbortController()
  const binder = podBinder(ctx, ending.signal)
  const hopeless = hopelessKinds()
  let start = 0
  let running = false
  let ready = false
  let stopped = false

  const isOurs = ({ spec, metadata }: Stored<Pod>) =>
    !spec.nodeName && !metadata.deletionTimestamp && (spec.schedulerName || 'default-scheduler') === schedulerName

  const intake = takeIn(informers, {
    cache,
    queue,
    isOurs,
    /** The placement of a pod is the only event that makes no room. */
    happened(event) {
      if (event.type !== 'podAdded') hopeless.forget()
      queue.moveFor(event)
    },
  })

  function wake(): void {
    if (running || stopped || !ready) return
    running = true
    void work()
  }

  async function work(): Promise<void> {
    // Starts in a later turn: pods that come together are queued together, and the highest priority goes first.
    await Promise.resolve()
    for (let tried = 1, next = queue.pop(); next && !stopped; tried++, next = queue.pop()) {
      try {
        attempt(next)
      } catch (error) {
        log.error(`scheduling ${next.info.key} failed, will try again`, { error: String(error) })
        queue.failed(next)
      }
      if (tried % podsPerTurn === 0) await nextTurn()
      while (binder.underWay >= mostBindings) await binder.progress()
    }
    running = false
  }

  function attempt(queued: QueuedPod): void {
    const { info } = queued
    const nominated = cache.nominationOf(info.uid) !== undefined
    const known = nominated ? undefined : hopeless.get(info)
    if (known) {
      queue.turnedAway(queued, known.plugins)
      binder.report(info, 'Unschedulable', explain(known))
      return
    }
    const decision = schedule(info, cache, { plugins, random, start, percentageOfNodesToScore })
    start = decision.next
    if ('node' in decision) {
      const { name } = decision.node
      cache.nominate(info.uid, undefined)
      cache.setPod(info, name, true)
      binder.bind(info, name, (error) => {
        if (error) notBound(queued, info, error)
      })
      return
    }
    const { why, prepared } = decision
    const found = why.nodes > 0 ? preempt(info, cache, { prepared, why, budgets: budgets.list(), random }) : undefined
    queue.turnedAway(queued, why.plugins)
    if (found && 'node' in found) makeRoom(info, found)
    else {
      if (found) why.afterwards = found.message
      if (!nominated) hopeless.set(info, why)
    }
    binder.report(info, 'Unschedulable', explain(why), cache.nominationOf(info.uid))
  }

  /** Less important pods that wait for the same room lose their nomination. */
  function makeRoom(info: PodInfo, { node, victims }: { node: string; victims: PodInfo[] }): void {
    for (const other of cache.nominated(node)) {
      if (other.priority >= info.priority) continue
      cache.nominate(other.uid, undefined)
      binder.clearNomination(other)
    }
    cache.nominate(info.uid, { pod: info, node })
    for (const victim of victims) binder.evict(victim, info, node)
  }

  /** Frees its place and retries it, unless it is gone or another scheduler has bound it. */
  function notBound(queued: QueuedPod, info: PodInfo, error: unknown): void {
    if (cache.pod(info.uid)?.assumed) {
      cache.removePod(info.uid)
      intake.happened({ type: 'podDeleted', pod: info.pod })
    }
    const present = pods.get(info.key)
    if (stopped || present?.metadata.uid !== info.uid || !isOurs(present)) {
      queue.remove(info.uid)
      return
    }
    log.warn(`binding ${keyOf(info.pod)} failed, will try again`, { error: String(error) })
    queue.failed(queued)
    binder.report(info, 'SchedulerError', `binding rejected: running Bind plugin "DefaultBinder": ${messageOf(error)}`)
  }

  const started = Promise.all([intake, budgets, kin].map(({ synced }) => synced)).then(() => {
    ready = true
    wake()
  })

  return {
    stop() {
      stopped = true
      ending.abort()
      intake.stop()
      queue.stop()
    },
    started,
    get idle() {
      return !running && !queue.hasWork && binder.underWay === 0
    },
    get pending() {
      return queue.counts
    },
  }
}
