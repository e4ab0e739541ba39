import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { jsonEqual } from './json-equal.ts'

test.each<[unknown, unknown]>([
  [1, 1],
  [
    { a: 1, b: [{ c: null }] },
    { b: [{ c: null }], a: 1 },
  ],
  [{ a: undefined }, {}],
  [{}, { a: undefined }],
])('%j is %j', (a, b) => {
  expect(jsonEqual(a, b)).toBe(true)
})

test.each<[unknown, unknown]>([
  [1, '1'],
  [{ a: null }, {}],
  [{}, { a: null }],
  [{ a: 1 }, { a: 1, b: 2 }],
  [[], {}],
  [
    [1, 2],
    [2, 1],
  ],
  [[1], [1, 2]],
  [null, {}],
])('%j is not %j', (a, b) => {
  expect(jsonEqual(a, b)).toBe(false)
})

test('objects are equal when their canonical texts are, also with members that are named as what objects inherit', () => {
  const inherited = Object.getOwnPropertyNames(Object.prototype)
  const values = fc.constantFrom<unknown>(undefined, null, 1, 'x')
  const objects = fc
    .array(fc.tuple(fc.constantFrom('a', ...inherited), fc.oneof(values, fc.constant({}))), { maxLength: 3 })
    .map((members) => Object.fromEntries(members))
  const check = fc.property(objects, objects, (a, b) => {
    expect(jsonEqual(a, b)).toBe(canonicalJson(a) === canonicalJson(b))
    expect(jsonEqual(a, { ...a })).toBe(true)
  })
  fc.assert(check, { seed: 1, numRuns: 2000 })
  for (const name of inherited) {
    expect(jsonEqual({}, Object.fromEntries([[name, 'x']])), name).toBe(false)
    expect(jsonEqual(Object.fromEntries([[name, {}]]), {}), name).toBe(false)
  }
})
