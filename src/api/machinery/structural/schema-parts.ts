import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'

/** The schema of a list's items. A list of schemas is not structural: the server refuses such a definition. */
export function itemsOf(schema: JSONSchemaProps | undefined): JSONSchemaProps | undefined {
  const items = schema?.items
  return Array.isArray(items) ? undefined : items
}

/** The schema of a field that is named. */
export function propertyOf(schema: JSONSchemaProps | undefined, name: string): JSONSchemaProps | undefined {
  const properties = schema?.properties
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined
}

/** Whether fields besides the named ones are allowed, and their schema where they have one. */
export function additionalOf(schema: JSONSchemaProps | undefined): { allowed: boolean; schema?: JSONSchemaProps } {
  const additional = schema?.additionalProperties
  if (typeof additional === 'object') return { allowed: true, schema: additional }
  return { allowed: additional === true }
}

/** Null stands for absent where a schema does not allow it as a value. */
export const isAbsent = (value: unknown, schema: JSONSchemaProps): boolean =>
  value === undefined || (value === null && !schema.nullable)
