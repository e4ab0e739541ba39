import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { Informers } from '../client/informers/informer.ts'
import type { Controller } from './controller.ts'

/** Informers that notice when a loop reads what none of the loops has named. */
export interface WatchfulInformers extends Informers {
  /** From now on, what these neither watch nor read is reported, including what was asked for before. */
  expect(controllers: readonly Controller[]): void
}

/** Those behind watchful ones: for callers that wait for the informer themselves, and need no wake-up. */
const plain = new WeakMap<Informers, Informers>()
export const unreported = (informers: Informers): Informers => plain.get(informers) ?? informers

/**
 * Calls `warn` once for each resource of which a loop has an informer though no controller names it in `watches` or `reads`:
 * the first reads may find it empty, and none of its changes wakes a loop.
 */
export function watchfulInformers(informers: Informers, warn: (message: string) => void): WatchfulInformers {
  const asked = new Map<string, ResourceType>()
  let named: ReadonlySet<string> | undefined
  const report = (resource: ResourceType) => {
    const key = keyOf(resource)
    if (!named) asked.set(key, resource)
    else if (!named.has(key) && !asked.has(key)) {
      asked.set(key, resource)
      warn(messageOf(resource))
    }
  }
  const watchful: WatchfulInformers = {
    of(resource, scope) {
      report(resource)
      return informers.of(resource, scope)
    },
    get all() {
      return informers.all
    },
    drop: (resource, scope) => informers.drop(resource, scope),
    stop: () => informers.stop(),
    expect(controllers) {
      const sources: object[] = controllers.flatMap(({ watches, reads = [] }) => [...watches, ...reads])
      named = new Set(sources.filter(hasResource).map(({ resource }) => keyOf(resource)))
      const before = [...asked.values()]
      asked.clear()
      before.forEach(report)
    },
  }
  plain.set(watchful, informers)
  return watchful
}

/** What a controller reads may be anything that syncs. */
const hasResource = (source: object): source is { resource: ResourceType } => 'resource' in source

const keyOf = ({ apiVersion, resource }: ResourceType) => `${apiVersion} ${resource}`

const messageOf = ({ resource, kind }: ResourceType) =>
  `a loop reads ${resource} from an informer, but no controller names them: they may not be there at the first call, and no change of a ${kind} wakes a loop. Add a watch, or put the informer into \`reads\`.`
