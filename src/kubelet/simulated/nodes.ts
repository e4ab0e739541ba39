import type { Taint } from '../../api/core/v1/index.ts'
import { formatCidr, formatIp, nthAddress, nthSubnet, parseCidr } from '../../api/ip.ts'
import type { Context } from '../../client/controller.ts'
import { simulatedRuntime } from '../../runtime/simulated/simulated.ts'
import { simulatedHost } from '../host/simulated.ts'
import { type Kubelet, startKubelet } from '../kubelet.ts'
import { podsByNode } from '../sources/pod-source.ts'
import { SharedObjects } from '../sources/shared-objects.ts'

export interface SimulatedNodesOptions {
  ctx: Context
  count: number
  /** Nodes are called `<prefix><number>`, from 0 (or `first`) on. Default `node-`. */
  prefix?: string
  first?: number
  /** Where the nodes' own addresses come from. Default 10.64.0.0/10. */
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
  /** Annotations (`k8ts.dev/...`) that hold for every pod that does not say otherwise. */
  defaults?: Record<string, string>
}

export interface SimulatedNodes {
  readonly nodes: Kubelet[]
  stop(): Promise<void>
}

/**
 * Many kubelets in one process: each its own node with a simulated runtime, all on one watch of the pods and one of each
 * object that pods refer to. Resolves when all nodes are Ready.
 */
export async function startSimulatedNodes(options: SimulatedNodesOptions): Promise<SimulatedNodes> {
  const { ctx, count, prefix = 'node-', first = 0, cpus, memoryBytes, maxPods, labels, taints, leaseSeconds } = options
  const nodeCidr = parseCidr(options.nodeCidr ?? '10.64.0.0/10')
  const podCidr = parseCidr(options.podCidr ?? '10.128.0.0/9')
  const podsOf = podsByNode(ctx.informers)
  const objects = new SharedObjects(ctx.client, ctx.clock)

  async function start(index: number): Promise<Kubelet> {
    const nodeName = `${prefix}${index}`
    const address = nodeCidr && nthAddress(nodeCidr, index + 1)
    const subnet = podCidr && nthSubnet(podCidr, 24, index)
    if (!address || !subnet) throw new Error(`no address is left for simulated node ${nodeName}`)
    const cidr = formatCidr(subnet)
    return startKubelet({
      ctx,
      runtime: simulatedRuntime({
        clock: ctx.clock,
        random: ctx.random,
        podCidr: cidr,
        ...(options.defaults && { defaults: options.defaults }),
      }),
      host: simulatedHost({ hostname: nodeName, ...(cpus && { cpus }), ...(memoryBytes && { memoryBytes }) }),
      nodeName,
      nodeIp: formatIp(address),
      rootDir: '/var/lib/kubelet',
      podCidr: cidr,
      pods: podsOf(nodeName),
      objects: (changed) => objects.view(changed),
      ...(maxPods && { maxPods }),
      ...(leaseSeconds && { leaseSeconds }),
      ...(taints && { taints }),
      labels: { 'node.kubernetes.io/instance-type': 'simulated', ...labels },
    })
  }
  const nodes = await Promise.all(Array.from({ length: count }, (_, i) => start(first + i)))
  return {
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
      objects.stop()
    },
  }
}
