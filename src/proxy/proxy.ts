import { Services } from '../api/core/v1/index.ts'
import type { EndpointSlice } from '../api/discovery/v1/index.ts'
import { EndpointSlices } from '../api/discovery/v1/index.ts'
import { keyOf, type Stored } from '../api/object.ts'
import type { Context } from '../controller/controller.ts'
import { workQueue } from '../controller/queue.ts'
import { forgetStaleConnections } from './connections.ts'
import { prepareKernel } from './kernel.ts'
import { deleteTable, runNft, tableStands } from './nft.ts'
import { routesOf } from './routes.ts'
import { type Ruleset, rulesetOf } from './ruleset.ts'
import { changeScript, fullScript, type TableOptions } from './script.ts'
import { routedPorts } from './service-ports.ts'

export interface ProxyOptions extends Omit<TableOptions, 'mark'> {
  nodeName: string
  /** Default 0x4000, as kube-proxy's. */
  mark?: number
  /** Interval of checks that restore a removed table. Default 30 s. */
  checkMs?: number
}

export interface Proxy {
  /** Resolves when every Service known at the start is routed. */
  readonly synced: Promise<void>
  /** Stops watching. The table stays, so that traffic keeps flowing while the proxy restarts. */
  stop(): void
}

const serviceLabel = 'kubernetes.io/service-name'
const headlessLabel = 'service.kubernetes.io/headless'
const serviceOf = ({ metadata }: Stored<EndpointSlice>) =>
  `${metadata.namespace}/${metadata.labels?.[serviceLabel] ?? ''}`

/**
 * Routes Services to their endpoints with one nft table. Rebuilds it at the start, then applies differences only. Each change
 * is one transaction, so that no packet sees half of it.
 */
export function startProxy({ informers, clock, log }: Context, options: ProxyOptions): Proxy {
  const { table, nodeName, checkMs = 30_000 } = options
  const tableOptions: TableOptions = { ...options, mark: options.mark ?? 0x4000 }
  const services = informers.of(Services)
  const slices = informers.of(EndpointSlices, { labelSelector: `!${headlessLabel}` })
  slices.addIndex('proxy-service', (slice) => [serviceOf(slice)])

  const routes = routesOf((key) => {
    const service = services.get(key)
    return service ? routedPorts(service, slices.byIndex('proxy-service', key), nodeName) : []
  })
  const changed = new Set<string>()
  let applied: Ruleset | undefined
  let stopped = false
  let cancelCheck = () => {}
  const first = Promise.withResolvers<void>()

  const queue = workQueue({ name: 'proxy', clock, log, workers: 1, work: sync })
  const touch = (key: string) => {
    changed.add(key)
    queue.add('services')
  }
  const onService = (service: { metadata: { name: string; namespace?: string } }) => touch(keyOf(service))
  const onSlice = (slice: Stored<EndpointSlice>) => touch(serviceOf(slice))
  const removers = [
    services.on({ added: onService, updated: onService, deleted: onService }),
    slices.on({ added: onSlice, updated: onSlice, deleted: onSlice }),
  ]

  async function sync(): Promise<void> {
    const keys = [...changed]
    changed.clear()
    const { ports, udp, commit } = routes.change(keys)
    const wanted = rulesetOf(ports, tableOptions)
    const script = applied ? changeScript(table, applied, wanted) : fullScript(tableOptions, wanted)
    try {
      if (script) await runNft(`${script}\n`)
    } catch (error) {
      // The table's contents are uncertain now: rebuild it.
      applied = undefined
      for (const key of keys) changed.add(key)
      throw error
    }
    applied = wanted
    commit()
    first.resolve()
    if (udp.length > 0) {
      await forgetStaleConnections(udp).catch((error: Error) => {
        log.warn('UDP connections to endpoints that are gone may go on', { error: error.message })
      })
    }
  }

  function checkLater(): void {
    if (stopped) return
    cancelCheck = clock.after(checkMs, async () => {
      if (applied && !stopped && !(await tableStands(table))) {
        log.warn('the nft table has gone; it is made again', { table })
        applied = undefined
        queue.add('services')
      }
      checkLater()
    })
  }

  const synced = Promise.all([services.synced, slices.synced]).then(async () => {
    await prepareKernel(log)
    queue.add('services')
    queue.start()
    await first.promise
    checkLater()
  })
  return {
    synced,
    stop() {
      stopped = true
      cancelCheck()
      queue.stop()
      for (const remove of removers) remove()
    },
  }
}

/** Removes everything that a proxy with this table has created. */
export const removeProxy = (table: string): Promise<void> => deleteTable(table)
