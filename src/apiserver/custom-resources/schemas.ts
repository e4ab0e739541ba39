import type { CustomResourceDefinition, JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'

type Crd = Stored<CustomResourceDefinition>

/** The schema of each version of a definition. The same object as long as anybody holds it. */
export type Schemas = (version: string) => JSONSchemaProps

/** Old definitions may have no schema: then the server keeps everything. */
const anything: JSONSchemaProps = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/**
 * Schemas are most of what definitions consist of, and of many definitions nobody ever uses an object. They stay bytes until
 * somebody does.
 */
export function schemasIn(item: Item): Schemas {
  const parsed = new Map<string, WeakRef<JSONSchemaProps>>()
  return (version) => {
    const present = parsed.get(version)?.deref()
    if (present) return present
    const { spec } = item.object as Crd
    const schema = spec.versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema ?? anything
    parsed.set(version, new WeakRef(schema))
    item.forgetObject()
    return schema
  }
}

/** All that is kept of a definition as an object. */
export function digestOf(item: Item): Crd {
  const crd = withoutSchemas(item.object as Crd)
  item.forgetObject()
  return crd
}

/** A definition without its schemas. */
export function withoutSchemas(crd: Crd): Crd {
  const versions = crd.spec.versions.map(({ schema: _, ...version }) => version)
  return { ...crd, spec: { ...crd.spec, versions } }
}
