import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { ObjectMeta } from '../../meta/v1/index.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { type Dialect, ofEveryKind } from '../openapi/definition.ts'
import type { GroupVersionKind, Json, JsonObject } from '../schema/schema.ts'

/**
 * The schema of a custom resource as the OpenAPI documents show it: with what every object has. Version 2 leaves out
 * what it cannot say, and leaves fields open whose type it cannot say.
 */
export function openApiSchema(
  gvk: GroupVersionKind,
  schema: JSONSchemaProps,
  dialect: Dialect,
  selectableFields: readonly string[] = [],
): JsonObject {
  // Where anything may stand, version 2 says nothing at all: kubectl would refuse what is not among the named fields.
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] && dialect.version === 2
  const own = isOpen ? {} : dialect.version === 3 ? asJson(schema) : older(asJson(schema))
  const metadata: JsonObject = { $ref: dialect.refPrefix + ObjectMeta.definition }
  const { group, version, kind } = gvk
  return {
    ...own,
    ...(!isOpen && {
      properties: {
        ...(isPlainObject(own.properties) ? (own.properties as JsonObject) : {}),
        apiVersion: { type: 'string', description: ofEveryKind.apiVersion },
        kind: { type: 'string', description: ofEveryKind.kind },
        metadata: { ...(dialect.version === 3 ? { allOf: [metadata] } : metadata), description: ofEveryKind.metadata },
      },
    }),
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group, kind, version }],
    ...(selectableFields.length > 0 && {
      'x-kubernetes-selectable-fields': selectableFields.map((fieldPath) => ({ fieldPath })),
    }),
  }
}

const asJson = (schema: JSONSchemaProps): JsonObject => structuredClone(schema) as JsonObject

/** What version 2 has no word for. */
const onlyInVersion3 = new Set(['anyOf', 'oneOf', 'not', 'nullable', 'default'])

function older(schema: JsonObject): JsonObject {
  const result: JsonObject = {}
  for (const [name, value] of Object.entries(schema)) {
    if (onlyInVersion3.has(name)) continue
    if (name === 'properties' && isPlainObject(value))
      result[name] = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, olderValue(inner as Json)]))
    else result[name] = name === 'items' || name === 'additionalProperties' ? olderValue(value) : value
  }
  // A null, or fields of any name: a client that checks by version 2 must not refuse what the server takes.
  if (schema.nullable || schema['x-kubernetes-int-or-string']) delete result.type
  if (schema['x-kubernetes-preserve-unknown-fields']) {
    delete result.properties
    delete result.items
    delete result.type
  }
  return result
}

const olderValue = (value: Json): Json => (isPlainObject(value) ? older(value as JsonObject) : value)
