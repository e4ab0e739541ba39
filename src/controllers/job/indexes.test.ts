import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Indexes } from './indexes.ts'

test.each([
  ['', 5, '', 0],
  ['1,3-5,7', 10, '1,3-5,7', 5],
  ['1,3-5,7', 5, '1,3,4', 3],
  ['0,1', 5, '0,1', 2],
  ['0-2,3-4', 5, '0-4', 5],
  ['5-3,x,-1,2', 9, '2', 1],
])('%j below %i is %j', (text, completions, shown, size) => {
  const indexes = Indexes.parse(text, completions)
  expect(`${indexes}`).toBe(shown)
  expect(indexes.size).toBe(size)
})

test('survive being written and read as text', () => {
  const some = fc.array(fc.integer({ min: 0, max: 60 }))
  fc.assert(
    fc.property(some, some, (a, b) => {
      const indexes = Indexes.parse(`${new Indexes().with(a)}`, 61).with(b)
      const expected = new Set([...a, ...b])
      expect(indexes.size).toBe(expected.size)
      for (let index = 0; index <= 61; index++) expect(indexes.has(index)).toBe(expected.has(index))
      expect(new Indexes().with(a).sharedWith(new Indexes().with(b))).toBe(new Set(a).intersection(new Set(b)).size)
    }),
  )
})
