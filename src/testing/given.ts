import { jsonText } from '../api/machinery/json/json-text.ts'
import { type Duration, durationMs } from './duration.ts'

/** Describes what a value should be; undefined if it is that. */
export type Check = (value: unknown) => string | undefined
/** One check for each known key. */
export type Checks<T> = { readonly [K in keyof Required<T>]: Check }

/**
 * Checks a test's arguments, so that a mistake fails in the test's own line, with its name, in JavaScript, too. Undefined
 * counts as absent. @throws TypeError
 */
export function checkGiven<T extends object>(what: string, given: T, checks: Checks<T>): void {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${what} takes an object, not ${shown(given)}`)
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(checks, key))
      throw new TypeError(`${what}: there is no "${key}", but ${Object.keys(checks).join(', ')}`)
    const wanted = value === undefined ? undefined : checks[key as keyof T](value)
    if (wanted !== undefined) throw new TypeError(`${what}: ${key} must be ${wanted}, not ${shown(value)}`)
  }
}

/** @throws TypeError */
export function checkWord(what: string, given: string, words: readonly string[]): void {
  if (!words.includes(given)) throw new TypeError(`${what} takes one of ${words.join(', ')}, not ${shown(given)}`)
}

/** Accepts a value that passes `fits`; otherwise says what it should be. */
export const check =
  (wanted: string, fits: (value: unknown) => boolean): Check =>
  (value) =>
    fits(value) ? undefined : wanted

export const isText = check('a text', (value) => typeof value === 'string')
export const isYesOrNo = check('true or false', (value) => typeof value === 'boolean')
export const isUser = check('a user: { name, groups }', (value) => isObject(value) && typeof value.name === 'string')
export const isFunction = check('a function', (value) => typeof value === 'function')

/** A whole number within the range, both ends included. */
export function isCount(from: number, to = Number.MAX_SAFE_INTEGER): Check {
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from} on` : `from ${from} to ${to}`
  return check(`a whole number ${range}`, (value) => Number.isInteger(value) && inRange(value as number, from, to))
}

const inRange = (value: number, from: number, to: number) => value >= from && value <= to

export const isDuration = check("a duration: milliseconds, or '90s', '1h30m'", (value) => {
  try {
    return durationMs(value as Duration) >= 0
  } catch {
    return false
  }
})

/** One of the strings, or, with `many`, a list of them. */
export function isOneOf(words: readonly string[], many = false): Check {
  const known = (value: unknown) => words.includes(value as string)
  return check(
    `one of ${words.join(', ')}`,
    (value) => known(value) || (many && Array.isArray(value) && value.every(known)),
  )
}

/** An object in which all these are functions. */
export function isPart(name: string, ...methods: string[]): Check {
  return check(
    `${name}, with ${methods.join(', ')}`,
    (value) => isObject(value) && methods.every((method) => typeof value[method] === 'function'),
  )
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' || typeof value === 'string' ? jsonText(value) : String(value)
}
