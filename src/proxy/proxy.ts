import { writeFileSync } from 'node:fs'
import { Services } from '../api/core/v1/index.ts'
import type { EndpointSlice } from '../api/discovery/v1/index.ts'
import { EndpointSlices } from '../api/discovery/v1/index.ts'
import { keyOf, type Stored } from '../api/object.ts'
import type { Context } from '../client/controller.ts'
import { workQueue } from '../client/queue.ts'
import { deleteTable, forgetConnections, runNft } from './nft.ts'
import { type Ruleset, rulesetOf } from './ruleset.ts'
import { changeScript, fullScript, type TableOptions } from './script.ts'
import { type RoutedPort, routedPorts } from './service-ports.ts'

export interface ProxyOptions extends Omit<TableOptions, 'mark'> {
  nodeName: string
  /** Default 0x4000, which is kube-proxy's too. */
  mark?: number
}

export interface Proxy {
  /** Resolves when every Service known at the start is routed. */
  readonly synced: Promise<void>
  /** Stops watching. The table stays, so that traffic flows on while the proxy restarts. */
  stop(): void
}

const serviceLabel = 'kubernetes.io/service-name'
const headlessLabel = 'service.kubernetes.io/headless'

/**
 * Routes Services to their endpoints with one nft table: made anew at the start, then changed by differences only. Each
 * change is one transaction, so that no packet sees half of it.
 */
export function startProxy({ informers, clock, log }: Context, options: ProxyOptions): Proxy {
  const tableOptions: TableOptions = { ...options, mark: options.mark ?? 0x4000 }
  const services = informers.of(Services)
  const slices = informers.of(EndpointSlices, { labelSelector: `!${headlessLabel}` })
  slices.addIndex('service', ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[serviceLabel] ?? ''}`])

  const routed = new Map<string, RoutedPort[]>()
  const changed = new Set<string>()
  let applied: Ruleset | undefined
  const first = Promise.withResolvers<void>()

  const queue = workQueue({ name: 'proxy', clock, log, workers: 1, work: sync })
  const touch = (key: string) => {
    changed.add(key)
    queue.add('services')
  }
  const touchService = ({ metadata }: Stored<EndpointSlice>) =>
    touch(`${metadata.namespace}/${metadata.labels?.[serviceLabel] ?? ''}`)
  const removers = [
    services.on({
      added: (s) => touch(keyOf(s)),
      updated: (s) => touch(keyOf(s)),
      deleted: (s) => touch(keyOf(s)),
    }),
    slices.on({ added: touchService, updated: touchService, deleted: touchService }),
  ]

  async function sync(): Promise<void> {
    const keys = [...changed]
    changed.clear()
    try {
      const stale = keys.flatMap(route)
      const wanted = rulesetOf([...routed.values()].flat(), tableOptions)
      const script = applied ? changeScript(options.table, applied, wanted) : fullScript(tableOptions, wanted)
      if (script) await runNft(`${script}\n`)
      applied = wanted
      first.resolve()
      for (const [serviceIp, targetIp] of stale) await forgetConnections(serviceIp, targetIp)
    } catch (error) {
      // What is in the table is not known for sure any more: it is made anew.
      applied = undefined
      for (const key of keys) changed.add(key)
      throw error
    }
  }

  /** Computes one Service anew; answers the UDP targets that it has lost, with the address they were reached by. */
  function route(key: string): [serviceIp: string, targetIp: string][] {
    const service = services.get(key)
    const before = routed.get(key) ?? []
    const now = service ? routedPorts(service, slices.byIndex('service', key), options.nodeName) : []
    if (now.length > 0) routed.set(key, now)
    else routed.delete(key)
    return before
      .filter((port) => port.protocol === 'udp')
      .flatMap((port) => {
        const still = now.find((p) => p.name === port.name && p.protocol === 'udp')
        const kept = new Set([...(still?.internal ?? []), ...(still?.external ?? [])].map(({ ip }) => ip))
        const lost = [...port.internal, ...port.external].map(({ ip }) => ip).filter((ip) => !kept.has(ip))
        return [...new Set(lost)].flatMap((ip) =>
          [port.clusterIp, ...port.otherIps].map((s): [string, string] => [s, ip]),
        )
      })
  }

  const synced = Promise.all([services.synced, slices.synced]).then(async () => {
    prepareKernel()
    queue.add('services')
    queue.start()
    await first.promise
  })
  return {
    synced,
    stop() {
      queue.stop()
      for (const remove of removers) remove()
    },
  }
}

/** Removes everything that a proxy with this table has made. */
export const removeProxy = (table: string): Promise<void> => deleteTable(table)

/** Routing between pods and nodes; NAT for packets that stay on one bridge; NodePorts on localhost. */
function prepareKernel(): void {
  const settings = {
    'net/ipv4/ip_forward': '1',
    'net/ipv4/conf/all/route_localnet': '1',
    'net/bridge/bridge-nf-call-iptables': '1',
  }
  for (const [name, value] of Object.entries(settings)) {
    try {
      writeFileSync(`/proc/sys/${name}`, value)
    } catch {
      // Not there (no bridge in this kernel), or set already by whoever owns the machine.
    }
  }
}
