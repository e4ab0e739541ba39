import { type CustomResourceDefinition, CustomResourceDefinitions } from '../../api/apiextensions/v1/index.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Client } from '../client.ts'
import { looseResource } from '../loose-resource.ts'
import { type FindResource, findBuiltin, ManifestError, type ManifestObject } from './manifests.ts'

/** The resources of the cluster's CustomResourceDefinitions, in each served version. */
export async function customResources(client: Client): Promise<ResourceType[]> {
  return (await client.list(CustomResourceDefinitions)).items.flatMap(resourcesOf)
}

/** The resources of a CustomResourceDefinition: the stored version first. */
function resourcesOf({ spec }: Pick<CustomResourceDefinition, 'spec'>): ResourceType[] {
  const { group, names, scope } = spec
  const { kind, plural: resource } = names
  return spec.versions
    .filter(({ served }) => served)
    .sort((a, b) => Number(b.storage) - Number(a.storage))
    .map(({ name: version }) => looseResource({ group, version, kind, resource, namespaced: scope === 'Namespaced' }))
}

/**
 * The resources that definitions among the manifests define; `read` reads the manifests, with a way to find resources.
 * Ignores errors in manifests: the caller reads them again, with these resources, and reports them then.
 */
export function definedIn(read: (find: FindResource) => ManifestObject[]): ResourceType[] {
  try {
    return read((apiVersion, kind) =>
      kind === CustomResourceDefinitions.kind ? findBuiltin(apiVersion, kind) : ignored,
    )
      .filter(({ resource }) => resource !== ignored)
      .flatMap(({ object }) => resourcesIn(object))
  } catch (error) {
    if (error instanceof ManifestError) return []
    throw error
  }
}

/** None if the definition lacks a required field. */
function resourcesIn(object: object): ResourceType[] {
  const { spec } = object as { spec?: Partial<CustomResourceDefinition['spec']> }
  const { group, names, scope, versions } = spec ?? {}
  return group && names && scope && Array.isArray(versions)
    ? resourcesOf({ spec: { group, names, scope, versions } })
    : []
}

const ignored = looseResource({ group: '', version: '', kind: '', resource: '', namespaced: false })

/** Finds built-in kinds and these. */
export const findWith =
  (custom: ResourceType[]): FindResource =>
  (apiVersion, kind) =>
    findBuiltin(apiVersion, kind) ?? custom.find((r) => r.apiVersion === apiVersion && r.kind === kind)
