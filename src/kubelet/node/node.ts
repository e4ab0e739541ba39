import { isConditionTrue } from '../../api/conditions.ts'
import { type Node, type NodeCondition, type NodeStatus, Nodes } from '../../api/core/v1/index.ts'
import { ApiError } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { Stored } from '../../api/object.ts'
import { routinely } from '../../api/routine.ts'
import type { Context } from '../../controller/controller.ts'
import type { Image, Runtime } from '../../runtime/runtime.ts'
import type { Pressure } from '../eviction/signals.ts'
import type { Threshold } from '../eviction/thresholds.ts'
import type { Host, MachineInfo } from '../host/host.ts'
import type { Settings } from '../settings.ts'
import { enforceAllocatable } from './enforce.ts'
import { NodeEvents } from './events.ts'
import { keepLease } from './lease.ts'
import { nodeStatus } from './status.ts'

const checkMs = 10_000
const reportMs = 300_000
/** Interval of checks while the runtime starts, so that the node becomes Ready as soon as possible. */
const hastyMs = 100

type ReporterSettings = Settings & { ctx: Context; runtime: Runtime; host: Host; startEvents?: boolean }

/** The kubelet's own Node object: registers it, and reports its status. */
export class NodeReporter {
  readonly #settings: ReporterSettings
  readonly #machine: MachineInfo
  readonly #thresholds: readonly Threshold[]
  readonly #port: number | undefined
  readonly #events: NodeEvents
  #pressures: readonly Pressure[] = []
  #known: Stored<Node> | undefined
  #reportedAt = 0
  #wasReady = false
  #cancel = () => {}
  /** Of its next turn, where that is routine. */
  #due: { at: number; turn: () => void } | undefined
  #endLease = () => {}
  #stopped = false
  #isRegistered = false
  /** The turn that is under way or was the last: whether it has reported. */
  #turning = Promise.resolve(false)

  /** `port` is that of the kubelet's server; `thresholds` say what is kept free of the machine. */
  constructor(
    settings: ReporterSettings,
    machine: MachineInfo,
    thresholds: readonly Threshold[],
    port: number | undefined,
  ) {
    this.#settings = settings
    this.#machine = machine
    this.#thresholds = thresholds
    this.#port = port
    this.#events = new NodeEvents(settings.ctx.events, settings.nodeName, settings.startEvents ?? true)
  }

  get node(): Stored<Node> | undefined {
    return this.#known
  }

  /** Asks for the node anew: others may have changed its labels and taints since it was last written. */
  async refresh(): Promise<void> {
    this.#known = (await this.#find()) ?? this.#known
  }

  /** The resources that pods may use, at first from the machine's size. */
  get allocatable(): Record<string, string> {
    return this.#known?.status.allocatable ?? {}
  }

