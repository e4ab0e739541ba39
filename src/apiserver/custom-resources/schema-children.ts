import type { JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'

export interface Child {
  schema: JSONSchemaProps
  path: string
  /** What it describes: a field, the items or further fields of the value, or the value itself again. */
  of: 'field' | 'items' | 'additional' | 'value'
  name?: string
}

/** The schemas directly inside a schema, with their paths as errors name them. */
export function childrenOf(schema: JSONSchemaProps, path: string): Child[] {
  const { properties = {}, items, additionalProperties, allOf = [], anyOf = [], oneOf = [], not } = schema
  const several = (name: string, schemas: JSONSchemaProps[]): Child[] =>
    schemas.map((inner, i) => ({ schema: inner, path: `${path}.${name}[${i}]`, of: 'value' }))
  return [
    ...Object.entries(properties).map(
      ([name, inner]): Child => ({ schema: inner, path: `${path}.properties[${name}]`, of: 'field', name }),
    ),
    ...(items && !Array.isArray(items) ? [{ schema: items, path: `${path}.items`, of: 'items' as const }] : []),
    ...(typeof additionalProperties === 'object'
      ? [{ schema: additionalProperties, path: `${path}.additionalProperties`, of: 'additional' as const }]
      : []),
    ...several('allOf', allOf),
    ...several('anyOf', anyOf),
    ...several('oneOf', oneOf),
    ...(not ? [{ schema: not, path: `${path}.not`, of: 'value' as const }] : []),
  ]
}
