import { APIServices } from '../../api/apiregistration/v1/index.ts'
import type { UserInfo } from '../../api/call.ts'
import type { Cancel, Clock } from '../../api/clock.ts'
import { conditionOf, withCondition } from '../../api/conditions.ts'
import { codeOf, messageOf, serviceUnavailable } from '../../api/errors.ts'
import type { ResourceCache } from '../cache/resource-cache.ts'
import type { Objects } from '../definition.ts'
import type { Resources } from '../registry/resources.ts'
import { availabilityOf } from './availability.ts'
import type { AggregatedConnector, AggregatedTarget } from './connector.ts'
import { identityHeaders } from './identity-headers.ts'
import { groupVersionOf, type RemoteApi, remoteApis, targetOf } from './remote-api.ts'
import { remoteDocuments } from './remote-documents.ts'

/** After a failed check the next one comes sooner. */
const recheckMs = 30_000
const retryMs = 1000

/** The API servers behind this one, which APIServices name. */
export interface Aggregation {
  /** The remote API that a path such as `/apis/GROUP/VERSION/...` belongs to. */
  find(path: string): RemoteApi | undefined
  /** All, in order of priority. */
  all(): readonly RemoteApi[]
  /** Where to send a user's request, with the headers that say who it is. @throws ApiError 503 */
  way(api: RemoteApi, user: UserInfo): { target: AggregatedTarget; headers: Record<string, string | string[]> }
  /** A document of a remote server; undefined when it has none. */
  document(api: RemoteApi, path: string, accept?: string): Promise<unknown>
  connector: AggregatedConnector | undefined
  /** The store has been read: checks what is there. */
  begin(): void
  stop(): void
}

export interface AggregationOptions {
  resources: Resources
  objects: Objects
  clock: Clock
  connector: AggregatedConnector | undefined
  warn(message: string, fields: Record<string, unknown>): void
}

/** Watches APIServices, and keeps the conditions that say which of them can be used. */
export function aggregationOf({ resources, objects, clock, connector, warn }: AggregationOptions): Aggregation {
  const cacheOf = (group: string, resource: string) => resources.find(group, 'v1', resource)?.cache as ResourceCache
  const cache = cacheOf('apiregistration.k8s.io', 'apiservices')
  const apis = remoteApis(cache)
  const checks = new Map<string, Cancel>()
  const stops: Cancel[] = []
  let stopped = false
  const document = remoteDocuments(objects, connector, clock)

  async function check(name: string): Promise<void> {
    checks.get(name)?.()
    checks.delete(name)
    const api = [...apis().values()].find(({ object }) => object.metadata.name === name)
    if (!api || stopped) return
    const found = await availabilityOf(api, objects, connector)
    if (stopped) return
    const present = conditionOf(api.object.status.conditions, 'Available')
    if (present?.status !== found.status || present?.reason !== found.reason || present?.message !== found.message)
      await objects
        .update(
          APIServices,
          { name },
          (object) => ({
            ...object,
            status: {
              ...object.status,
              conditions: withCondition(object.status.conditions ?? [], found, clock),
            },
          }),
          { subresource: 'status' },
        )
        .catch((error: unknown) => {
          if (codeOf(error) !== 404) warn('updating an APIService failed', { name, error: messageOf(error) })
        })
    checks.get(name)?.()
    if (!stopped)
      checks.set(
        name,
        clock.after(found.status === 'True' ? recheckMs : retryMs, () => void check(name)),
      )
  }

  const checkAll = (which: (api: RemoteApi) => boolean) => {
    for (const api of apis().values()) if (which(api)) void check(api.object.metadata.name)
  }
  /** Services and their endpoints are watched from the first remote API on. */
  let watching = false
  const watchServices = () => {
    if (watching) return
    watching = true
    for (const [group, resource] of [
      ['', 'services'],
      ['discovery.k8s.io', 'endpointslices'],
    ] as const)
      stops.push(
        watch(cacheOf(group, resource), (namespace, name, labels) =>
          checkAll(
            ({ service }) =>
              service.namespace === namespace &&
              (resource === 'services'
                ? service.name === name
                : service.name === labels?.['kubernetes.io/service-name']),
          ),
        ),
      )
  }
  const begin = () => {
    if (apis().size === 0) return
    watchServices()
    checkAll(() => true)
  }
  const known = new Map<string, string>()
  stops.push(
    watch(cache, (_, name) => {
      const api = [...apis().values()].find(({ object }) => object.metadata.name === name)
      // Its own status is no reason to check again.
      const spec = JSON.stringify(api?.object.spec)
      if (!api || known.get(name) === spec) return
      known.set(name, spec)
      watchServices()
      void check(name)
    }),
  )
  return {
    begin,
    connector,
    document,
    find(path) {
      const all = apis()
      if (all.size === 0) return undefined
      const [, root, group = '', version = ''] = path.split('/', 4)
      return root === 'apis' ? all.get(groupVersionOf({ group, version })) : undefined
    },
    all: () =>
      [...apis().values()].sort(
        (a, b) =>
          b.object.spec.groupPriorityMinimum - a.object.spec.groupPriorityMinimum ||
          b.object.spec.versionPriority - a.object.spec.versionPriority,
      ),
    way(api, user) {
      if (!api.available || !connector) throw serviceUnavailable('service unavailable')
      try {
        return { target: targetOf(objects, api), headers: identityHeaders(user) }
      } catch {
        throw serviceUnavailable('service unavailable')
      }
    },
    stop() {
      stopped = true
      for (const stop of [...stops, ...checks.values()]) stop()
    },
  }
}

function watch(
  cache: ResourceCache,
  changed: (namespace: string, name: string, labels: Readonly<Record<string, string>> | undefined) => void,
): Cancel {
  const watcher = {
    selection: {},
    changes(
      batch: { item: { namespace: string; name: string; object: { metadata: { labels?: Record<string, string> } } } }[],
    ) {
      for (const { item } of batch) changed(item.namespace, item.name, item.object.metadata.labels)
    },
    // The cache has read the store anew.
    end: () => cache.watchers.add(watcher),
  }
  cache.watchers.add(watcher)
  return () => cache.watchers.remove(watcher)
}
