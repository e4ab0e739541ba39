/** A static type. Types are compared by `sameType`; the same one may exist many times. */
export interface CelType {
  readonly kind: Kind
  /** What an opaque type or an object is called. */
  readonly name?: string
  /** The element of a list, key and value of a map, the value of an optional, the type that a type value names. */
  readonly params?: readonly CelType[]
  /** The fields of an object, by the names that expressions use. */
  readonly fields?: Fields
  /** Of a type parameter. */
  readonly id?: number
  /** Makes a value of a member of JSON, where they differ: a double, a timestamp of a string. */
  readonly fromJson?: (value: unknown) => unknown
  /** How many elements or bytes a value may have by its schema: for the estimate of costs. */
  readonly maxSize?: number
  /** How values are compared, and lists are added, where that is not as everywhere: lists that are sets or maps. */
  readonly equals?: (a: unknown, b: unknown) => boolean
  readonly join?: (a: readonly unknown[], b: readonly unknown[]) => readonly unknown[]
}

export type Kind =
  | 'dyn'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'type'
  | 'list'
  | 'map'
  | 'optional'
  | 'opaque'
  | 'object'
  | 'param'

/** Finds the field of an object; undefined if it has none of that name. */
export type Fields = (name: string) => Field | undefined

export interface Field {
  readonly type: CelType
  /** The member of the JSON object that holds it. */
  readonly member: string
}

const simple = (kind: Kind): CelType => ({ kind })

export const dyn = simple('dyn')
export const nullType = simple('null')
export const bool = simple('bool')
export const int = simple('int')
export const uint = simple('uint')
export const double = simple('double')
export const string = simple('string')
export const bytes = simple('bytes')
export const timestamp = simple('timestamp')
export const duration = simple('duration')

export const listOf = (element: CelType): CelType => ({ kind: 'list', params: [element] })
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', params: [key, value] })
export const optionalOf = (value: CelType): CelType => ({ kind: 'optional', params: [value] })
export const typeOf = (value: CelType): CelType => ({ kind: 'type', params: [value] })
export const opaque = (name: string): CelType => ({ kind: 'opaque', name })

/** Stands for any type in a declaration: the same for the same letter. */
export const param = (name: string): CelType => ({ kind: 'param', name })

/** An object whose fields are known. */
export function objectOf(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  const declared = new Map(Object.entries(fields).map(([key, type]) => [key, { type, member: key }]))
  return { kind: 'object', name, fields: (key) => declared.get(key) }
}

export const paramOf = (type: CelType, index: number): CelType => type.params?.[index] ?? dyn

const runtimeNames: Partial<Record<Kind, string>> = {
  null: 'null_type',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  optional: 'optional_type',
}

/** What `type(x)` says of a value of this type. */
export const runtimeName = ({ kind, name }: CelType): string => name ?? runtimeNames[kind] ?? kind

const shownNames: Partial<Record<Kind, string>> = { optional: 'optional_type' }

/** A type as error messages show it: `list(int)`, `map(string, dyn)`. */
export function typeText(type: CelType): string {
  const name = type.name ?? shownNames[type.kind] ?? type.kind
  const params = type.kind === 'object' || type.kind === 'param' ? [] : (type.params ?? [])
  if (type.kind === 'type' && (params.length === 0 || params[0]?.kind === 'param')) return 'type'
  return params.length > 0 ? `${name}(${params.map(typeText).join(', ')})` : name
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || a.name !== b.name || a.id !== b.id) return false
  const [x, y] = [a.params ?? [], b.params ?? []]
  return x.length === y.length && x.every((type, i) => sameType(type, y[i] ?? dyn))
}
