import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalQuantity, parseQuantity, Quantity } from './quantity.ts'

test.each([
  ['0', '0'],
  ['0.5', '500m'],
  ['.5', '500m'],
  ['1000m', '1'],
  ['1024', '1024'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1.1Gi', '1181116006400m'],
  ['0.5Ki', '512'],
  ['1e3', '1e3'],
  ['1e1', '10'],
  ['1500e-3', '1500e-3'],
  ['1000k', '1M'],
  ['0.1n', '1n'],
  ['-1.5', '-1500m'],
  ['100000000000000000000', '100E'],
  ['9Ei', '9223372036854775807'],
  ['1.500', '1.500'],
  ['0Ki', '0'],
])('%s is written %s', (text, expected) => {
  expect(canonicalQuantity(text)).toBe(expected)
})

test.each(['', ' 1', '1 ', 'a', '1x', '1.2.3', '0x10'])('%j is no number', (text) => {
  expect(() => parseQuantity(text)).toThrow('quantities must match the regular expression')
})
test.each(['--1', '1kk', '1mi', '1Mii', '1ee3'])('%j has no known suffix', (text) => {
  expect(() => parseQuantity(text)).toThrow("unable to parse quantity's suffix")
})

test('numbers, rounded up', () => {
  expect(parseQuantity('1m').toInteger()).toBe(1)
  expect(parseQuantity('-1m').toInteger()).toBe(-1)
  expect(parseQuantity('100u').toMilli()).toBe(1)
  expect(parseQuantity('250m').toNumber()).toBe(0.25)
  expect(parseQuantity('2Gi').toInteger()).toBe(2147483648)
})

test('sums are exact and keep the format of the first that is not zero', () => {
  const sum = (...texts: string[]) =>
    texts
      .map(parseQuantity)
      .reduce((a, b) => a.add(b))
      .toString()
  expect(sum('0.1', '0.2')).toBe('300m')
  expect(sum('1Gi', '1Mi')).toBe('1025Mi')
  expect(sum('0', '1Ki')).toBe('1Ki')
  expect(parseQuantity('1').sub(parseQuantity('1')).isZero).toBe(true)
  expect(parseQuantity('1Gi').compare(parseQuantity('1G'))).toBeGreaterThan(0)
  expect(Quantity.ofMilli(1500).toString()).toBe('1500m')
  expect(Quantity.of(2 ** 20, 'BinarySI').toString()).toBe('1Mi')
})

test('the canonical form of the canonical form is itself, and as much', () => {
  const suffix = fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'e2', 'E-3')
  fc.assert(
    fc.property(fc.integer(), fc.nat(999), suffix, (whole, fraction, end) => {
      const quantity = parseQuantity(`${whole}.${fraction}${end}`)
      const again = parseQuantity(quantity.toString())
      expect(again.toString()).toBe(quantity.toString())
      expect(again.compare(quantity)).toBe(0)
    }),
  )
})
