import type { Taint } from '../../api/core/v1/index.ts'
import { formatCidr, formatIp, nthAddress, nthSubnet, parseCidr } from '../../api/ip.ts'
import { keyOf } from '../../api/object.ts'
import type { Context } from '../../controller/controller.ts'
import { type SimulatedRuntime, simulatedRuntime } from '../../runtime/simulated/simulated.ts'
import type { EvictionOptions } from '../eviction/thresholds.ts'
import type { Host } from '../host/host.ts'
import { simulatedHost } from '../host/simulated.ts'
import { type Kubelet, startKubelet } from '../kubelet.ts'
import { type PodSource, podsByNode } from '../sources/pod-source.ts'
import { SharedObjects } from '../sources/shared-objects.ts'
import { endOf } from './ends.ts'

export interface SimulatedNodesOptions {
  ctx: Context
  count: number
  /** Nodes are called `<prefix><number>`, from 0 (or `first`) on. Default `node-`. */
  prefix?: string
  first?: number
  /** Range of the nodes' own addresses. Default 10.64.0.0/10. */
  nodeCidr?: string
  /** Each node's pods get a /24 of it. Default 10.128.0.0/9. */
  podCidr?: string
  /** Default 32 CPUs and 256 GiB each. */
  cpus?: number
  memoryBytes?: number
  maxPods?: number
  labels?: Record<string, string>
  taints?: Taint[]
  leaseSeconds?: number
  /** Report each node's start by Events. Default: if `count` is 20 or less. */
  startEvents?: boolean
  /** Annotations (`k8ts.dev/...`) for every pod that does not set them itself. */
  defaults?: Record<string, string>
  /** Commands that would do their work and exit end by themselves: see `endOf`. Default: only annotations end a container. */
  commandsEnd?: boolean
}

export interface SimulatedNodes {
  readonly nodes: Kubelet[]
  stop(): Promise<void>
}

/** Simulated nodes that start and restart one by one. */
export interface SimulatedFleet {
  /** Resolves when the node is Ready. `index` gives it its name and addresses. */
  start(index: number, own?: SimulatedNodeOptions): Promise<Kubelet>
  /** After its nodes were stopped. */
  stop(): void
}

/** The parts of one node. */
export interface SimulatedNodeOptions {
  ctx?: Context
  runtime?: SimulatedRuntime
  host?: Host
  eviction?: EvictionOptions
  /** Wraps the node's source of pods. */
  pods?(source: PodSource): PodSource
}

/**
 * Many kubelets in one process: each its own node with a simulated runtime, all on one watch of the pods and one of each
 * object that pods refer to. Resolves when all nodes are Ready.
 */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const { count, first = 0 } = options
  const fleet = simulatedFleet({ startEvents: count <= 20, ...options })
  const nodes = await Promise.all(Array.from({ length: count }, (_, i) => fleet.start(first + i)))
  return {
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      fleet.stop()
    },
  }
}

/** As `startSimulatedNodes`, before any of them is started. */
export function simulatedFleet(options: Omit<SimulatedNodesOptions, 'count' | 'first'>): SimulatedFleet {
  const { prefix = 'node-', cpus, memoryBytes, maxPods, labels, taints, leaseSeconds, startEvents = false } = options
  const nodeCidr = parseCidr(options.nodeCidr ?? '10.64.0.0/10')
  const podsOf = podsByNode(options.ctx.informers)
  const objects = new SharedObjects(options.ctx.client, options.ctx.clock)

  return {
    async start(index, own = {}) {
      const ctx = own.ctx ?? options.ctx
      const nodeName = `${prefix}${index}`
      const address = nodeCidr && nthAddress(nodeCidr, index + 1)
      const cidr = podCidrOf(index, options.podCidr)
      if (!address || !cidr) throw new Error(`no address is left for simulated node ${nodeName}`)
      const { clock, random } = ctx
      const pods = podsOf(nodeName)
      const runtime =
        own.runtime ??
        simulatedRuntime({
          clock,
          random,
          podCidr: cidr,
          ...(options.defaults && { defaults: options.defaults }),
          ...(options.commandsEnd && {
            ownBehaviour: ({ metadata }, container) => {
              const pod = pods.get(keyOf(metadata))
              return pod && endOf(pod, container.metadata.name)
            },
          }),
        })
      const machine = { hostname: nodeName, ...(cpus && { cpus }), ...(memoryBytes && { memoryBytes }) }
      return startKubelet({
        ctx,
        runtime,
        ...(own.eviction && { eviction: own.eviction }),
        host: own.host ?? simulatedHost(machine, runtime),
        nodeName,
        nodeIp: formatIp(address),
        rootDir: '/var/lib/kubelet',
        podCidr: cidr,
        refusalsPerSecond: 10,
        startEvents,
        pods: own.pods?.(pods) ?? pods,
        objects: (changed) => objects.view(changed),
        ...(maxPods && { maxPods }),
        ...(leaseSeconds && { leaseSeconds }),
        ...(taints && { taints }),
        labels: { 'node.kubernetes.io/instance-type': 'simulated', ...labels },
      })
    },
    stop: () => objects.stop(),
  }
}

/** Where the pods of a simulated node get their addresses from: a /24 of `range`. Undefined: none is left. */
export function podCidrOf(index: number, range = '10.128.0.0/9'): string | undefined {
  const whole = parseCidr(range)
  const subnet = whole && nthSubnet(whole, 24, index)
  return subnet && formatCidr(subnet)
}
