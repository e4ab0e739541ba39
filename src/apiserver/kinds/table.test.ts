import { expect, test } from 'vitest'
import { age, duration, firstFew } from './table.ts'

const s = 1000
const m = 60 * s
const h = 60 * m
const d = 24 * h

test.each([
  [-5 * s, '<invalid>'],
  [-1 * s, '0s'],
  [0, '0s'],
  [119 * s, '119s'],
  [2 * m, '2m'],
  [9 * m + 5 * s, '9m5s'],
  [10 * m + 5 * s, '10m'],
  [179 * m, '179m'],
  [3 * h, '3h'],
  [7 * h + 59 * m, '7h59m'],
  [8 * h + 59 * m, '8h'],
  [47 * h, '47h'],
  [2 * d, '2d'],
  [7 * d + 3 * h, '7d3h'],
  [8 * d + 3 * h, '8d'],
  [729 * d, '729d'],
  [730 * d, '2y'],
  [800 * d, '2y70d'],
  [8 * 365 * d + 3 * d, '8y'],
])('%i ms is shown as %s', (ms, text) => expect(duration(ms)).toBe(text))

test('an age counts from a timestamp', () => {
  expect(age('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:30Z'))).toBe('5m30s')
  expect(age(undefined, 0)).toBe('<unknown>')
})

test('long lists are cut', () => {
  expect(firstFew(['a', 'b', 'c'])).toBe('a,b,c')
  expect(firstFew(['a', 'b', 'c', 'd', 'e'])).toBe('a,b,c + 2 more...')
})
