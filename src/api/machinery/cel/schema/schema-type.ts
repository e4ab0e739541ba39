import type { JSONSchemaProps } from '../../../apiextensions/v1/json-schema.ts'
import { additionalOf, itemsOf } from '../../structural/schema-parts.ts'
import { failure } from '../errors.ts'
import { parseDate, parseDuration, parseTimestamp } from '../times.ts'
import * as t from '../types.ts'
import { Double } from '../values.ts'
import { escapedName } from './escape.ts'
import { listSemantics, objectEquals } from './list-types.ts'

/** The type of the values that a schema allows. */
export interface SchemaType {
  readonly type: t.CelType
  /** How many bytes of JSON such a value takes at least: it bounds how many of them a request can have. */
  readonly minSize: number
}

/** A request has so many bytes at most. */
const maxRequest = 3 * 1024 * 1024

/** Upstream's schemas give no size to keys, numbers and objects: comparing them is reckoned to cost nothing. */
const unsized = 0

/** How often a value of at least this size can occur in one request. */
export const maxOccurrences = (minSize: number): number => Math.floor(maxRequest / (minSize + 1))

const known = [
  new WeakMap<JSONSchemaProps, SchemaType | null>(),
  new WeakMap<JSONSchemaProps, SchemaType | null>(),
] as const

/**
 * The type of values of a structural schema, with its bounds; undefined where expressions cannot speak of them. A root is
 * a whole object: its type and the names in its metadata are known in any case.
 */
export function schemaType(schema: JSONSchemaProps, isRoot: boolean): SchemaType | undefined {
  const cache = known[isRoot ? 1 : 0]
  let result = cache.get(schema)
  if (result === undefined) {
    result = make(schema, isRoot) ?? null
    cache.set(schema, result)
  }
  return result ?? undefined
}

/** The type of a part. */
const partType = (schema: JSONSchemaProps) => schemaType(schema, schema['x-kubernetes-embedded-resource'] === true)

function make(schema: JSONSchemaProps, isRoot: boolean): SchemaType | undefined {
  if (schema['x-kubernetes-int-or-string'])
    return { type: { ...t.dyn, maxSize: longest(schema, maxRequest - 2) }, minSize: 1 }
  switch (schema.type) {
    case 'array':
      return listType(schema)
    case 'object':
      return additionalOf(schema).schema && !isRoot ? mapType(schema) : objectType(schema, isRoot)
    case 'string':
      return stringType(schema)
    case 'boolean':
      return { type: { ...t.bool, maxSize: unsized }, minSize: 4 }
    case 'integer':
      return { type: { ...t.int, maxSize: unsized }, minSize: 1 }
    case 'number':
      return { type: { ...t.double, maxSize: unsized, fromJson: Double.ofJson }, minSize: 1 }
    default:
      return undefined
  }
}

function listType(schema: JSONSchemaProps): SchemaType | undefined {
  const items = itemsOf(schema)
  const item = items && partType(items)
  if (!item) return undefined
  const { fromJson } = item.type
  const { 'x-kubernetes-list-type': kind, 'x-kubernetes-list-map-keys': keys = [] } = schema
  return {
    type: {
      ...t.listOf(item.type),
      maxSize: Math.max(0, schema.maxItems ?? Math.floor((maxRequest - 2) / (item.minSize + 1))),
      ...listSemantics(kind, keys, item.type),
      ...(fromJson && { fromJson: (list) => (Array.isArray(list) ? list.map(fromJson) : list) }),
    },
    minSize: 2,
  }
}

function mapType(schema: JSONSchemaProps): SchemaType | undefined {
  const additional = additionalOf(schema).schema
  const value = additional && partType(additional)
  if (!value) return undefined
  const { fromJson } = value.type
  const convert = (map: unknown) =>
    typeof map === 'object' && map !== null && fromJson
      ? Object.fromEntries(Object.entries(map).map(([key, inner]) => [key, fromJson(inner)]))
      : map
  return {
    type: {
      ...t.mapOf({ ...t.string, maxSize: unsized }, value.type),
      maxSize: Math.max(0, schema.maxProperties ?? Math.floor((maxRequest - 2) / (value.minSize + 6))),
      ...(fromJson && { fromJson: convert }),
    },
    minSize: 2,
  }
}

const text: SchemaType = { type: { ...t.string, maxSize: maxRequest - 2 }, minSize: 2 }

/** What expressions can read of every object. */
const rootFields: readonly [string, t.Field][] = [
  ['apiVersion', { member: 'apiVersion', type: text.type }],
  ['kind', { member: 'kind', type: text.type }],
  ['metadata', { member: 'metadata', type: t.objectOf('metadata', { name: text.type, generateName: text.type }) }],
]

function objectType(schema: JSONSchemaProps, isRoot: boolean): SchemaType {
  const { properties = {}, required = [] } = schema
  const fields = new Map<string, t.Field>()
  const equal = new Map<string, (a: unknown, b: unknown) => boolean>()
  let minSize = 2
  for (const [member, property] of Object.entries(properties)) {
    if (isRoot && rootFields.some(([name]) => name === member)) continue
    const part = partType(property)
    if (!part) continue
    const name = escapedName(member)
    if (name !== undefined) fields.set(name, { member, type: part.type })
    if (part.type.equals) equal.set(member, part.type.equals)
    if (required.includes(member) && property.default === undefined) minSize += member.length + part.minSize + 4
  }
  if (isRoot) for (const [name, field] of rootFields) fields.set(name, field)
  const equals = objectEquals(equal)
  return {
    type: {
      kind: 'object',
      name: 'object',
      maxSize: unsized,
      fields: (name) => fields.get(name),
      ...(equals && { equals }),
    },
    minSize,
  }
}

const longest = ({ maxLength }: JSONSchemaProps, otherwise: number): number =>
  maxLength === undefined ? otherwise : Math.max(0, maxLength) * 4

const formats: Readonly<Record<string, (schema: JSONSchemaProps) => SchemaType>> = {
  byte: ({ maxLength }) => ({
    type: { ...t.bytes, maxSize: Math.max(0, maxLength ?? maxRequest - 2), fromJson: reading('byte', bytesOf) },
    minSize: 2,
  }),
  duration: () => ({ type: { ...t.duration, maxSize: 32, fromJson: reading('duration', parseDuration) }, minSize: 3 }),
  date: () => ({ type: { ...t.timestamp, maxSize: 12, fromJson: reading('date', parseDate) }, minSize: 12 }),
  'date-time': () => ({
    type: { ...t.timestamp, maxSize: 32, fromJson: reading('date-time', parseTimestamp) },
    minSize: 21,
  }),
}

function stringType(schema: JSONSchemaProps): SchemaType {
  const { format = '', enum: values } = schema
  const special = Object.hasOwn(formats, format) ? formats[format]?.(schema) : undefined
  if (special) return special
  const longestValue = values?.reduce<number>(
    (max, value) => Math.max(max, typeof value === 'string' ? value.length : 0),
    0,
  )
  const maxSize = longest(schema, values?.length ? (longestValue ?? 0) : maxRequest - 2)
  return { type: { ...t.string, maxSize }, minSize: 2 }
}

/** Reads the text of a member. @throws EvaluationError for one that is none of its format */
const reading =
  (format: string, read: (text: string) => unknown) =>
  (value: unknown): unknown => {
    if (typeof value !== 'string') return value
    const result = read(value)
    if (result === undefined) throw failure(`Invalid ${format} ${value}`)
    return result
  }

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
