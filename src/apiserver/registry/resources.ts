import { ResourceCache } from '../cache/resource-cache.ts'
import type { ResourceDefinition } from '../definition.ts'
import type { Served } from './core.ts'

/** All resources that are served, by group version and name. */
export class Resources {
  readonly #versions = new Map<string, Map<string, Served>>()
  readonly definitions: readonly ResourceDefinition[]
  readonly caches: ResourceCache[] = []

  constructor(definitions: readonly ResourceDefinition[]) {
    this.definitions = definitions
    for (const definition of definitions) this.#add(definition)
  }

  #add(definition: ResourceDefinition): void {
    const cache = new ResourceCache(definition)
    if (!definition.answer) this.caches.push(cache)
    this.#serve({ definition, type: definition.type, cache })
    for (const other of definition.otherVersions ?? []) this.#serve({ definition, type: other.type, other, cache })
  }

  #serve(served: Served): void {
    const { group, version, resource } = served.type
    const key = groupVersion(group, version)
    const resources = this.#versions.get(key) ?? new Map<string, Served>()
    resources.set(resource, served)
    this.#versions.set(key, resources)
  }

  find(group: string, version: string, resource: string): Served | undefined {
    return this.#versions.get(groupVersion(group, version))?.get(resource)
  }

  /** The resources of a group version in order of name; undefined where there is none such. */
  ofVersion(group: string, version: string): Served[] | undefined {
    const resources = this.#versions.get(groupVersion(group, version))
    return resources && [...resources.values()].sort((a, b) => (a.type.resource < b.type.resource ? -1 : 1))
  }

  /** Groups with their versions, the preferred one first. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>()
    for (const key of this.#versions.keys()) {
      const [group = '', version = ''] = key.split('/')
      groups.set(group, [...(groups.get(group) ?? []), version].sort(byPreference))
    }
    return groups
  }
}

const groupVersion = (group: string, version: string) => `${group}/${version}`

/** `v2` before `v1` before `v1beta1`: the order of 'CustomResourceDefinition versioning', version priority. */
function byPreference(a: string, b: string): number {
  const rank = (version: string) => {
    const [, major = '0', level = 'z', minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? []
    return [level, Number(major), Number(minor)] as const
  }
  const [levelA, majorA, minorA] = rank(a)
  const [levelB, majorB, minorB] = rank(b)
  if (levelA !== levelB) return levelA < levelB ? 1 : -1
  return majorB - majorA || minorB - minorA
}
