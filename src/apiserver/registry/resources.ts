import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { KubeObject } from '../../api/object.ts'
import { ResourceCache } from '../cache/resource-cache.ts'
import type { ResourceDefinition } from '../definition.ts'
import type { Served } from './core.ts'

/** All resources that are served at present, by group version and name. */
export class Resources {
  readonly #versions = new Map<string, Map<string, Served>>()
  readonly #custom = new Map<string, Served[]>()
  readonly #ofCache = new WeakMap<ResourceCache, readonly Served[]>()
  readonly #listeners = new Set<() => void>()
  #groups: Map<string, string[]> | undefined
  readonly definitions: readonly ResourceDefinition[]
  readonly #builtin: ResourceCache[] = []
  /** Counts the changes of what is served. */
  changes = 0

  constructor(definitions: readonly ResourceDefinition[]) {
    this.definitions = definitions
    for (const definition of definitions) this.#add(definition)
  }

  #add(definition: ResourceDefinition): void {
    const cache = new ResourceCache(definition)
    if (!definition.answer) this.#builtin.push(cache)
    const others = (definition.otherVersions ?? []).map((other) => ({ definition, type: other.type, other, cache }))
    const all: Served[] = [{ definition, type: definition.type, cache }, ...others]
    for (const served of all) this.#serve(served)
    this.#ofCache.set(cache, all)
  }

  /** Of what is built in, and of custom resources. */
  get caches(): ResourceCache[] {
    return [...this.#builtin, ...new Set([...this.#custom.values()].flatMap((all) => all.map(({ cache }) => cache)))]
  }

  #serve(served: Served): void {
    const { group, version, resource } = served.type
    const key = groupVersion(group, version)
    const resources = this.#versions.get(key) ?? new Map<string, Served>()
    resources.set(resource, served)
    this.#versions.set(key, resources)
  }

  /**
   * Serves these versions of a custom resource in place of its earlier ones; none: stops serving it. `name` is that of
   * its definition. Built-in resources stay.
   */
  setCustom(name: string, versions: readonly Served[]): void {
    for (const { type } of this.#custom.get(name) ?? []) {
      const key = groupVersion(type.group, type.version)
      const resources = this.#versions.get(key)
      resources?.delete(type.resource)
      if (resources?.size === 0) this.#versions.delete(key)
    }
    const free = versions.filter(({ type }) => !this.find(type.group, type.version, type.resource))
    for (const served of free) {
      this.#serve(served)
      this.#ofCache.set(served.cache, free)
    }
    if (free.length > 0) this.#custom.set(name, free)
    else this.#custom.delete(name)
    this.#groups = undefined
    this.changes++
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` after every change of what is served, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** All versions that are served of the same objects, of whatever group. */
  versions({ cache }: Served): readonly Served[] {
    return this.#ofCache.get(cache) ?? []
  }

  find(group: string, version: string, resource: string): Served | undefined {
    return this.#versions.get(groupVersion(group, version))?.get(resource)
  }

  /** The type of a kind that is served in this version. */
  ofKind(apiVersion: string, kind: string): ResourceType<KubeObject> | undefined {
    const [version = '', group = ''] = apiVersion.split('/').toReversed()
    for (const { type } of this.#versions.get(groupVersion(group, version))?.values() ?? [])
      if (type.kind === kind) return type as ResourceType<KubeObject>
    return undefined
  }

  /** The resources of a group version in order of name; undefined where there is none such. */
  ofVersion(group: string, version: string): Served[] | undefined {
    const resources = this.#versions.get(groupVersion(group, version))
    return resources && [...resources.values()].sort((a, b) => (a.type.resource < b.type.resource ? -1 : 1))
  }

  /** Groups with their versions, the preferred one first. */
  groups(): ReadonlyMap<string, string[]> {
    this.#groups ??= this.#groupsNow()
    return this.#groups
  }

  #groupsNow(): Map<string, string[]> {
    const groups = new Map<string, string[]>()
    for (const key of this.#versions.keys()) {
      const [group = '', version = ''] = key.split('/')
      groups.set(group, [...(groups.get(group) ?? []), version])
    }
    for (const versions of groups.values()) versions.sort(byPreference)
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
