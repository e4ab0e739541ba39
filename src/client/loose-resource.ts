import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { KubeObject } from '../api/object.ts'
import type { LiteralDefinition, ObjectOfDefinition } from './inferred.ts'

/** A resource without a known type of its objects. */
export type AnyResource = ResourceType<KubeObject>

/** A resource that k8ts does not declare: of a CustomResourceDefinition, or of another server. */
export function looseResource<T = KubeObject>(names: {
  group: string
  version: string
  kind: string
  resource: string
  namespaced: boolean
}): ResourceType<T> {
  const { group, version, kind } = names
  return {
    ...names,
    apiVersion: group ? `${group}/${version}` : version,
    type: {
      kind: 'message',
      name: kind,
      definition: `${group}.${version}.${kind}`,
      fields: {},
      gvk: { group, version, kind },
    },
  }
}

/** What a resource and its objects are called. */
export type ResourceNames = Parameters<typeof looseResource>[0]

/**
 * A resource of a CustomResourceDefinition, with the static type of its objects. Nothing checks the type here: the server
 * validates against the definition's schema. `k8ts types crd.yaml` writes both.
 *
 *     interface Website extends KubeObject { spec: { host: string }; status?: { url?: string } }
 *     const Websites = customResource<Website>({
 *       group: 'example.com', version: 'v1', kind: 'Website', resource: 'websites', namespaced: true,
 *     })
 */
export function customResource<T extends KubeObject>(names: ResourceNames): ResourceType<T>
/**
 * The same of a definition that is written in TypeScript: the type is the one of its stored version's schema.
 *
 *     const crd = { kind: 'CustomResourceDefinition', ... } as const
 *     const Websites = customResource(crd)
 */
export function customResource<const D extends LiteralDefinition>(definition: D): ResourceType<ObjectOfDefinition<D>>
export function customResource(given: ResourceNames | LiteralDefinition): ResourceType<KubeObject> {
  if (!('spec' in given)) return looseResource(given)
  const { group, scope, names, versions } = given.spec
  const stored = versions.find(({ storage }) => storage)
  if (!stored) throw new TypeError(`the definition of ${names.plural}.${group} has no version with storage: true`)
  const namespaced = scope === 'Namespaced'
  return looseResource({ group, version: stored.name, kind: names.kind, resource: names.plural, namespaced })
}
