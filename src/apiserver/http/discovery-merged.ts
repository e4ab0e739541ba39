import type { APIGroup, APIGroupList, APIResource, APIResourceList } from '../../api/meta/v1/index.ts'
import type { Aggregation } from '../aggregation/aggregation.ts'
import { priorityOf } from '../aggregation/priorities.ts'
import type { RemoteApi } from '../aggregation/remote-api.ts'

/** `/apis` and `/apis/GROUP` with the groups of other API servers. `local`: what this server itself has there. */
export function mergedGroups(aggregation: Aggregation, local: unknown, rest: readonly string[]): unknown {
  const remote = aggregation.all().filter(({ available }) => available)
  const [name] = rest
  if (name !== undefined) {
    const own = remote.filter(({ group }) => group === name)
    return rest.length > 1 || own.length === 0
      ? local
      : { kind: 'APIGroup', apiVersion: 'v1', ...withVersions(local as APIGroup | undefined, own) }
  }
  const list = local as APIGroupList
  const byName = Map.groupBy(remote, ({ group }) => group)
  const groups = list.groups.map((group) => withVersions(group, byName.get(group.name) ?? []))
  for (const [group, apis] of byName)
    if (!list.groups.some((one) => one.name === group)) groups.push(withVersions(undefined, apis))
  return { ...list, groups: inOrder(groups, (group) => group.name, remote) }
}

function withVersions(local: APIGroup | undefined, apis: readonly RemoteApi[]): APIGroup {
  const remote = apis.map(({ group, version }) => ({ groupVersion: `${group}/${version}`, version }))
  const own = (local?.versions ?? []).filter((one) => !remote.some(({ version }) => version === one.version))
  const versions = [...own, ...remote]
  const [first] = local?.preferredVersion ? [local.preferredVersion] : remote
  return { name: local?.name ?? apis[0]?.group ?? '', versions, ...(first && { preferredVersion: first }) }
}

/** Groups in order of their priority; this server's own stay in their order. */
function inOrder<T>(groups: readonly T[], nameOf: (group: T) => string, remote: readonly RemoteApi[]): T[] {
  const priority = (group: T) => {
    const api = remote.find((one) => one.group === nameOf(group))
    return api?.object.spec.groupPriorityMinimum ?? priorityOf(nameOf(group), 'v1').groupPriorityMinimum
  }
  const own = groups.filter((group) => !remote.some((one) => one.group === nameOf(group)))
  const all = [...own]
  for (const group of groups.filter((one) => !own.includes(one))) {
    const at = all.findIndex((other) => priority(other) < priority(group))
    all.splice(at < 0 ? all.length : at, 0, group)
  }
  return all
}

interface GroupDiscovery {
  metadata: { name: string }
  versions: { version: string; resources?: unknown[]; freshness: string }[]
}

const accept =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'

/** The aggregated document of `/apis` with what other API servers say of their groups. */
export async function mergedDiscovery<T extends { items: { metadata: { name: string } }[] }>(
  aggregation: Aggregation,
  local: T,
): Promise<T> {
  const apis = aggregation.all()
  const remote = await Promise.all(apis.map(async (api) => ({ api, version: await versionOf(aggregation, api) })))
  const items = local.items.map((item) => ({ ...item })) as GroupDiscovery[]
  for (const { api, version } of remote) {
    let group = items.find(({ metadata }) => metadata.name === api.group)
    if (!group) {
      group = { metadata: { name: api.group }, versions: [] }
      items.push(group)
    }
    group.versions = [...group.versions.filter((one) => one.version !== api.version), version]
  }
  return { ...local, items: inOrder(items, ({ metadata }) => metadata.name, apis) }
}

/** What a remote server says of one version; from its older documents when it has no aggregated one. */
async function versionOf(aggregation: Aggregation, api: RemoteApi): Promise<GroupDiscovery['versions'][number]> {
  const stale = { version: api.version, freshness: 'Stale' }
  if (!api.available) return stale
  const whole = (await aggregation.document(api, '/apis', accept)) as
    | { kind?: string; items?: GroupDiscovery[] }
    | undefined
  const found =
    whole?.kind === 'APIGroupDiscoveryList' &&
    whole.items
      ?.find(({ metadata }) => metadata.name === api.group)
      ?.versions.find(({ version }) => version === api.version)
  if (found) return { ...found, freshness: 'Current' }
  const list = (await aggregation.document(api, `/apis/${api.group}/${api.version}`)) as APIResourceList | undefined
  if (!Array.isArray(list?.resources)) return stale
  return { version: api.version, resources: resourcesOf(list.resources, api), freshness: 'Current' }
}

function resourcesOf(resources: readonly APIResource[], api: RemoteApi): unknown[] {
  const kindOf = ({ group = api.group, version = api.version, kind }: APIResource) => ({ group, version, kind })
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => {
      const subresources = resources
        .filter(({ name }) => name.startsWith(`${resource.name}/`))
        .map((sub) => ({
          subresource: sub.name.slice(resource.name.length + 1),
          responseKind: kindOf(sub),
          verbs: sub.verbs,
        }))
      const { name, namespaced, singularName, verbs, shortNames, categories } = resource
      return {
        resource: name,
        responseKind: kindOf(resource),
        scope: namespaced ? 'Namespaced' : 'Cluster',
        singularResource: singularName,
        verbs,
        ...(shortNames?.length && { shortNames }),
        ...(categories?.length && { categories }),
        ...(subresources.length > 0 && { subresources }),
      }
    })
}
