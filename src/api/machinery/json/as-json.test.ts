import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asJson } from './as-json.ts'

test('the same as through JSON', () => {
  fc.assert(
    fc.property(
      fc.object({ values: [fc.string(), fc.boolean(), fc.integer(), fc.constant(undefined), fc.constant(null)] }),
      (value) => {
        const before = JSON.stringify(value)
        expect(asJson(value)).toStrictEqual(JSON.parse(before))
        expect(JSON.stringify(value)).toBe(before)
      },
    ),
  )
})

test('nothing is copied where nothing is undefined', () => {
  const value = { a: [{ b: 1 }], c: { d: undefined as unknown }, e: { f: 1 } }
  const result = asJson(value) as typeof value
  expect(result.a).toBe(value.a)
  expect(result.e).toBe(value.e)
  expect(result.c).toStrictEqual({})
  expect(asJson(value.a)).toBe(value.a)
})
