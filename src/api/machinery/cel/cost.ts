import { isMap, sizeOfMap } from './equality.ts'
import { Optional } from './values.ts'

/** What parts of an evaluation cost, in the units of cel-go: reading a variable or a field is one. */
export const costs = { access: 1, list: 10, map: 30, struct: 40 } as const

/** Going through one character of a string; one character of a regular expression. */
export const perCharacter = 0.1
export const perPatternCharacter = 0.25

/** How much there is of a value: characters, elements, members. 1 for what is not made of parts. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 1
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length
  if (value instanceof Optional) return value.present ? sizeOf(value.value) : 1
  return isMap(value) ? sizeOfMap(value) : 1
}

/** The cost of going through a string or a list so many times. */
export const traversal = (size: number, times = 1): number => Math.ceil(size * times * perCharacter)

/** The cost of matching a regular expression. */
export const matching = (text: unknown, pattern: unknown): number =>
  traversal(1 + sizeOf(text)) * Math.ceil(sizeOf(pattern) * perPatternCharacter)

/** The cost of comparing two values. */
export const comparing = ([a, b]: readonly unknown[]): number => traversal(Math.min(sizeOf(a), sizeOf(b)))
