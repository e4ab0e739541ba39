import { taintKeys, tolerates } from '../../api/core/taints.ts'
import type { Context } from '../../controller/controller.ts'
import { qosClass } from '../container/qos.ts'
import type { Failure } from '../failure.ts'
import type { MachineResources } from '../host/host.ts'
import { nodeReference } from '../node-reference.ts'
import type { KubePod } from '../pod.ts'
import { hasOwnLimits } from './local-storage.ts'
import { PressureMemory, type Sighting } from './pressure.ts'
import { evictionMessage, isCritical, ranked } from './ranking.ts'
import { type Observations, type Pressure, type Signal, signals } from './signals.ts'
import type { EvictionOptions, Threshold } from './thresholds.ts'
import type { PodUsage } from './usage.ts'

/** A candidate for eviction. */
export interface Evictable {
  readonly pod: KubePod
  /** Its containers have ended, and its volumes are gone. */
  readonly hasLetGo: boolean
  evict(failed: Failure, graceSeconds?: number): void
}

/** The dependencies of an eviction manager. */
export interface EvictionNode {
  ctx: Context
  nodeName: string
  options: Pick<EvictionOptions, 'transitionMs' | 'maxPodGraceSeconds'>
  thresholds: readonly Threshold[]
  resources(): Promise<MachineResources>
  /** Pods that are not terminating. */
  candidates(): Evictable[]
  usage(pod: KubePod): Promise<PodUsage | undefined>
  /** Why the kubelet evicts a pod for its own usage, even if the node has room. */
  beyondOwnLimits(pod: KubePod): Promise<string | undefined>
  /** Frees disk space without affecting running pods. */
  freeDisk(): Promise<void>
  /** Reports the present conditions; returns whether the API server has them. */
  report(pressures: readonly Pressure[]): Promise<boolean>
}

/** The longest wait for an evicted pod before the next eviction. */
const patienceMs = 30_000
/** Grace period, in seconds, of a pod that must go at once. */
const atOnceSeconds = 1
const reason = 'Evicted'

/**
 * Keeps a node from running out of memory, disk or process numbers ('Node-pressure Eviction'). Measures what is left, sets
 * the node's conditions, frees unused space, and then evicts one pod at a time until the pressure ends.
 */
export class EvictionManager {
  readonly #node: EvictionNode
  readonly #memory: PressureMemory
  #pressures: Pressure[] = []
  /** The conditions that the API server has. Refuse pods for these only: otherwise the scheduler would send them again and again. */
  #reported: Pressure[] = []
  #leaving: { pod: Evictable; since: number } | undefined

  constructor(node: EvictionNode) {
    this.#node = node
    this.#memory = new PressureMemory(node.thresholds, node.options.transitionMs ?? 300_000)
  }

  /** The conditions of the last check. */
  get pressures(): readonly Pressure[] {
    return this.#pressures
  }

  /** Why a pod may not come now; undefined: it may. Under memory pressure alone, pods that request memory may. */
  admit(pod: KubePod): Failure | undefined {
    if (this.#reported.length === 0 || isCritical(pod)) return undefined
    if (this.#reported.every((pressure) => pressure === 'MemoryPressure')) {
      const taint = { key: taintKeys.memoryPressure, effect: 'NoSchedule' }
      const { tolerations = [] } = pod.spec
      if (qosClass(pod) !== 'BestEffort' || tolerations.some((toleration) => tolerates(toleration, taint)))
        return undefined
    }
    const message = `Pod was rejected: The node had condition: [${this.#reported.join(' ')}]. `
    return { reason, message }
  }

  /** Checks the node once, and acts on the result. */
  async synchronize(): Promise<void> {
    const { ctx, nodeName, freeDisk } = this.#node
    const resources = await this.#node.resources()
    const { due } = await this.#look(resources)
    if (await this.#endGreedy()) return
    if (this.#isPatient()) return
    const [worst] = due
    if (!worst) return
    const { resource, condition } = signals[worst.signal]
    ctx.events.record(nodeReference(nodeName), 'Warning', 'EvictionThresholdMet', `Attempting to reclaim ${resource}`)
    ctx.log.warn('the node is under pressure', { signal: worst.signal })
    // If images have a disk of their own, removing some does not help the node's.
    if (condition === 'DiskPressure' && !(resources.separateImageFs && worst.signal.startsWith('nodefs'))) {
      await freeDisk()
      const left = await this.#node.resources()
      if (!(await this.#look(left)).due.some(({ signal }) => signal === worst.signal)) return
      return this.#evictOne(worst, left)
    }
    return this.#evictOne(worst, resources)
  }

  async #look(resources: MachineResources): Promise<Sighting> {
    const sighting = this.#memory.look(observationsOf(resources), this.#node.ctx.clock.now())
    this.#pressures = sighting.pressures
    const isNews = this.#reported.join() !== sighting.pressures.join()
    if (isNews && (await this.#node.report(sighting.pressures))) this.#reported = sighting.pressures
    return sighting
  }

  /** Whether the last evicted pod is still terminating. */
  #isPatient(): boolean {
    if (!this.#leaving) return false
    const { pod, since } = this.#leaving
    if (!pod.hasLetGo && this.#node.ctx.clock.now() - since < patienceMs) return true
    this.#leaving = undefined
    return false
  }

  /** Evicts pods beyond their own limits. True: there were some, so the pressure may end. */
  async #endGreedy(): Promise<boolean> {
    let ended = false
    for (const candidate of this.#node.candidates().filter(({ pod }) => hasOwnLimits(pod))) {
      const message = await this.#node.beyondOwnLimits(candidate.pod)
      if (!message) continue
      candidate.evict({ reason, message }, atOnceSeconds)
      ended = true
    }
    return ended
  }

  async #evictOne(threshold: Threshold, resources: MachineResources): Promise<void> {
    const { ctx, options, usage, candidates } = this.#node
    const { signal, graceMs } = threshold
    const all = candidates().filter(({ pod }) => !isCritical(pod))
    const measured = await Promise.all(all.map(async (to) => ({ to, pod: to.pod, usage: await usage(to.pod) })))
    const [target] = ranked(measured, signal, resources.separateImageFs)
    const seen = observationsOf(resources)[signal]
    if (!target || !seen) return ctx.log.info('no pod is left that could be evicted', { signal })
    const message = evictionMessage(target, threshold, seen)
    const graceSeconds = graceMs === 0 ? atOnceSeconds : (options.maxPodGraceSeconds ?? 0)
    ctx.log.info('a pod is evicted', { pod: `${target.pod.metadata.namespace}/${target.pod.metadata.name}`, signal })
    target.to.evict({ reason, message, isDisruption: true }, graceSeconds)
    this.#leaving = { pod: target.to, since: ctx.clock.now() }
  }
}

/** Leaves out signals that the machine cannot measure. */
function observationsOf({ memory, processes, nodeFs, imageFs }: MachineResources): Observations {
  const all: Record<Signal, { capacity: number; available: number }> = {
    'memory.available': memory,
    'nodefs.available': { capacity: nodeFs.capacityBytes, available: nodeFs.availableBytes },
    'nodefs.inodesFree': { capacity: nodeFs.inodes, available: nodeFs.inodesFree },
    'imagefs.available': { capacity: imageFs.capacityBytes, available: imageFs.availableBytes },
    'imagefs.inodesFree': { capacity: imageFs.inodes, available: imageFs.inodesFree },
    'pid.available': processes,
  }
  return Object.fromEntries(Object.entries(all).filter(([, { capacity }]) => capacity > 0))
}
