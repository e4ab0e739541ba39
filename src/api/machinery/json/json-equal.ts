import { isNumber } from './json-text.ts'
import { ownMember } from './own-member.ts'

/**
 * Whether two JSON values are the same; the order of keys does not count, nor do members that are undefined, nor which of
 * its two types a number has.
 */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a === 'bigint' || typeof b === 'bigint') return numbersEqual(a, b)
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]))
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const key in left) if (!jsonEqual(left[key], ownMember(right, key))) return false
  for (const key in right) if (right[key] !== undefined && ownMember(left, key) === undefined) return false
  return true
}

/** By their digits: 1e17 is 100000000000000000n. */
const numbersEqual = (a: unknown, b: unknown): boolean => isNumber(a) && isNumber(b) && String(a) === String(b)
