import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equal } from './checks.ts'

/** What Go's JSON has of a value: without what is empty, and with sorted keys. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.length ? value.map((item) => written(item) ?? null) : undefined
  if (typeof value !== 'object' || value === null)
    return value === false || value === '' || value === 0 ? undefined : value
  const members = Object.entries(value)
    .map(([key, member]): [string, unknown] => [key, written(member)])
    .filter(([, member]) => member !== undefined && member !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return members.length ? members : undefined
}

const scalar = fc.constantFrom(undefined, null, false, true, '', 'a', '0', 0, 1, 2 ** 60)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'toString'), tie('value'), { maxKeys: 3 }),
  ),
}))

test('two values are equal when Go would write the same of them', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(equal(a, b)).toBe(JSON.stringify(written(a) ?? null) === JSON.stringify(written(b) ?? null))
      expect(equal(a, structuredClone(a))).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('a number is equal whichever type it has', () => {
  expect([equal(10n ** 17n, 1e17), equal({ a: 5n }, { a: 5 }), equal(5n, 6)]).toEqual([true, true, false])
})
