/**
 * JSON as text and as values, digit for digit. An integer beyond 2^53 is a `bigint`, since a `number` would round it;
 * every other number is a `number`. Objects of the API are read and written by these two functions and no others.
 */

import { setMember } from './set-member.ts'

/** What TypeScript's own library does not declare of JSON yet. */
const exactJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n

/**
 * The value of a JSON text. Integers beyond 2^53 and within 64 bits are `bigint`; larger ones are `number`, as Go makes
 * them float64, unless a number would change their digits and they are no longer than those of 64 bits without a sign.
 * @throws SyntaxError for what is no JSON, and for numbers beyond those of float64.
 */
export function parseJson(text: string): unknown {
  return mayRound(text) || mayOverflow.test(text) ? exactJson.parse(text, exactly) : JSON.parse(text)
}

/** The JSON text of a value, as JSON.stringify makes it, with the digits of each `bigint`. */
export function jsonText(value: unknown, indent?: number): string {
  if (!('toJSON' in BigInt.prototype))
    try {
      return JSON.stringify(value, undefined, indent)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
    }
  return JSON.stringify(value, rawBigInts, indent)
}

/** A number as unstructured objects have it: Go makes a float64 of an integer beyond 64 bits. */
export const unstructured = (value: unknown): unknown =>
  typeof value === 'bigint' && !isInt64(value) ? Number(value) : value

/** A copy of a value whose numbers are as unstructured objects have them. */
export function unstructuredTree(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return unstructured(value)
  if (Array.isArray(value)) return value.map(unstructuredTree)
  const copy: Record<string, unknown> = {}
  for (const key in value) setMember(copy, key, unstructuredTree(Reflect.get(value, key)))
  return copy
}

export const isInt64 = (value: bigint): boolean => value >= minInt64 && value <= maxInt64

/** Whether a value is a number; which of the two types it has is a matter of its size. */
export const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

/** The digits of the smallest integer that is rounded: 9007199254740993. */
const digits = 16

/**
 * Whether a text has a run of so many digits, in a string or not. Looks at every 16th character: one of them is in any
 * such run.
 */
export function mayRound(text: string): boolean {
  const { length } = text
  for (let at = digits - 1; at < length; at += digits) {
    if (!isDigit(text.charCodeAt(at))) continue
    // On one side or the other, a run of 16 reaches half as far.
    if (!isDigit(text.charCodeAt(at - digits / 2)) && !isDigit(text.charCodeAt(at + digits / 2 - 1))) continue
    let first = at
    while (first > 0 && isDigit(text.charCodeAt(first - 1))) first--
    let end = at + 1
    while (isDigit(text.charCodeAt(end))) end++
    if (end - first >= digits) return true
  }
  return false
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** Whether there is an exponent of three digits, in a number and not in the midst of a string. */
const mayOverflow = /(?:^|[\s,[]|":)-?\d[\d.]*[eE]\+?\d{3}/

/** Longer than any of 64 bits are floats, and would take long to read. */
const longInteger = /^-?\d{16,20}$/

/** For JSON.parse: sees each value with its text. */
function exactly(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value
  if (!Number.isFinite(value)) throw new SyntaxError(beyondFloat64(source))
  return integerOf(source) ?? value
}

/** The value of an integer with these digits; undefined for what is none, or too long for 64 bits. */
export function integerOf(source: string): number | bigint | undefined {
  const value = Number(source)
  if (Number.isSafeInteger(value)) return value
  if (!longInteger.test(source)) return undefined
  const whole = BigInt(source)
  return isInt64(whole) || String(value) !== source ? whole : value
}

/** The error of Go's decoder for a number that is no float64. */
export const beyondFloat64 = (source: string): string =>
  `json: cannot unmarshal number ${source} into Go value of type float64`

/** For JSON.stringify. Asks the object itself: a program may have given BigInt a toJSON that makes strings. */
function rawBigInts(this: unknown, key: string, value: unknown): unknown {
  const own: unknown = Reflect.get(this as object, key)
  return typeof own === 'bigint' ? exactJson.rawJSON(String(own)) : value
}
