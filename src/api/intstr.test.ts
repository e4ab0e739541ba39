import { expect, test } from 'vitest'
import { fnv1a, hashObject, safeEncode } from './hash.ts'
import { percentOf, scaledValue } from './intstr.ts'

test('shares of a total, rounded as asked', () => {
  expect(scaledValue(3, 10, 'up')).toBe(3)
  expect(scaledValue('25%', 10, 'up')).toBe(3)
  expect(scaledValue('25%', 10, 'down')).toBe(2)
  expect(scaledValue('100%', 7, 'down')).toBe(7)
  expect(scaledValue('0%', 7, 'up')).toBe(0)
  expect(() => scaledValue('5', 7, 'up')).toThrow(
    'invalid value for IntOrString: invalid type: string is not a percentage',
  )
  expect(() => scaledValue('x%', 7, 'up')).toThrow('invalid value "x%"')
  expect(percentOf('25%')).toBe(25)
  expect(percentOf(25)).toBeUndefined()
})

test('hashes depend on values only', () => {
  expect(hashObject({ a: 1, b: [{ c: 1, d: undefined }] })).toBe(hashObject({ b: [{ c: 1 }], a: 1 }))
  expect(hashObject({ a: 1 })).not.toBe(hashObject({ a: 2 }))
  expect(hashObject({ a: 1 }, 1)).not.toBe(hashObject({ a: 1 }))
  expect(hashObject({ a: 1 })).toMatch(/^[bcdf4-9]{1,10}$/)
  expect(safeEncode(1234567890)).toBe('5678' + '9bcdf' + '4')
  expect(fnv1a('a')).toBe(0xe40c292c)
})
