import { type Node, Nodes } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import { type Cidr, cidrOf, contains, formatCidr, nthSubnet, parseCidr } from '../../api/ip.ts'
import type { Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen } from '../../controller/own-writes.ts'
import { watch } from '../../controller/watches.ts'

export interface NodeIpamOptions {
  /** `10.244.0.0/16`, or one of each family, separated by a comma. */
  clusterCidr: string
  /** Prefix length of a node's range. Default 24 for IPv4, 64 for IPv6. */
  nodeCidrMaskSize?: { 4?: number; 6?: number }
}

/**
 * Gives each node its range of the pods' addresses.
 * @throws TypeError on a bad CIDR, or one without room for a single node.
 */
export function nodeIpamController({ client, events, informers }: Context, options: NodeIpamOptions): Controller {
  const nodes = informers.of(Nodes)
  const pools = options.clusterCidr.split(',').map((text) => {
    const cluster = cidrOf(text.trim())
    return pool(cluster, options.nodeCidrMaskSize?.[cluster.family] ?? (cluster.family === 4 ? 24 : 64))
  })

  function note(node: Stored<Node>): void {
    for (const { take } of pools) for (const cidr of cidrsOf(node)) take(node.metadata.name, cidr)
  }

  async function reconcile(name: string): Promise<void> {
    const node = nodes.get(name)
    if (!node) {
      for (const { release } of pools) release(name)
      return
    }
    note(node)
    if (node.metadata.deletionTimestamp || cidrsOf(node).length > 0) return
    const podCIDRs = pools.map(({ allocate }) => allocate(name))
    try {
      if (podCIDRs.includes(undefined)) {
        events.record(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`)
        throw new Error(`no CIDR is left for node ${name}`)
      }
      const patch = { metadata: { uid: node.metadata.uid }, spec: { podCIDR: podCIDRs[0], podCIDRs } }
      await seen(nodes, await client.patch(Nodes, { name }, patch))
    } catch (error) {
      for (const { release } of pools) release(name)
      if (codeOf(error) !== 404) throw error
    }
  }

  return {
    name: 'node-ipam',
    watches: [watch(Nodes)],
    start() {
      // Learn which ranges are taken before giving out any.
      nodes.list().forEach(note)
    },
    reconcile,
  }
}

const cidrsOf = ({ spec }: Stored<Node>): string[] => spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : [])

/** The blocks of one cluster CIDR, by number, with their nodes. */
function pool(cluster: Cidr, prefix: number) {
  const first = nthSubnet(cluster, prefix, 0)
  if (!first) throw new TypeError(`cluster CIDR ${formatCidr(cluster)} has no room for a /${prefix}`)
  const taken = new Set<number>()
  const byNode = new Map<string, number>()
  let next = 0

  return {
    take(node: string, text: string): void {
      const cidr = parseCidr(text)
      if (!cidr || !contains(cluster, { family: cidr.family, value: cidr.base })) return
      const step = BigInt((cidr.family === 4 ? 32 : 128) - prefix)
      const number = Number((cidr.base - cluster.base) >> step)
      taken.add(number)
      byNode.set(node, number)
    },
    release(node: string): void {
      const number = byNode.get(node)
      if (number !== undefined) taken.delete(number)
      byNode.delete(node)
    },
    allocate(node: string): string | undefined {
      const count = 2 ** Math.min(prefix - cluster.prefix, 24)
      for (let tried = 0; tried < count; tried++) {
        const number = (next + tried) % count
        if (taken.has(number)) continue
        const block = nthSubnet(cluster, prefix, number)
        if (!block) continue
        taken.add(number)
        byNode.set(node, number)
        next = number + 1
        return formatCidr(block)
      }
      return undefined
    },
  }
}
