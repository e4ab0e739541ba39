import { parseJson } from '../../api/machinery/json/json-text.ts'
import type { APIGroupList, APIResourceList } from '../../api/meta/v1/index.ts'
import { type AnyResource, looseResource } from '../loose-resource.ts'
import type { Transport } from './transport.ts'

export interface DiscoveredResource {
  type: AnyResource
  verbs: readonly string[]
}

/** Aggregated discovery (KEP-3352), as far as it is needed here. */
interface GroupDiscoveryList {
  kind: 'APIGroupDiscoveryList'
  items: {
    metadata?: { name?: string }
    versions?: {
      version: string
      freshness?: string
      resources?: {
        resource: string
        responseKind?: { kind?: string }
        scope: 'Namespaced' | 'Cluster'
        verbs?: string[]
      }[]
    }[]
  }[]
}

const aggregated = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',')

/** A server's resources, in each served version. Works with old servers (before 1.27), too. */
export async function discoverVersions(transport: Transport): Promise<DiscoveredResource[]> {
  const get = async <T>(path: string, accept = 'application/json'): Promise<T> => {
    const { body } = await transport.request({ method: 'GET', path, headers: { accept } })
    return parseJson(body.toString('utf8')) as T
  }
  const [core, named] = await Promise.all([
    get<GroupDiscoveryList | { kind: 'APIVersions' }>('/api', aggregated),
    get<GroupDiscoveryList | APIGroupList>('/apis', aggregated),
  ])
  if (isAggregated(core) && isAggregated(named)) return [...fromAggregated(core), ...fromAggregated(named)]

  const groups = isAggregated(named) ? [] : (named as APIGroupList).groups
  const paths = groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))
  const lists = await Promise.all(['/api/v1', ...paths].map((path) => get<APIResourceList>(path)))
  return lists.flatMap(fromList)
}

const isAggregated = (answer: { kind?: string }): answer is GroupDiscoveryList =>
  answer.kind === 'APIGroupDiscoveryList'

function fromAggregated({ items }: GroupDiscoveryList): DiscoveredResource[] {
  return items.flatMap(({ metadata, versions = [] }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.map(({ resource, responseKind, scope, verbs = [] }) => ({
        type: looseResource({
          group: metadata?.name ?? '',
          version,
          kind: responseKind?.kind ?? '',
          resource,
          namespaced: scope === 'Namespaced',
        }),
        verbs,
      })),
    ),
  )
}

function fromList({ groupVersion, resources }: APIResourceList): DiscoveredResource[] {
  const [group = '', version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => ({
      type: looseResource({ group, version: version ?? '', kind, resource: name, namespaced }),
      verbs,
    }))
}
