import type { Cancel } from '../../api/clock.ts'
import { conditionOf } from '../../api/conditions.ts'
import { type Pod, type PodCondition, type PodStatus, Pods } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import { nextTurn } from '../../api/turn.ts'
import type { Context } from '../../controller/controller.ts'
import type { KubePod } from '../pod.ts'
import { kubeletConditions } from './conditions.ts'

interface Entry {
  /** The pod in the API whose status it is: a static pod's is its mirror. */
  pod: KubePod
  wanted: PodStatus
  /** The newest version known, be it from the watch or from our own write. */
  known: KubePod
  /** The version that our last write made. */
  written?: string
  sending: Promise<void> | undefined
  /** A write was answered in this turn of the event loop: what comes in the rest of it is one write. */
  gathering?: boolean
  retry?: Cancel
  /** The pause before the next retry, where the last write failed. */
  pauseMs?: number
  /** Only generations differ: they are written in a while, or with what comes before. */
  later?: Cancel
}

const firstRetryMs = 1000
/** Upstream's kubelet writes what differs from the API as often. */
const maxRetryMs = 10_000
/** How long a new generation waits to be written, where nothing else in the status is new. */
const generationMs = 1000

/**
 * Brings pods' statuses to the API: for each pod one write at a time and in a turn of the event loop, the newest status
 * only, and only what differs. So one write says that a simulated pod has its sandbox and its containers. There are as few
 * writes as can be: each makes the next update fail of every client that has just read the pod.
 */
export class StatusManager {
  readonly #ctx: Context
  readonly #entries = new Map<string, Entry>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** The pod with the newest status known: what we have written, or are about to, may be ahead of the watch. */
  current(pod: KubePod): KubePod {
    const entry = this.#entries.get(pod.metadata.uid)
    if (!entry) return pod
    // Taken down before what is wanted is mixed in: `set` gets the mixture, and must not take it for the API's.
    if (isNewer(pod, entry.known)) entry.known = pod
    const status = isNewer(entry.known, pod) ? entry.known.status : pod.status
    const isPending = entry.sending !== undefined || entry.gathering || entry.retry !== undefined
    return { ...pod, status: isPending ? withWanted(status, entry.wanted) : status }
  }

  set(pod: KubePod, status: PodStatus): void {
    const { uid } = pod.metadata
    const entry = this.#entries.get(uid)
    if (!entry) {
      const made: Entry = { pod, wanted: status, known: pod, sending: undefined }
      this.#entries.set(uid, made)
      this.#send(made)
      return
    }
    entry.pod = pod
    entry.wanted = status
    if (isNewer(pod, entry.known)) entry.known = pod
    if (!entry.gathering) this.#send(entry)
  }

  /** Whether this version of the pod came of a status that we wrote. Its event may be faster than the answer to us. */
  async isOwnWrite({ metadata: { uid, resourceVersion } }: KubePod): Promise<boolean> {
    const entry = this.#entries.get(uid)
    await entry?.sending
    return entry?.written === resourceVersion
  }

  /** Resolves when what was set last has been written, or has failed once. */
  async flush(uid: string): Promise<void> {
    const entry = this.#entries.get(uid)
    if (!entry) return
    await entry.sending
    this.#send(entry, { inFull: true })
    await entry.sending
  }

  forget(uid: string): void {
    const entry = this.#entries.get(uid)
    entry?.retry?.()
    entry?.later?.()
    this.#entries.delete(uid)
  }

