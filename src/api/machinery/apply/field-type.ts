import type { Element } from './element.ts'
import type { FieldSet } from './field-set.ts'

/**
 * How the fields of a value have owners: what it may be, and how each form divides into fields. Made of the declaration of
 * a built-in type, or of the schema of a custom resource. The parts are made when they are first asked for, since types
 * can contain themselves.
 */
export interface FieldType {
  readonly map?: MapType
  readonly scalar?: ScalarType
  readonly list?: ListType
}

export type ScalarType = 'string' | 'numeric' | 'boolean' | 'untyped'

/** An object: a struct with named fields, a map with keys of any name, or both. */
export interface MapType {
  /** It has one owner as a whole. */
  readonly isAtomic: boolean
  readonly fields: ReadonlyMap<string, NamedField>
  /** The type of all other members; undefined where there may be none. */
  readonly others: FieldType | undefined
}

export interface NamedField {
  /** The field as an element of a path. */
  readonly element: Element
  readonly type: FieldType
  /** What the field is worth where an item of a list that it is a key of leaves it out. */
  readonly keyDefault?: unknown
  /** Go's JSON of the type always has the field: its absence is this empty value, and not nothing. */
  readonly zero?: unknown
}

/** A list: of one owner as a whole, or of items that have owners of their own. */
export interface ListType {
  /** What identifies an item: nothing, its value, or the values of its keys. */
  readonly by: 'nothing' | 'value' | 'keys'
  readonly keys: readonly string[]
  readonly items: FieldType
}

/** Any value; lists in it are atomic, objects are not ('deduced' by upstream's word). */
export const anyValue: FieldType = {
  scalar: 'untyped',
  get list() {
    return anyList
  },
  get map() {
    return anyMap
  },
}
const anyList: ListType = { by: 'nothing', keys: [], items: anyValue }
const anyMap: MapType = { isAtomic: false, fields: new Map(), others: anyValue }

/** What a member of an object is; undefined where it may not be. */
export const memberType = (map: MapType, name: string): FieldType | undefined =>
  map.fields.get(name)?.type ?? map.others

/** The type below an element of a path; undefined where there is none. */
export function typeBelow({ map, list }: FieldType, element: Element): FieldType | undefined {
  if (element[0] === 'f') return map && memberType(map, element.slice(2))
  return element[0] === 'k' ? list?.items : undefined
}

/** The form of a value that its type allows; of a null, and of a form that it does not allow, the type's first. */
export function formOf(type: FieldType, value: unknown): 'map' | 'scalar' | 'list' {
  const own = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'map' : 'scalar'
  if (value !== null && type[own]) return own
  return type.map ? 'map' : type.scalar ? 'scalar' : 'list'
}

/** A change of fields between two values, as sets. Undefined: none. */
export interface Comparison {
  readonly removed: FieldSet | undefined
  readonly modified: FieldSet | undefined
  readonly added: FieldSet | undefined
}
