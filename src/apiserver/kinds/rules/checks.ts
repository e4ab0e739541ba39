import { type FieldError, fieldError } from '../../../api/errors.ts'
import type { IntOrString } from '../../../api/intstr.ts'
import { ipProblem } from '../../../api/ip.ts'
import { isNumber } from '../../../api/machinery/json/json-text.ts'
import { ownMember } from '../../../api/machinery/json/own-member.ts'
import { configMapKey, inRange, percent, portName, portNumber } from '../../../api/names.ts'
import { parseQuantity, type Quantity } from '../../../api/quantity.ts'
import type { Check } from './walk.ts'

/** The small checks that rules are made of. All but `required` accept what is absent. */

const isAbsent = (value: unknown) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

export const required = (value: unknown, field: string): FieldError[] =>
  isAbsent(value) ? [fieldError.required(field)] : []

/** For a field whose values the schema lists, but the rule of what contains it says what is wrong. */
export const notSaidHere = (): FieldError[] => []

/** `required` first; the others only for what is there. */
export const needs =
  <V>(...checks: Check<V>[]): Check<V> =>
  (value, field) =>
    isAbsent(value) ? [fieldError.required(field)] : checks.flatMap((check) => check(value, field))

/** A name rule of `api/names.ts` as a check of a field. */
export const named =
  (rule: (name: string) => string[]): Check<string> =>
  (value, field) =>
    value ? rule(value).map((problem) => fieldError.invalid(field, value, problem)) : []

/** As `named`, where an empty text is no name either: what is a pointer in Go, or an element of a list. */
export const given =
  (rule: (name: string) => string[]): Check<string> =>
  (value, field) =>
    value === undefined ? [] : rule(value).map((problem) => fieldError.invalid(field, value, problem))

export const oneOf =
  (...values: string[]): Check<string> =>
  (value, field) =>
    value && !values.includes(value) ? [fieldError.notSupported(field, value, values)] : []

/** As `oneOf`, where an empty text is no value either: what is a pointer in Go, or an element of a list. */
export const among =
  (...values: string[]): Check<string> =>
  (value, field) =>
    value !== undefined && !values.includes(value) ? [fieldError.notSupported(field, value, values)] : []

/** The length of a text in UTF-8, which is what Go counts. */
export const bytesOf = (text: string): number => new TextEncoder().encode(text).length

export const maxBytes =
  (most: number): Check<string> =>
  (value = '', field) =>
    bytesOf(value) > most ? [fieldError.tooLong(field, most)] : []

/** Each element of a list. */
export const each =
  <V>(check: Check<V>): Check<V[]> =>
  (values, field) =>
    (values ?? []).flatMap((value, i) => check(value, `${field}[${i}]`))

export const unique: Check<string[]> = (values, field) =>
  duplicates((values ?? []).map((value, i) => [value, `${field}[${i}]`]))

/** An error for each value that was there before. */
export function duplicates(values: [value: string, field: string][]): FieldError[] {
  const seen = new Set<string>()
  return values.flatMap(([value, field]) => {
    if (value && seen.has(value)) return [fieldError.duplicate(field, value)]
    seen.add(value)
    return []
  })
}

/** Elements of a list, identified by their names. */
export const uniqueNames: Check<{ name?: string }[]> = (values, field) =>
  duplicates((values ?? []).map(({ name = '' }, i) => [name, `${field}[${i}].name`]))

const atLeast =
  (least: number): Check<number> =>
  (value, field) =>
    value !== undefined && value < least
      ? [
          fieldError.invalid(
            field,
            value,
            least === 1 ? 'must be greater than 0' : `must be greater than or equal to ${least}`,
          ),
        ]
      : []
export const notNegative = atLeast(0)
export const positive = atLeast(1)

export const between =
  (low: number, high: number): Check<number> =>
  (value, field) =>
    value === undefined ? [] : inRange(value, low, high).map((problem) => fieldError.invalid(field, value, problem))

