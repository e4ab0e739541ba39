import type { APIService } from '../../api/apiregistration/v1/index.ts'
import { isConditionTrue } from '../../api/conditions.ts'
import type { Stored } from '../../api/object.ts'
import type { ResourceCache } from '../cache/resource-cache.ts'
import type { Objects } from '../definition.ts'
import { serviceAddress } from '../outbound/service-address.ts'
import type { AggregatedTarget } from './connector.ts'

/** One version of a group that another API server serves. */
export interface RemoteApi {
  group: string
  version: string
  object: Stored<APIService>
  service: { namespace: string; name: string; port: number }
  /** As its condition says. */
  available: boolean
}

/** The remote APIs of the stored APIServices, read again after each change. A request of a local API costs a comparison. */
export function remoteApis(cache: ResourceCache): () => ReadonlyMap<string, RemoteApi> {
  let revision = -1
  let apis = new Map<string, RemoteApi>()
  return () => {
    if (cache.changed === revision) return apis
    revision = cache.changed
    const found = cache.list({}).flatMap(({ object }) => remoteApi(object as Stored<APIService>) ?? [])
    apis = new Map(found.map((api) => [groupVersionOf(api), api]))
    return apis
  }
}

export const groupVersionOf = ({ group, version }: { group: string; version: string }): string => `${group}/${version}`

function remoteApi(object: Stored<APIService>): RemoteApi | undefined {
  const { group = '', version = '', service } = object.spec
  if (!service) return undefined
  const { namespace = '', name = '', port = 443 } = service
  const available = isConditionTrue(object.status.conditions, 'Available')
  return { group, version, object, service: { namespace, name, port }, available }
}

/** Where its server is reached. @throws Error when its Service is missing */
export function targetOf(objects: Pick<Objects, 'known'>, { service, object }: RemoteApi): AggregatedTarget {
  const { caBundle, insecureSkipTLSVerify = false } = object.spec
  return {
    ...serviceAddress(objects, service),
    serverName: `${service.name}.${service.namespace}.svc`,
    ...(caBundle && { ca: atob(caBundle) }),
    insecure: insecureSkipTLSVerify,
  }
}
