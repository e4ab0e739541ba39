import { afterEach, expect, test, vi } from 'vitest'
import { systemRandom, uuidOf } from './random.ts'

afterEach(() => void vi.unstubAllGlobals())

test('a UUID of given bits has version and variant', () => {
  expect(uuidOf([0, 0, 0, 0])).toBe('00000000-0000-4000-8000-000000000000')
  expect(uuidOf([0x1234567, 0xffffffff, 0xffffffff, 1])).toBe('01234567-ffff-4fff-bfff-ffff00000001')
})

test('a platform without UUIDs has them all the same', () => {
  const { getRandomValues } = crypto
  vi.stubGlobal('crypto', { getRandomValues: getRandomValues.bind(crypto) })
  const made = Array.from({ length: 100 }, () => systemRandom.uuid())
  expect(new Set(made).size).toBe(100)
  for (const uuid of made) expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
})
