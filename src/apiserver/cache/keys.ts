import { builtinResources } from '../../api/resources.ts'

/** Every key of the API server starts with this. */
export const registryRoot = '/registry/'

/** Groups whose resources are stored without the group in their path, as upstream does for what is built in. */
const groupless = new Set([
  '',
  'apps',
  'autoscaling',
  'batch',
  'policy',
  'admissionregistration.k8s.io',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
])

/** Old names that upstream keeps in etcd. */
const renamed: Record<string, string> = {
  nodes: 'minions',
  replicationcontrollers: 'controllers',
  services: 'services/specs',
  endpoints: 'services/endpoints',
  ingresses: 'ingress',
}

/** Where a resource is kept below `registryRoot`: `pods`, `services/specs`, `example.com/widgets`. */
export const storagePath = (group: string, resource: string): string =>
  groupless.has(group) ? (renamed[resource] ?? resource) : `${group}/${resource}`

/** The path of a key, and what stands behind it: `/registry/pods/default/web` is `pods` and `default/web`. */
export function splitStoreKey<T>(key: string, paths: ReadonlyMap<string, T>): { owner: T; rest: string } | undefined {
  const first = key.indexOf('/', registryRoot.length)
  if (first < 0) return undefined
  const owner = paths.get(key.slice(registryRoot.length, first))
  if (owner !== undefined) return { owner, rest: key.slice(first + 1) }
  const second = key.indexOf('/', first + 1)
  if (second < 0) return undefined
  const nested = paths.get(key.slice(registryRoot.length, second))
  return nested === undefined ? undefined : { owner: nested, rest: key.slice(second + 1) }
}

/** The built-in resources that are stored, by their paths below `registryRoot`. */
export function builtInResources(): ReadonlyMap<string, { group: string; resource: string }> {
  const found = new Map<string, { group: string; resource: string }>()
  for (const { group, resource } of builtinResources) {
    const path = storagePath(group, resource)
    // Events belong to the core group, whichever serves them.
    if (!found.has(path) || group === '') found.set(path, { group, resource })
  }
  return found
}
