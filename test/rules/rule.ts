import type { FieldError } from '../../src/api/errors.ts'
import type { ResourceType } from '../../src/api/machinery/schema/package.ts'
import type { KubeObject } from '../../src/api/object.ts'

/**
 * Upstream's validation as data: what each rule says of which field, with an object that it just accepts and one that
 * it refuses. `test/rules.test.ts` takes every case through the API server.
 */
export interface Table {
  resource: ResourceType
  /** Default `create`; `update`, `status` and the like write a changed copy of the stored `base`. */
  write?: 'create' | 'update' | 'status' | 'resize' | 'ephemeralcontainers' | 'finalize' | 'approval' | 'scale'
  /** Accepted as it is. */
  base: KubeObject
  rules: readonly Rule[]
  /** Rules that have no case, and why. */
  uncovered?: readonly Uncovered[]
}

export interface Rule {
  /** The field that the error is about, as upstream names it. */
  path: string
  type: FieldError['reason']
  /** A part of the error's message. */
  message: string
  accept: Change
  refuse: Change
  /** For rules of updates: what is stored is the table's base with this. */
  stored?: Change
}

export interface Uncovered {
  path: string
  rule: string
  why: string
}

/** Values by their paths. */
export type Change = ReadonlyMap<string, unknown>

/** The value of a field that is taken away. */
export const absent = Symbol('absent')

/**
 * A rule of one field. `accept` and `refuse` are values of that field; where a case needs more, or where upstream's path
 * is not the path of the field, they are changes made by `put`.
 */
export function rule(
  path: string,
  type: FieldError['reason'],
  message: string,
  accept: unknown,
  refuse: unknown,
  stored?: Change,
): Rule {
  const change = (value: unknown) => (isChange(value) ? value : new Map([[path, value]]))
  return { path, type, message, accept: change(accept), refuse: change(refuse), ...(stored && { stored }) }
}

export const put = (values: Record<string, unknown>): Change => new Map(Object.entries(values))
/** `put` with one path: for cases that differ in the value of one field. */
export const to =
  (path: string) =>
  (value: unknown): Change =>
    new Map([[path, value]])
/** The base as it is. */
export const nothing: Change = new Map()

/** A field that takes one of some values. */
export function oneOf(path: string, values: string[], bad = 'Sometimes'): Rule[] {
  const list = values.map((value) => `"${value}"`).join(', ')
  return values
    .filter(Boolean)
    .map((value) => rule(path, notSupported, `"${bad}": supported values: ${list}`, value, bad))
}

/** A number between two others, both included. */
export const range = (path: string, low: number, high: number): Rule[] => [
  rule(path, invalid, `must be between ${low} and ${high}, inclusive`, low, low - 1),
  rule(path, invalid, `must be between ${low} and ${high}, inclusive`, high, high + 1),
]

/** The same rules of a field that holds what these rules are about, such as a template. */
export const below = (prefix: string, rules: readonly Rule[]): Rule[] =>
  rules.map(({ path, accept, refuse, ...rest }) => ({
    ...rest,
    path: `${prefix}.${path}`,
    accept: moved(prefix, accept),
    refuse: moved(prefix, refuse),
  }))

const moved = (prefix: string, change: Change): Change =>
  new Map([...change].map(([path, value]) => [`${prefix}.${path}`, value]))

const isChange = (value: unknown): value is Change => value instanceof Map

export const required = 'FieldValueRequired'
export const invalid = 'FieldValueInvalid'
export const notSupported = 'FieldValueNotSupported'
export const duplicate = 'FieldValueDuplicate'
export const forbidden = 'FieldValueForbidden'
export const tooLong = 'FieldValueTooLong'
export const tooMany = 'FieldValueTooMany'
export const notFound = 'FieldValueNotFound'

/** Parts of messages that many rules share. */
export const words = {
  label: 'a lowercase RFC 1123 label must consist of',
  subdomain: 'a lowercase RFC 1123 subdomain must consist of',
  qualified: 'name part must consist of alphanumeric characters',
  negative: 'must be greater than or equal to 0',
  notPositive: 'must be greater than zero',
  immutable: 'field is immutable',
  ip: 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  cidr: 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
  mode: 'must be a number between 0 and 0777 (octal), both inclusive',
  backstep: "must not contain '..'",
  relative: 'must be a relative path',
  key: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
} as const

/** A copy of an object with values put in; lists and maps on the way are made where they are missing. */
export function changed(object: KubeObject, change: Change): KubeObject {
  const copy = structuredClone(object)
  for (const [path, value] of change) set(copy as Container, stepsOf(path), value)
  // As it goes over the wire: what is undefined is not there.
  return JSON.parse(JSON.stringify(copy))
}

type Container = Record<string | number, unknown>

/** `spec.containers[0].env`, `metadata.annotations[example.com/a]` */
function stepsOf(path: string): (string | number)[] {
  return [...path.matchAll(/[^.[\]]+|\[([^\]]*)\]/g)].map(([step, key]) => {
    if (key === undefined) return step
    return /^\d+$/.test(key) ? Number(key) : key
  })
}

function set(container: Container, [step = '', ...rest]: (string | number)[], value: unknown): void {
  if (rest.length === 0) {
    if (value === absent) delete container[step]
    // Another change of the same case may reach into it.
    else container[step] = structuredClone(value)
    return
  }
  container[step] ??= typeof rest[0] === 'number' ? [] : {}
  set(container[step] as Container, rest, value)
}
