import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { isPlainObject } from '../decode/decode-scalar.ts'
import { ownMember } from '../json/own-member.ts'
import { setMember } from '../json/set-member.ts'
import { additionalOf, isAbsent, itemsOf } from './schema-parts.ts'

/** Sets a schema's defaults in a value, in place, outermost first; returns whether it set any. */
export type Fill = (value: unknown) => boolean

/** Undefined where a schema has no defaults, so that nothing walks its values. */
export function fillerOf(schema: JSONSchemaProps): Fill | undefined {
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const inner = fillerOf(property)
    return inner || property.default !== undefined ? [{ name, property, inner }] : []
  })
  const additional = elements(additionalOf(schema).schema)
  const items = elements(itemsOf(schema))
  if (properties.length === 0 && !additional && !items) return undefined

  const named = new Set(Object.keys(schema.properties ?? {}))
  return (value) => {
    let filled = false
    if (Array.isArray(value)) {
      if (items) for (const i of value.keys()) filled = items(value, i) || filled
    } else if (isPlainObject(value)) {
      for (const { name, property, inner } of properties) {
        let member = ownMember(value, name)
        if (property.default !== undefined && isAbsent(member, property)) {
          member = structuredClone(property.default)
          setMember(value, name, member)
          filled = true
        }
        if (inner && member !== undefined) filled = inner(member) || filled
      }
      if (additional)
        for (const name of Object.keys(value)) if (!named.has(name)) filled = additional(value, name) || filled
    }
    return filled
  }
}

/** For the items of a list or the values of a map: a null among them may stand for the default. */
function elements(schema: JSONSchemaProps | undefined) {
  if (!schema) return undefined
  const inner = fillerOf(schema)
  if (!inner && schema.default === undefined) return undefined
  return (holder: unknown[] | Record<string, unknown>, key: number | string): boolean => {
    const values = holder as Record<number | string, unknown>
    const replaces = schema.default !== undefined && values[key] === null && !schema.nullable
    if (replaces) values[key] = structuredClone(schema.default)
    return (inner?.(values[key]) ?? false) || replaces
  }
}
