import type { Clock } from '../../api/clock.ts'
import { Nodes, type Pod, Pods } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import { type RoutineClock, routinely } from '../../api/routine.ts'
import type { Client } from '../../client/client.ts'
import type { Context } from '../../controller/controller.ts'
import { eventRecorder } from '../../controller/events.ts'
import { controllerOf } from '../../controller/ownership.ts'
import { defaultHard } from '../../kubelet/eviction/thresholds.ts'
import type { Host } from '../../kubelet/host/host.ts'
import { simulatedHost } from '../../kubelet/host/simulated.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'
import { podCidrOf, type SimulatedFleet } from '../../kubelet/simulated/nodes.ts'
import type { PodHandler, PodSource } from '../../kubelet/sources/pod-source.ts'
import { type SimulatedOptions, type SimulatedRuntime, simulatedRuntime } from '../../runtime/simulated/simulated.ts'
import { type Duration, durationMs } from '../duration.ts'
import { checkWord } from '../given.ts'
import type { TestNode } from './test-node.ts'

export interface TestNodeOptions {
  index: number
  name: string
  fleet: SimulatedFleet
  /** The cluster's context, for the nodes' shared parts. */
  ctx: Context
  /** As an administrator. */
  admin: Client
  /** As this node. */
  client: Client
  runtime: Pick<SimulatedOptions, 'imageBehaviour'>
}

/** A machine under the control of tests. */
export class SimulatedMachine implements TestNode {
  readonly name: string
  readonly #options: TestNodeOptions
  readonly #clock: Clock
  #skewMs = 0
  #reachable = true
  readonly #shortOf = new Set<'memory' | 'disk' | 'pid'>()
  #runtime: SimulatedRuntime
  #kubelet: Kubelet | undefined
  #source: CutSource | undefined

  constructor(options: TestNodeOptions) {
    const { clock } = options.ctx
    this.name = options.name
    this.#options = options
    const own: RoutineClock = {
      now: () => clock.now() + this.#skewMs,
      after: (ms, callback) => clock.after(ms, callback),
      routine: (ms, callback) => routinely(clock, ms, callback),
    }
    this.#clock = own
    this.#runtime = this.#newRuntime()
  }

  /** Makes the node work again; does nothing to a working one. */
  async mend(): Promise<void> {
    this.#shortOf.clear()
    this.#skewMs = 0
    if (!this.#reachable) await this.recover()
  }

  /** Whether its requests get through. */
  get reachable(): boolean {
    return this.#reachable
  }

  /** @throws Error if the network does not reach it */
  reachableKubelet(): Kubelet {
    if (this.#kubelet && this.#reachable) return this.#kubelet
    throw new Error(`dial ${this.name}: connect: no route to host`)
  }

  async start(): Promise<void> {
    const { fleet, ctx, client, index } = this.#options
    const clock = this.#clock
    // The names of Events count by clock: use the cluster's, even if this node's is skewed, so that no two share a name.
    const events = eventRecorder({ ...ctx, client, component: 'kubelet', host: this.name })
    this.#kubelet = await fleet.start(index, {
      ctx: { ...ctx, clock, client, events },
      runtime: this.#runtime,
      host: this.#host(),
      // Upstream has no default threshold for process numbers, so they would never run short.
      eviction: { hard: { ...defaultHard, 'pid.available': '1k' } },
      pods: (source) => {
        this.#source = new CutSource(source)
        return this.#source
      },
    })
  }

