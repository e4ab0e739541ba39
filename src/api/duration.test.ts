import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['40s', 40_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['250ms', 250],
  ['0', 0],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '5', '1d', 's', '1m 30s', '-1s', '1x2s'])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test('units can be added', () => {
  expect(parseDuration('1d1h', { d: 86_400_000, h: 3_600_000 })).toBe(90_000_000)
})