/** Go has no absent numbers: 0 stands for it. */
export const requiredPort: Check<number> = (value, field) =>
  value ? portOrZero(value, field) : [fieldError.required(field)]
export const port: Check<number> = (value = 0, field) =>
  portNumber(value).map((problem) => fieldError.invalid(field, value, problem))
export const portOrZero: Check<number> = (value, field) => (value ? port(value, field) : [])
/** A port by number or by name. */
export const portOrName: Check<IntOrString> = (value = 0, field) =>
  typeof value === 'number'
    ? port(value, field)
    : portName(value).map((problem) => fieldError.invalid(field, value, problem))

/** A count or a percentage of one, not negative. */
export const countOrPercent: Check<IntOrString> = (value, field) => {
  if (value === undefined) return []
  if (typeof value === 'number') return notNegative(value, field)
  return percent(value).map((problem) => fieldError.invalid(field, value, problem))
}

export const ip: Check<string> = (value, field) =>
  value ? ipProblem(value).map((problem) => fieldError.invalid(field, value, problem)) : []

const specialRanges: [RegExp, string][] = [
  [/^(0\.0\.0\.0|::)$/, 'may not be unspecified'],
  [/^(127\.|::1$)/, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^(169\.254\.|fe[89ab].:)/i, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^(224\.0\.0\.|ff02:)/i, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]
/** An address that traffic can be sent to from another machine. */
export const usableIP: Check<string> = (value, field) => {
  const errors = ip(value, field)
  if (errors.length || !value) return errors
  return specialRanges
    .filter(([range]) => range.test(value))
    .map(([, why]) => fieldError.invalid(field, value, why.endsWith(')') ? why : `${why} (${value})`))
}

/** Keys of ConfigMaps and Secrets. */
export const dataKey: Check<string> = (value, field) =>
  value ? configMapKey(value).map((problem) => fieldError.invalid(field, value, problem)) : []

/** Undefined for text that is no quantity: the decoder has refused that already. */
export function quantityOf(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined
  try {
    return parseQuantity(text)
  } catch {
    return undefined
  }
}
export const notNegativeQuantity: Check<string> = (text, field) =>
  (quantityOf(text)?.sign ?? 0) < 0 ? [fieldError.invalid(field, text, 'must be greater than or equal to 0')] : []
export const positiveQuantity: Check<string> = (text, field) =>
  text !== undefined && (quantityOf(text)?.sign ?? 1) <= 0
    ? [fieldError.invalid(field, text, 'must be greater than zero')]
    : []

/** The text of upstream's rule against a value that differs from the one before. */
export const immutable = 'field is immutable'
export const unchanged = (now: unknown, before: unknown, field: string, why: string = immutable): FieldError[] =>
  equal(now, before) ? [] : [fieldError.invalid(field, now, why)]

/** Whether two JSON values say the same; absent, empty and false are the same, as they are in Go. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return isEmpty(a) ? isEmpty(b) : numbersEqual(a, b)
  if (Array.isArray(a) || Array.isArray(b)) {
    if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b)
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const key in left) if (!equal(left[key], ownMember(right, key))) return false
  for (const key in right) if (ownMember(left, key) === undefined && !isEmpty(right[key])) return false
  return true
}

/** Of the two types of a number, one may be read and the other calculated. */
const numbersEqual = (a: unknown, b: unknown): boolean => isNumber(a) && isNumber(b) && String(a) === String(b)

/** What Go leaves out: an object of which all members are empty is empty, too. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null || value === false || value === '' || value === 0
  for (const key in value) if (!isEmpty(Reflect.get(value, key))) return false
  return true
}

/** Of fields that exclude each other: none is `missing`, a second one is forbidden. */
export function exactlyOne(
  value: object,
  names: readonly string[],
  field: string,
  missing: string,
  tooMany: string,
): FieldError[] {
  const given = names.filter((name) => (value as Record<string, unknown>)[name] !== undefined)
  if (given.length === 0) return [fieldError.required(field, missing)]
  return given.slice(1).map((name) => fieldError.forbidden(`${field}.${name}`, tooMany))
}
