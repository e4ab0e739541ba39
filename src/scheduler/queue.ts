import type { Cancel, Clock } from '../api/clock.ts'
import { Heap } from './heap.ts'
import type { ClusterEvent, Plugin } from './plugin.ts'
import type { PodInfo } from './pod-info.ts'
import type { Snapshot } from './snapshot.ts'

/** A pod that waits for a node. */
export interface QueuedPod {
  info: PodInfo
  /** Number of attempts that found it unschedulable. */
  attempts: number
  /** Number of other failures in a row (binding failed). */
  errors: number
  /** When it entered the queue, in milliseconds; among equal priorities, the earliest goes first. */
  readonly since: number
  /** The end of its last attempt, in milliseconds. */
  failedAt: number
  /** The plugins that rejected it. */
  rejectedBy: ReadonlySet<string>
  place: Place
  /** Counts its moves, to recognize stale entries in a heap. */
  moves: number
}

/** `gated` pods may not be tried yet; `busy` ones are in a cycle. */
type Place = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'busy'

export interface QueueOptions {
  clock: Clock
  plugins: readonly Plugin[]
  /** The cluster as it is. */
  snapshot: Snapshot
  /** Called when a pod is ready to pop. */
  ready(): void
  /** Default 1 s. */
  initialBackoffMs?: number
  /** Default 10 s. */
  maxBackoffMs?: number
}

/** The queue may miss events: after this time it retries an unschedulable pod in any case. */
const longestWaitMs = 5 * 60_000
/** After this many attempts, a pod always waits out its back-off. */
const mostEarly = 3
/** Time between two checks for such pods. */
const flushEveryMs = 30_000

interface Entry {
  queued: QueuedPod
  move: number
}

/**
 * The pods without a node: those to try next (active, by priority), those that failed recently (back-off), and those without
 * room (unschedulable), which wait for an event that may help them.
 */
export class SchedulingQueue {
  readonly #options: QueueOptions
  readonly #pods = new Map<string, QueuedPod>()
  readonly #active = new Heap<Entry>(({ queued: a }, { queued: b }) => goesBefore(a, b))
  readonly #backoff = new Heap<Entry>(({ queued: a }, { queued: b }) => this.#backoffEnd(a) < this.#backoffEnd(b))
  readonly #unschedulable = new Set<QueuedPod>()
  readonly #plugins: ReadonlyMap<string, Plugin>
  #timer: { due: number; cancel: Cancel } | undefined
  #flush: Cancel | undefined

  constructor(options: QueueOptions) {
    this.#options = options
    this.#plugins = new Map(options.plugins.map((plugin) => [plugin.name, plugin]))
  }

  stop(): void {
    this.#flush?.()
    this.#timer?.cancel()
    this.#pods.clear()
    this.#unschedulable.clear()
  }

