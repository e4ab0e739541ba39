import { expect, test } from 'vitest'
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
