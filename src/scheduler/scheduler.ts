import { isTerminal } from '../api/core/pods.ts'
import { Namespaces, Nodes, type Pod, Pods } from '../api/core/v1/index.ts'
import { messageOf } from '../api/errors.ts'
import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import { keyOf, type Stored } from '../api/object.ts'
import { PodDisruptionBudgets } from '../api/policy/v1/index.ts'
import { nextTurn } from '../api/turn.ts'
import type { Context } from '../controller/controller.ts'
import { eventRecorder } from '../controller/events.ts'
import { podBinder } from './bind.ts'
import { Cache } from './cache.ts'
import { schedule } from './cycle.ts'
import { explain } from './diagnosis.ts'
import { nodeChanges, podChanges } from './events.ts'
import { hopelessKinds } from './hopeless.ts'
import { kinSelectors } from './kin.ts'
import type { ClusterEvent, Plugin } from './plugin.ts'
import { type PodInfo, podInfo } from './pod-info.ts'
import { preempt } from './preemption.ts'
import { defaultPlugins } from './profile.ts'
import { type QueuedPod, SchedulingQueue } from './queue.ts'

export interface SchedulerOptions {
  /** It cares for pods whose `spec.schedulerName` is this. Default `default-scheduler`. */
  schedulerName?: string
  /** Default: those of upstream's default profile. */
  plugins?: readonly Plugin[]
  /** Of all nodes, how many that fit are enough to choose from, in percent; 0 (default): 50 down to 5, by cluster size. */
  percentageOfNodesToScore?: number
  /** Default 1 s. */
  initialBackoffMs?: number
  /** Default 10 s. */
  maxBackoffMs?: number
}

export interface Scheduler {
  /** Takes no more pods. Bindings under way go on. */
  stop(): void
  /** Its informers have synced. */
  readonly started: Promise<void>
  /** No pod is waiting for its turn or being bound. Pods without room do not count. */
  readonly idle: boolean
  /** Pods without a node. */
  readonly pending: { active: number; backoff: number; unschedulable: number; gated: number }
}

/** So many pods are tried before I/O and timers get their chance. */
const podsPerTurn = 16
/** More bindings than this are not begun before others have ended. */
const mostBindings = 1000

/** Gives each pod without a node the node that suits it best, and says of the others why there is none. */
export function startScheduler(context: Context, options: SchedulerOptions = {}): Scheduler {
  const { clock, informers, random, log } = context
  const { schedulerName = 'default-scheduler', plugins = defaultPlugins, percentageOfNodesToScore } = options
  // Clients look for its events by the name that pods call it.
  const ctx: Context = { ...context, events: eventRecorder({ ...context, component: schedulerName }) }
  const pods = informers.of(Pods)
  const nodes = informers.of(Nodes)
  const namespaces = informers.of(Namespaces)
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

  const read = (pod: Stored<Pod>) => podInfo(pod, (name) => namespaces.get(name)?.metadata.labels)
  const isOurs = ({ spec, metadata }: Stored<Pod>) =>
    !spec.nodeName && !metadata.deletionTimestamp && (spec.schedulerName || 'default-scheduler') === schedulerName

  const removals = [
    nodes.on({
      added(node) {
        cache.setNode(node)
        happened({ type: 'nodeAdded', node })
      },
      updated(node, old) {
        const what = nodeChanges(node, old)
        cache.setNode(node)
        if (what.size > 0) happened({ type: 'nodeChanged', node, old, what })
      },
      deleted(node) {
        cache.removeNode(node.metadata.name)
        happened({ type: 'nodeDeleted', node })
      },
    }),
    namespaces.on({
      updated(namespace, old) {
        if (jsonEqual(namespace.metadata.labels, old.metadata.labels)) return
        cache.namespaceChanged()
        happened({ type: 'namespaceChanged', namespace })
      },
    }),
    pods.on({ added: podAdded, updated: podUpdated, deleted: podGone }),
  ]

  function podAdded(pod: Stored<Pod>): void {
    if (isTerminal(pod)) podGone(pod)
    else if (pod.spec.nodeName) {
      queue.remove(pod.metadata.uid)
      if (!cache.confirm(pod, pod.spec.nodeName)) cache.setPod(read(pod), pod.spec.nodeName)
      happened({ type: 'podAdded', pod })
    } else if (isOurs(pod)) {
      const info = read(pod)
      if (pod.status.nominatedNodeName) cache.nominate(info.uid, { pod: info, node: pod.status.nominatedNodeName })
      queue.add(info)
    } else podGone(pod)
  }

  function podUpdated(pod: Stored<Pod>, old: Stored<Pod>): void {
    const { uid } = pod.metadata
    const sameNode = pod.spec.nodeName === old.spec.nodeName
    const what = podChanges(pod, old)
    if (!sameNode || isTerminal(pod)) podAdded(pod)
    else if (pod.spec.nodeName) {
      if (what.size === 0 && cache.confirm(pod, pod.spec.nodeName)) return
      cache.setPod(read(pod), pod.spec.nodeName)
      happened({ type: 'podChanged', pod, old, what })
    } else if (isOurs(pod)) {
      if (what.size > 0 || !queue.get(uid)) podAdded(pod)
      else queue.refresh(read(pod))
    } else podGone(pod)
  }

  function podGone(pod: Stored<Pod>): void {
    const { uid } = pod.metadata
    queue.remove(uid)
    const counted = cache.pod(uid) !== undefined || cache.nominationOf(uid) !== undefined
    cache.nominate(uid, undefined)
    cache.removePod(uid)
    if (counted) happened({ type: 'podDeleted', pod })
  }

  /** Only a pod that has found its place makes no room. */
  function happened(event: ClusterEvent): void {
    if (event.type !== 'podAdded') hopeless.forget()
    queue.moveFor(event)
  }

  function wake(): void {
    if (running || stopped || !ready) return
    running = true
    void work()
  }

  async function work(): Promise<void> {
    // Not in the turn of whoever woke us: what comes together is queued together, and the highest priority goes first.
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

  /** Less important pods that wait for the same room have to look elsewhere. */
  function makeRoom(info: PodInfo, { node, victims }: { node: string; victims: PodInfo[] }): void {
    for (const other of cache.nominated(node)) {
      if (other.priority >= info.priority) continue
      cache.nominate(other.uid, undefined)
      binder.clearNomination(other)
    }
    cache.nominate(info.uid, { pod: info, node })
    for (const victim of victims) binder.evict(victim, info, node)
  }

  /** Its place is free again; it gets another try unless it is gone or somebody else has bound it. */
  function notBound(queued: QueuedPod, info: PodInfo, error: unknown): void {
    if (cache.pod(info.uid)?.assumed) {
      cache.removePod(info.uid)
      happened({ type: 'podDeleted', pod: info.pod })
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

  const started = Promise.all([pods, nodes, namespaces, budgets, kin].map(({ synced }) => synced)).then(() => {
    ready = true
    wake()
  })

  return {
    stop() {
      stopped = true
      ending.abort()
      for (const remove of removals) remove()
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
