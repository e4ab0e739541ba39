import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { KubeObject } from '../api/object.ts'

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

/**
 * A resource of a CustomResourceDefinition, with the static type of its objects. Nothing checks the type here: the server
 * validates against the definition's schema.
 *
 *     interface Website extends KubeObject { spec: { host: string }; status?: { url?: string } }
 *     const Websites = customResource<Website>({
 *       group: 'example.com', version: 'v1', kind: 'Website', resource: 'websites', namespaced: true,
 *     })
 */
export function customResource<T extends KubeObject>(names: Parameters<typeof looseResource>[0]): ResourceType<T> {
  return looseResource<T>(names)
}