  async stop(): Promise<void> {
    // Concurrently: a kubelet releases a pod after its step, which may be a start that takes an hour.
    await Promise.all([this.#kubelet?.stop(), this.#runtime.close()])
    this.#kubelet = undefined
  }

  async fail(): Promise<void> {
    this.#reachable = false
    await this.stop()
  }

  async recover(): Promise<void> {
    this.#reachable = true
    if (this.#kubelet) return this.#source?.mend()
    this.#runtime = this.#newRuntime()
    await this.start()
  }

  partition(): void {
    this.#reachable = false
    this.#source?.cut()
  }

  async cordon(): Promise<void> {
    await this.#options.admin.patch(Nodes, { name: this.name }, { spec: { unschedulable: true } })
  }

  async uncordon(): Promise<void> {
    await this.#options.admin.patch(Nodes, { name: this.name }, { spec: { unschedulable: null } })
  }

  async drain(): Promise<string[]> {
    const { admin } = this.#options
    await this.cordon()
    const { items } = await admin.list(Pods, { fieldSelector: `spec.nodeName=${this.name}` })
    const held: string[] = []
    for (const pod of items) {
      if (controllerOf(pod)?.kind === 'DaemonSet') continue
      const { name, namespace } = pod.metadata
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } }
      try {
        await admin.post(Pods, { name, ...(namespace && { namespace }) }, 'eviction', eviction)
      } catch (error) {
        if (codeOf(error) === 429) held.push(`${namespace}/${name}`)
        else if (codeOf(error) !== 404) throw error
      }
    }
    return held
  }

  pressure(of: 'memory' | 'disk' | 'pid', on = true): void {
    checkWord('pressure', of, ['memory', 'disk', 'pid'])
    if (on) this.#shortOf.add(of)
    else this.#shortOf.delete(of)
    this.#kubelet?.look()
  }

  skewClock(by: Duration): void {
    const slow = typeof by === 'number' ? by < 0 : by.startsWith('-')
    this.#skewMs = slow ? -durationMs(typeof by === 'number' ? -by : by.slice(1)) : durationMs(by)
  }

  async logs({ metadata, spec }: Stored<Pod>, container = spec.containers[0]?.name ?? '', previous = false) {
    const labels = { 'io.kubernetes.pod.uid': metadata.uid, 'io.kubernetes.container.name': container }
    const runs = await this.#runtime.listContainers({ labels })
    runs.sort((a, b) => b.metadata.attempt - a.metadata.attempt)
    const run = runs[previous ? 1 : 0]
    return run ? this.#runtime.logOf(run.id) : []
  }

  #newRuntime(): SimulatedRuntime {
    const { ctx, runtime, index } = this.#options
    const podCidr = podCidrOf(index)
    return simulatedRuntime({ ...runtime, clock: this.#clock, random: ctx.random, ...(podCidr && { podCidr }) })
  }

  #host(): Host {
    const host = simulatedHost({ hostname: this.name }, this.#runtime)
    const resources: Host['resources'] = async (nodeDir, imageDir) => {
      const left = await host.resources(nodeDir, imageDir)
      if (this.#shortOf.size === 0) return left
      const less = (kind: 'memory' | 'disk' | 'pid', amount: number) => (this.#shortOf.has(kind) ? 0 : amount)
      return {
        ...left,
        memory: { ...left.memory, available: less('memory', left.memory.available) },
        processes: { ...left.processes, available: less('pid', left.processes.available) },
        nodeFs: { ...left.nodeFs, availableBytes: less('disk', left.nodeFs.availableBytes) },
      }
    }
    return { ...host, resources }
  }
}

/** A source of pods that a test can cut off: it passes on missed changes when it works again. */
class CutSource implements PodSource {
  readonly #source: PodSource
  readonly #missed = new Map<string, { pod: Stored<Pod>; gone: boolean }>()
  #handler: PodHandler | undefined
  #isCut = false

  constructor(source: PodSource) {
    this.#source = source
  }

  get synced(): Promise<void> {
    return this.#source.synced
  }

  get(key: string): Stored<Pod> | undefined {
    return this.#source.get(key)
  }

  on(handler: PodHandler): () => void {
    this.#handler = handler
    const tell = (gone: boolean) => (pod: Stored<Pod>) => {
      if (this.#isCut) this.#missed.set(pod.metadata.uid, { pod, gone })
      else this.#tell(pod, gone)
    }
    return this.#source.on({ set: tell(false), gone: tell(true) })
  }

  cut(): void {
    this.#isCut = true
  }

  mend(): void {
    this.#isCut = false
    for (const { pod, gone } of this.#missed.values()) this.#tell(pod, gone)
    this.#missed.clear()
  }

  #tell(pod: Stored<Pod>, gone: boolean): void {
    if (gone) this.#handler?.gone(pod)
    else this.#handler?.set(pod)
  }
}
