import type { KubeObject } from '../api/object.ts'
import type { ResourceType } from '../api/schema/package.ts'

/** A resource of whose objects no more is known than that they are objects. */
export type AnyResource = ResourceType<KubeObject>

/** A resource that is not declared here: of a CustomResourceDefinition, or of another server. */
export function looseResource(names: {
  group: string
  version: string
  kind: string
  resource: string
  namespaced: boolean
}): AnyResource {
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
