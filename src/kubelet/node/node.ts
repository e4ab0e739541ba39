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
import { keepLease } from './lease.ts'
import { nodeStatus } from './status.ts'
import { transitions } from './transitions.ts'

const checkMs = 10_000
const reportMs = 300_000
/** While the runtime is coming up, how often to look: a node is Ready as soon as it can be. */
const hastyMs = 100

type ReporterSettings = Settings & { ctx: Context; runtime: Runtime; host: Host }

/** The kubelet's own object in the API: registers it, and reports what becomes of it. */
export class NodeReporter {
  readonly #settings: ReporterSettings
  readonly #machine: MachineInfo
  readonly #thresholds: readonly Threshold[]
  readonly #port: number | undefined
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
  }

  get node(): Stored<Node> | undefined {
    return this.#known
  }

  /** Asks for the node anew: others may have changed its labels and taints since it was last written. */
  async refresh(): Promise<void> {
    this.#known = (await this.#find()) ?? this.#known
  }

  /** What pods may use, at first by the machine's size. */
  get allocatable(): Record<string, string> {
    return this.#known?.status.allocatable ?? {}
  }

  /** Resolves when the node is registered and its status has been written once. */
  async start(): Promise<void> {
    const { ctx, nodeName, leaseSeconds: seconds = 40, register = true } = this.#settings
    if (!register) return
    while (!this.#stopped) {
      try {
        await this.#report()
        break
      } catch (error) {
        ctx.log.warn('cannot register the node', { node: nodeName, error: String(error) })
        await new Promise<void>((resolve) => ctx.clock.after(hastyMs * 5, resolve))
      }
    }
    if (this.#stopped) return
    this.#isRegistered = true
    this.#endLease = keepLease(ctx, nodeName, { seconds, nodeUid: () => this.#known?.metadata.uid })
    this.#schedule()
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
    const { ctx, nodeStatusReportMs = reportMs, nodeName } = this.#settings
    // Others write it, too: the node controller calls one that was silent for long Unknown.
    const node = await this.#find()
    const status = await this.#status(node?.status.conditions ?? [])
    this.#wasReady = isConditionTrue(status.conditions, 'Ready')
    if (!node) this.#known = await ctx.client.create(Nodes, this.#newNode(status))
    else this.#known = this.#known ? node : await this.#updateMeta(node)
    const now = ctx.clock.now()
    const old = this.#known.status
    const changes = changesOf(old, status)
    if (!changes && now - this.#reportedAt < nodeStatusReportMs) return
    const patch = { status: { ...changes, conditions: status.conditions } }
    const first = this.#reportedAt === 0 && node === undefined
    // A server that keeps the status of a created node has it all already.
    if (!(first && !changes)) {
      try {
        this.#known = await ctx.client.patch(Nodes, { name: nodeName }, patch, {
          subresource: 'status',
          type: 'strategic',
        })
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) this.#known = undefined
        throw error
      }
    }
    this.#reportedAt = now
    // Nodes' events name the node where others have a uid.
    const about = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } }
    for (const reason of transitions(old.conditions ?? [], status.conditions ?? []))
      ctx.events.record(about, 'Normal', reason, `Node ${nodeName} status is now: ${reason}`)
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

  /** A node that was there before keeps what others have put on it. */
  async #updateMeta(node: Stored<Node>): Promise<Stored<Node>> {
    const { ctx, nodeName } = this.#settings
    const labels = this.#labels()
    const missing = Object.entries(labels).some(([key, value]) => node.metadata.labels?.[key] !== value)
    return missing ? ctx.client.patch(Nodes, { name: nodeName }, { metadata: { labels } }) : node
  }

  async #status(before: NodeCondition[]): Promise<NodeStatus> {
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

/** The fields of a status that differ, heartbeats aside; undefined where none does. */
function changesOf(old: NodeStatus, wanted: NodeStatus): Partial<NodeStatus> | undefined {
  const quiet = (status: NodeStatus) => ({
    ...status,
    conditions: status.conditions?.map(({ lastHeartbeatTime: _, ...rest }) => rest),
  })
  const [a, b]: [Record<string, unknown>, Record<string, unknown>] = [quiet(old), quiet(wanted)]
  const changed = Object.keys(b).filter((key) =>
    key === 'conditions'
      ? !quiet(wanted).conditions?.every((c) => quiet(old).conditions?.some((o) => jsonEqual(o, c)))
      : // The server does not keep an empty list.
        !jsonEqual(a[key] ?? [], b[key]),
  )
  if (changed.length === 0) return undefined
  return Object.fromEntries(changed.map((key) => [key, wanted[key as keyof NodeStatus]]))
}
