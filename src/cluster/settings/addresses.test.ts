import { expect, test } from 'vitest'
import { addressIn } from './addresses.ts'

test('addresses are counted from the first of their range', () => {
  expect(addressIn('10.96.0.0/16', 10)).toBe('10.96.0.10')
  expect(addressIn('10.244.3.7/24', 1)).toBe('10.244.3.1')
  expect(() => addressIn('10.96.0.0/32', 1)).toThrow('10.96.0.0/32 has no address number 1')
  expect(() => addressIn('10.96.0.0', 1)).toThrow('not an address block')
})
