import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { unstructured, unstructuredTree } from '../json/json-text.ts'
import { setMember } from '../json/set-member.ts'
import type { StructureReader } from '../schema/schema.ts'
import { additionalOf, itemsOf } from './schema-parts.ts'

/** What every object has, and no schema needs to say. */
const typeMeta = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * A copy of a value without the fields its schema does not specify; calls `reader` for each of them. The own fields of
 * an embedded object (`x-kubernetes-embedded-resource`) are kept, and its metadata is read as metadata. Values of the
 * wrong type stay as they are: refusing them is validation's.
 */
export function prune(schema: JSONSchemaProps | undefined, value: unknown, reader: StructureReader): unknown {
  if (Array.isArray(value)) return pruneList(schema, value, reader)
  if (isPlainObject(value))
    return pruneObject(schema, value, reader, schema?.['x-kubernetes-embedded-resource'] === true)
  return unstructured(value)
}

/** The same for a whole custom resource, whose own metadata is not part of `value`. */
export function pruneRoot(schema: JSONSchemaProps, value: Record<string, unknown>, reader: StructureReader) {
  return pruneObject(schema, value, reader, false)
}

function pruneObject(
  schema: JSONSchemaProps | undefined,
  value: Record<string, unknown>,
  reader: StructureReader,
  embedded: boolean,
): Record<string, unknown> {
  const { properties, 'x-kubernetes-preserve-unknown-fields': preserves } = schema ?? {}
  const additional = additionalOf(schema)
  const result: Record<string, unknown> = {}
  const { path } = reader
  for (const name in value) {
    const given = value[name]
    path.push(name)
    if (embedded && typeMeta.has(name)) setMember(result, name, name === 'metadata' ? reader.metadata(given) : given)
    else if (properties && Object.hasOwn(properties, name))
      setMember(result, name, prune(properties[name], given, reader))
    else if (additional.allowed) setMember(result, name, prune(additional.schema, given, reader))
    else if (preserves) setMember(result, name, unstructuredTree(given))
    else reader.unknown()
    path.pop()
  }
  return result
}

function pruneList(schema: JSONSchemaProps | undefined, value: unknown[], reader: StructureReader): unknown[] {
  const items = itemsOf(schema)
  if (!items && schema?.['x-kubernetes-preserve-unknown-fields']) return value.map(unstructuredTree)
  const { path } = reader
  return value.map((item, i) => {
    path.push(i)
    const pruned = prune(items, item, reader)
    path.pop()
    return pruned
  })
}