  /** Adds a new pod without a node, or a pod whose change may make it fit. */
  add(info: PodInfo): void {
    const known = this.#pods.get(info.uid)
    const queued = known ?? newcomer(info, this.#options.clock.now())
    queued.info = info
    this.#pods.set(info.uid, queued)
    if (queued.place === 'busy' && known) return
    if (info.pod.spec.schedulingGates?.length) this.#move(queued, 'gated')
    else this.#again(queued)
  }

  /** Updates a pod's state without a retry. */
  refresh(info: PodInfo): void {
    const known = this.#pods.get(info.uid)
    if (known) known.info = info
  }

  /** Removes a pod that has a node or is gone. */
  remove(uid: string): void {
    const known = this.#pods.get(uid)
    if (!known) return
    this.#pods.delete(uid)
    this.#unschedulable.delete(known)
    known.moves++
  }

  get(uid: string): QueuedPod | undefined {
    return this.#pods.get(uid)
  }

  /**
   * The next pod to try. If no pod is due, a rejected pod need not wait out its back-off; after several rejections it must, so
   * that a growing cluster does not try the same pods over and over.
   */
  pop(): QueuedPod | undefined {
    const next =
      take(this.#active) ?? take(this.#backoff, ({ errors, attempts }) => errors === 0 && attempts <= mostEarly)
    if (next) this.#move(next, 'busy')
    return next
  }

  /** Puts back a pod without a node; `plugins` rejected it. */
  turnedAway(queued: QueuedPod, plugins: ReadonlySet<string>): void {
    queued.attempts++
    queued.errors = 0
    queued.rejectedBy = plugins
    queued.failedAt = this.#options.clock.now()
    if (this.#pods.has(queued.info.uid)) this.#move(queued, 'unschedulable')
  }

  /** Puts back a pod after another failure than lack of room. */
  failed(queued: QueuedPod): void {
    queued.errors++
    queued.failedAt = this.#options.clock.now()
    if (this.#pods.has(queued.info.uid)) this.#again(queued)
  }

  /** Retries the pods for which an event may have made room. */
  moveFor(event: ClusterEvent): void {
    for (const queued of this.#unschedulable) if (this.#mayHelp(event, queued)) this.#again(queued)
  }

  get counts(): { active: number; backoff: number; unschedulable: number; gated: number } {
    const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0, busy: 0 }
    for (const { place } of this.#pods.values()) counts[place]++
    const { active, backoff, unschedulable, gated } = counts
    return { active, backoff, unschedulable, gated }
  }

  get hasWork(): boolean {
    drop(this.#active)
    return this.#active.size > 0
  }

  #mayHelp(event: ClusterEvent, { info, rejectedBy }: QueuedPod): boolean {
    if (rejectedBy.size === 0) return true
    for (const name of rejectedBy) {
      const plugin = this.#plugins.get(name)
      if (!plugin?.helps || plugin.helps(event, info, this.#options.snapshot)) return true
    }
    return false
  }

  #again(queued: QueuedPod): void {
    const waits = this.#backoffEnd(queued) > this.#options.clock.now()
    this.#move(queued, waits ? 'backoff' : 'active')
    const early = queued.errors === 0 && queued.attempts <= mostEarly
    if (waits && !early) this.#wakeAt(this.#backoffEnd(queued))
    else this.#options.ready()
  }

  #move(queued: QueuedPod, place: Place): void {
    this.#unschedulable.delete(queued)
    queued.place = place
    queued.moves++
    const entry = { queued, move: queued.moves }
    if (place === 'active') this.#active.push(entry)
    else if (place === 'backoff') this.#backoff.push(entry)
    else if (place === 'unschedulable') {
      this.#unschedulable.add(queued)
      this.#flushLater()
    }
  }

  #backoffEnd({ attempts, errors, failedAt }: QueuedPod): number {
    const { initialBackoffMs = 1000, maxBackoffMs = 10_000 } = this.#options
    const failures = errors || attempts
    return failures === 0 ? 0 : failedAt + Math.min(maxBackoffMs, initialBackoffMs * 2 ** (failures - 1))
  }

  #wakeAt(due: number): void {
    if (this.#timer && this.#timer.due <= due) return
    this.#timer?.cancel()
    const { clock, ready } = this.#options
    const cancel = clock.after(due - clock.now(), () => {
      this.#timer = undefined
      for (;;) {
        drop(this.#backoff)
        const next = this.#backoff.peek()?.queued
        if (!next) break
        const end = this.#backoffEnd(next)
        if (end > clock.now()) return this.#wakeAt(end)
        this.#backoff.pop()
        this.#move(next, 'active')
        ready()
      }
    })
    this.#timer = { due, cancel }
  }

  /** When the longest waiting pod is due; the map is in this order. */
  #flushLater(): void {
    const [oldest] = this.#unschedulable
    if (this.#flush || !oldest) return
    const { clock } = this.#options
    const wait = Math.max(oldest.failedAt + longestWaitMs - clock.now(), flushEveryMs)
    this.#flush = clock.after(wait, () => {
      this.#flush = undefined
      const overdue = clock.now() - longestWaitMs
      for (const queued of this.#unschedulable) if (queued.failedAt <= overdue) this.#again(queued)
      this.#flushLater()
    })
  }
}

const newcomer = (info: PodInfo, since: number): QueuedPod => ({
  info,
  attempts: 0,
  errors: 0,
  since,
  failedAt: 0,
  rejectedBy: new Set(),
  place: 'active',
  moves: 0,
})

/** Higher priority first, then first come, first served. */
const goesBefore = (a: QueuedPod, b: QueuedPod): boolean =>
  a.info.priority > b.info.priority || (a.info.priority === b.info.priority && a.since < b.since)

/** Takes stale entries off the top. */
function drop(heap: Heap<Entry>): void {
  for (let top = heap.peek(); top && top.move !== top.queued.moves; top = heap.peek()) heap.pop()
}

function take(heap: Heap<Entry>, may: (queued: QueuedPod) => boolean = () => true): QueuedPod | undefined {
  drop(heap)
  const top = heap.peek()
  return top && may(top.queued) ? heap.pop()?.queued : undefined
}
