import type { Message } from '../../api/machinery/schema/schema.ts'
import type { APIGroup, APIGroupList, APIResource, APIResourceList, APIVersions } from '../../api/meta/v1/index.ts'
import type { Served } from '../registry/core.ts'
import { subresourcesOf, verbsOf } from '../registry/execute.ts'
import type { Resources } from '../registry/resources.ts'

/** `/api` */
export const apiVersions = (resources: Resources): APIVersions => ({
  kind: 'APIVersions',
  versions: resources.groups().get('') ?? [],
  serverAddressByClientCIDRs: [],
})

/** `/apis` */
export const apiGroupList = (resources: Resources): APIGroupList => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupNames(resources).map((group) => groupOf(group, resources.groups().get(group) ?? [])),
})

/** Named groups in the order they are listed in. */
export const groupNames = (resources: Resources): string[] => [...resources.groups().keys()].filter((g) => g !== '')

/** `/apis/apps` */
export function apiGroup(resources: Resources, group: string): APIGroup | undefined {
  const versions = resources.groups().get(group)
  return versions && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, versions) }
}

function groupOf(group: string, versions: string[]): APIGroup {
  const all = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }))
  const [preferredVersion] = all
  return { name: group, versions: all, ...(preferredVersion && { preferredVersion }) }
}

/** `/api/v1`, `/apis/apps/v1` */
export function apiResourceList(resources: Resources, group: string, version: string): APIResourceList | undefined {
  const served = resources.ofVersion(group, version)
  return (
    served && {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: group ? `${group}/${version}` : version,
      resources: served.flatMap(resourcesOf),
    }
  )
}

function resourcesOf({ definition, type }: Served): APIResource[] {
  const { resource, namespaced, kind } = type
  const main: APIResource = {
    name: resource,
    singularName: definition.singular,
    namespaced,
    kind,
    verbs: [...verbsOf(definition)],
    ...(definition.shortNames?.length && { shortNames: definition.shortNames }),
    ...(definition.categories?.length && { categories: definition.categories }),
  }
  const rest = Object.entries(subresourcesOf(definition)).map(([name, verbs]): APIResource => {
    const responds = subresourceKind({ definition, type }, name)
    return { name: `${resource}/${name}`, singularName: '', namespaced, ...responds, verbs: [...verbs] }
  })
  return [main, ...rest]
}

/** What a subresource takes and answers: the object itself, or a type of its own. */
export function subresourceKind(
  { definition, type }: Pick<Served, 'definition' | 'type'>,
  subresource: string,
): { kind: string; group?: string; version?: string } {
  if (subresource === 'scale' && definition.scale) return { group: 'autoscaling', version: 'v1', kind: 'Scale' }
  const body: Message | undefined = definition.actions?.[subresource]?.body
  if (body?.gvk) {
    const { group, version, kind } = body.gvk
    return group === type.group && version === type.version ? { kind } : { group, version, kind }
  }
  const options = connectOptions[`${type.resource}/${subresource}`]
  return { kind: options ?? type.kind }
}

const connectOptions: Record<string, string> = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
}