  /** Resolves when the node is registered and its status has been written once. */
  async start(): Promise<void> {
    const { ctx, nodeName, leaseSeconds: seconds = 40, register = true } = this.#settings
    const enforced = this.#enforce()
    if (!register) return enforced
    while (!this.#stopped) {
      try {
        await this.#report()
        break
      } catch (error) {
        ctx.log.warn('cannot register the node', { node: nodeName, error: String(error) })
        await new Promise<void>((resolve) => ctx.clock.after(hastyMs * 5, resolve))
      }
    }
    await enforced
    if (this.#stopped) return
    this.#isRegistered = true
    this.#endLease = keepLease(ctx, nodeName, { seconds, nodeUid: () => this.#known?.metadata.uid })
    this.#schedule()
  }

  async #enforce(): Promise<void> {
    const { host, ctx, nodeName } = this.#settings
    try {
      await enforceAllocatable(this.#settings, this.#machine, host)
      this.#events.enforced()
    } catch (error) {
      ctx.log.warn('cannot hold pods to what is allocatable', { node: nodeName, error: String(error) })
      this.#events.enforced(error)
    }
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
    this.#endLease()
  }

  #schedule(): void {
    if (this.#stopped) return
    const { ctx, nodeStatusMs = checkMs } = this.#settings
    const turn = () => void this.#turn()
    this.#cancel()
    if (this.#wasReady) {
      this.#due = { at: ctx.clock.now() + nodeStatusMs, turn }
      this.#cancel = routinely(ctx.clock, nodeStatusMs, turn)
    } else this.#cancel = ctx.clock.after(hastyMs, turn)
  }

  #turn(): Promise<boolean> {
    const { ctx, nodeName } = this.#settings
    this.#turning = this.#turning.then(async () => {
      this.#due = undefined
      const failure = await this.#report().catch((error: unknown) => String(error))
      if (failure !== undefined) ctx.log.warn('cannot report the node status', { node: nodeName, error: failure })
      this.#schedule()
      return failure === undefined
    })
    return this.#turning
  }

  /** There is something to report: its next turn is no routine. */
  changed(): void {
    if (!this.#due || this.#stopped) return
    const { ctx, nodeStatusMs = checkMs } = this.#settings
    const { at, turn } = this.#due
    const late = ctx.clock.now() - at
    this.#due = undefined
    this.#cancel()
    this.#cancel = ctx.clock.after(late > 0 ? nodeStatusMs - (late % nodeStatusMs) : -late, turn)
  }

  /** Reports now that the node is under these pressures: whether that was possible. Before it is registered it need not be. */
  async report(pressures: readonly Pressure[]): Promise<boolean> {
    this.#pressures = pressures
    return !this.#isRegistered || this.#stopped || this.#turn()
  }

  async #report(): Promise<void> {
    const { ctx, nodeStatusReportMs = reportMs } = this.#settings
    // Others write it, too: the node controller sets conditions of a long silent node to Unknown.
    const node = await this.#find()
    const status = await this.#status(node?.status)
    this.#wasReady = isConditionTrue(status.conditions, 'Ready')
    if (!node) this.#known = await ctx.client.create(Nodes, this.#newNode(status))
    else this.#known = this.#known ? node : await this.#updateMeta(node)
    this.#events.seen(this.#known)
    const now = ctx.clock.now()
    const changes = changesOf(this.#known.status, status)
    if (!changes && now - this.#reportedAt < nodeStatusReportMs) return
    const isFirst = this.#reportedAt === 0 && node === undefined
    // A server that stores the status of a created node has all of it already.
    if (changes || !isFirst) await this.#write({ ...changes, conditions: status.conditions })
    this.#reportedAt = now
    this.#events.reported(node, { spec: this.#known.spec, status })
  }

  async #write(status: Record<string, unknown>): Promise<void> {
    const { ctx, nodeName } = this.#settings
    const options = { subresource: 'status', type: 'strategic' } as const
    try {
      this.#known = await ctx.client.patch(Nodes, { name: nodeName }, { status }, options)
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) this.#known = undefined
      throw error
    }
  }

  async #find(): Promise<Stored<Node> | undefined> {
    const { ctx, nodeName } = this.#settings
    try {
      return await ctx.client.get(Nodes, { name: nodeName })
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined
      throw error
    }
  }

  #labels(): Record<string, string> {
    const { hostname, labels } = this.#settings
    const { architecture } = this.#machine
    return {
      'beta.kubernetes.io/arch': architecture,
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': architecture,
      'kubernetes.io/hostname': hostname,
      'kubernetes.io/os': 'linux',
      ...labels,
    }
  }

  #newNode(status: NodeStatus): Node {
    const { nodeName, annotations, taints, podCidr, providerId } = this.#settings
    return {
      metadata: {
        name: nodeName,
        labels: this.#labels(),
        annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true', ...annotations },
      },
      spec: {
        ...(taints && { taints }),
        ...(podCidr && { podCIDR: podCidr, podCIDRs: [podCidr] }),
        ...(providerId && { providerID: providerId }),
      },
      status,
    }
  }

  /** An existing node keeps what others have set on it. */
  async #updateMeta(node: Stored<Node>): Promise<Stored<Node>> {
    const { ctx, nodeName } = this.#settings
    const labels = this.#labels()
    const missing = Object.entries(labels).some(([key, value]) => node.metadata.labels?.[key] !== value)
    return missing ? ctx.client.patch(Nodes, { name: nodeName }, { metadata: { labels } }) : node
  }

  async #status(before: NodeStatus | undefined): Promise<NodeStatus> {
    const { ctx, runtime, host, rootDir } = this.#settings
    const down = (error: unknown) => ({ status: false, reason: 'RuntimeUnreachable', message: String(error) })
    const [version, ready, images, disk] = await Promise.all([
      runtime.version().catch(() => ({ runtimeName: 'unknown', runtimeVersion: '' })),
      runtime.status().catch((error: unknown) => ({ runtimeReady: down(error), networkReady: down(error) })),
      runtime.listImages().catch((): Image[] => []),
      host.files.diskSpace(rootDir),
    ])
    return nodeStatus({
      settings: this.#settings,
      machine: this.#machine,
      runtime: version,
      ...ready,
      images,
      disk,
      pressures: this.#pressures,
      thresholds: this.#thresholds,
      port: this.#port,
      now: ctx.clock.now(),
      before,
    })
  }
}

/** The patch between two statuses, without heartbeats; undefined if they are equal. */
function changesOf(old: NodeStatus, wanted: NodeStatus): Record<string, unknown> | undefined {
  const changes = Object.entries(wanted).flatMap(([key, value]): [string, unknown][] => {
    const before = old[key as keyof NodeStatus]
    if (key === 'conditions') {
      const known = (old.conditions ?? []).map(withoutHeartbeat)
      const isSame = wanted.conditions?.every((c) => known.some((o) => jsonEqual(o, withoutHeartbeat(c))))
      return isSame ? [] : [[key, value]]
    }
    if (key === 'capacity' || key === 'allocatable') {
      const amounts = amountsChanged(old[key], wanted[key])
      return amounts ? [[key, amounts]] : []
    }
    // The server does not keep an empty list.
    return jsonEqual(before ?? [], value) ? [] : [[key, value]]
  })
  return changes.length > 0 ? Object.fromEntries(changes) : undefined
}

const withoutHeartbeat = ({ lastHeartbeatTime: _, ...rest }: NodeCondition): Partial<NodeCondition> => rest

/** Patches each amount, since others write theirs at the same time. `null`: removed. */
function amountsChanged(
  old: Record<string, string> = {},
  wanted: Record<string, string> = {},
): Record<string, string | null> | undefined {
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)])
  const changed = [...names].filter((name) => old[name] !== wanted[name])
  return changed.length > 0 ? Object.fromEntries(changed.map((name) => [name, wanted[name] ?? null])) : undefined
}
