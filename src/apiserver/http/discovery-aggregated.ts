import type { Served } from '../registry/core.ts'
import { subresourcesOf, verbsOf } from '../registry/execute.ts'
import type { Resources } from '../registry/resources.ts'
import { groupNames, subresourceKind } from './discovery.ts'
import { mediaTypes } from './negotiate.ts'

export interface AggregatedDiscovery {
  kind: string
  apiVersion: string
  metadata: object
  items: { metadata: { name: string } }[]
}

/** All resources of `/api` or `/apis` in one answer, for clients whose Accept header asks for it before plain JSON. */
export function aggregatedDiscovery(
  resources: Resources,
  root: 'api' | 'apis',
  accept = '',
): { body: AggregatedDiscovery; contentType: string } | undefined {
  for (const { type, parameters } of mediaTypes(accept)) {
    if (type !== 'application/json' && type !== '*/*') continue
    const { g: group, v: version, as } = parameters
    if (as === undefined) return undefined
    if (group !== 'apidiscovery.k8s.io' || as !== 'APIGroupDiscoveryList') continue
    if (version !== 'v2' && version !== 'v2beta1') continue
    const groups = root === 'api' ? [''] : groupNames(resources)
    return {
      body: {
        kind: 'APIGroupDiscoveryList',
        apiVersion: `apidiscovery.k8s.io/${version}`,
        metadata: {},
        items: groups.map((name) => groupDiscovery(resources, name)),
      },
      contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    }
  }
  return undefined
}

const groupDiscovery = (resources: Resources, group: string) => ({
  metadata: { name: group, creationTimestamp: null },
  versions: (resources.groups().get(group) ?? []).map((version) => ({
    version,
    resources: (resources.ofVersion(group, version) ?? []).map(resourceDiscovery),
    freshness: 'Current',
  })),
})

function resourceDiscovery(served: Served) {
  const { definition, type } = served
  const { group, version, kind } = type
  const subresources = Object.entries(subresourcesOf(definition)).map(([name, verbs]) => ({
    subresource: name,
    responseKind: { group, version, ...subresourceKind(served, name) },
    verbs,
  }))
  return {
    resource: type.resource,
    responseKind: { group, version, kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: [...verbsOf(definition)],
    ...(definition.shortNames?.length && { shortNames: definition.shortNames }),
    ...(definition.categories?.length && { categories: definition.categories }),
    ...(subresources.length > 0 && { subresources }),
  }
}