  stop(): void {
    for (const uid of this.#entries.keys()) this.forget(uid)
  }

  /** `inFull`: even where only generations differ. */
  #send(entry: Entry, { inFull = false } = {}): void {
    if (entry.sending || entry.retry || this.#entries.get(entry.known.metadata.uid) !== entry) return
    const { wanted } = entry
    const patch = statusPatch(entry.known.status, wanted)
    if (!patch) return
    if (!inFull && isOnlyGenerations(entry.known.status, wanted)) {
      this.#sendLater(entry)
      return
    }
    entry.later?.()
    delete entry.later
    entry.sending = this.#write(entry, patch).then((isWritten) => {
      entry.sending = undefined
      entry.gathering = true
      void nextTurn().then(() => {
        entry.gathering = false
        // What was not found has gone: there is nothing to report to.
        if (isWritten || entry.wanted !== wanted) this.#send(entry)
      })
    })
  }

  #sendLater(entry: Entry): void {
    entry.later ??= this.#ctx.clock.after(generationMs, () => {
      delete entry.later
      this.#send(entry, { inFull: true })
    })
  }

  async #write(entry: Entry, status: Record<string, unknown>): Promise<boolean> {
    const { name, namespace, uid } = entry.pod.metadata
    const where = { name, ...(namespace !== undefined && { namespace }) }
    const options = { subresource: 'status', type: 'strategic' } as const
    try {
      const written = await this.#ctx.client.patch(Pods, where, { metadata: { uid }, status }, options)
      entry.written = written.metadata.resourceVersion
      delete entry.pauseMs
      if (isNewer(written, entry.known)) entry.known = written
      return true
    } catch (error) {
      if (codeOf(error) === 404) return false
      this.#retryLater(entry, error)
      return false
    }
  }

  /** A conflict is over when the watch has caught up. After any other failure the pauses double. */
  #retryLater(entry: Entry, error: unknown): void {
    if (this.#entries.get(entry.pod.metadata.uid) !== entry) return
    const { clock, log } = this.#ctx
    const isConflict = codeOf(error) === 409
    const pauseMs = isConflict ? firstRetryMs : (entry.pauseMs ?? firstRetryMs)
    if (isConflict) delete entry.pauseMs
    else entry.pauseMs = Math.min(pauseMs * 2, maxRetryMs)
    // Of another pod of that name the kubelet is about to hear.
    const level = isConflict ? 'debug' : 'warn'
    log[level]('cannot write the status of a pod', { pod: keyOf(entry.pod), error: String(error) })
    entry.retry = clock.after(pauseMs, () => {
      delete entry.retry
      this.#send(entry)
    })
  }
}

/** Resource versions are ordered since 1.35 (KEP-5504). */
const isNewer = (a: Stored<Pod>, b: Stored<Pod>): boolean =>
  Number(a.metadata.resourceVersion) > Number(b.metadata.resourceVersion)

/** The fields of a pod's status that are the kubelet's to write. */
const owned = [
  'observedGeneration',
  'phase',
  'reason',
  'message',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies (keyof PodStatus)[]

/** The conditions of others may have changed since `wanted` was made. */
function withWanted(status: PodStatus, wanted: PodStatus): PodStatus {
  const own = wanted.conditions?.filter(({ type }) => kubeletConditions.has(type)) ?? []
  const rest = status.conditions?.filter(({ type }) => !own.some((c) => c.type === type)) ?? []
  return { ...status, ...wanted, conditions: [...own, ...rest] }
}

/** A strategic merge patch from one status to another; undefined where they are the same. */
export function statusPatch(from: PodStatus, to: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  for (const field of owned) {
    const [old, wanted] = [from[field], to[field]]
    if (jsonEqual(old, wanted)) continue
    patch[field] = wanted ?? null
  }
  for (const field of ['podIPs', 'hostIPs'] as const) {
    // These lists are merged by ip: what is no longer wanted has to be said.
    const gone = (from[field] ?? []).filter((old) => !to[field]?.some(({ ip }) => ip === old.ip))
    if (patch[field] && gone.length > 0)
      patch[field] = [...(to[field] ?? []), ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))]
  }
  const conditions = keptTimes(from, to).filter(
    (c) => kubeletConditions.has(c.type) && !jsonEqual(c, conditionOf(from.conditions, c.type)),
  )
  if (conditions.length > 0) patch.conditions = conditions.map((c) => withoutStale(c, from.conditions ?? []))
  return Object.keys(patch).length > 0 ? patch : undefined
}

function isOnlyGenerations(from: PodStatus, to: PodStatus): boolean {
  if (from.observedGeneration === to.observedGeneration) return false
  return statusPatch(withoutGenerations(from), withoutGenerations(to)) === undefined
}

function withoutGenerations({ observedGeneration: _, conditions = [], ...rest }: PodStatus): PodStatus {
  return { ...rest, conditions: conditions.map(({ observedGeneration: __, ...condition }) => condition) }
}

/** A condition that has not changed has not changed when we say, even when `to` was made before `from` was known. */
const keptTimes = (from: PodStatus, to: PodStatus): PodCondition[] =>
  (to.conditions ?? []).map((c) => {
    const old = conditionOf(from.conditions, c.type)
    return old?.status === c.status && old.lastTransitionTime ? { ...c, lastTransitionTime: old.lastTransitionTime } : c
  })

/** A merged condition keeps the old one's reason and message unless they are taken away. */
function withoutStale(condition: PodCondition, before: PodCondition[]): Record<string, unknown> {
  const old = before.find((c) => c.type === condition.type)
  return {
    ...(old?.reason !== undefined && { reason: null }),
    ...(old?.message !== undefined && { message: null }),
    ...condition,
  }
}
