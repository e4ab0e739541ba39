import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonText, mayRound, parseJson } from './json-text.ts'

test.each<[text: string, value: unknown]>([
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['9007199254740993', 9007199254740993n],
  ['-9007199254740993', -9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['18446744073709551615', 18446744073709551615n],
  ['18446744073709552000', 18446744073709552000],
  ['100000000000000000000', 1e20],
  ['123456789012345678901234567890', 1.2345678901234568e29],
  ['1e21', 1e21],
  ['1e-7', 1e-7],
  ['1.0', 1],
  ['12345678901234567.5', 12345678901234568],
  ['1000000009', 1000000009],
  ['"9007199254740993"', '9007199254740993'],
])('%s is read', (text, value) => {
  for (const [outer, inner] of [
    [text, value],
    [`{"a":[${text}],"b":{"c":${text}}}`, { a: [value], b: { c: value } }],
  ])
    expect(parseJson(String(outer))).toStrictEqual(inner)
})

test.each<[value: unknown, text: string]>([
  [{ a: 9223372036854775807n, b: [1n, 2], c: undefined }, '{"a":9223372036854775807,"b":[1,2]}'],
  [1e21, '1e+21'],
  [1e20, '100000000000000000000'],
  [1e-7, '1e-7'],
  [-0, '0'],
])('%o is written as Go writes it', (value, text) => {
  expect(jsonText(value)).toBe(text)
})

test('numbers beyond those of float64 are refused beside large integers', () => {
  expect(() => parseJson(`[9007199254740993, ${'9'.repeat(400)}]`)).toThrow('json: cannot unmarshal number 999')
})

test('a program that makes strings of bigint does not reach the API', () => {
  const owner = BigInt.prototype as { toJSON?: () => string }
  owner.toJSON = function () {
    return String(this)
  }
  try {
    expect(jsonText({ a: 9007199254740993n, b: ['x'] })).toBe('{"a":9007199254740993,"b":["x"]}')
  } finally {
    delete owner.toJSON
  }
})

test('the scan finds every run of 16 digits, and no shorter one', () => {
  const piece = fc.oneof(fc.constantFrom('{"a":', '-', ',', '"', ' '), fc.stringMatching(/^\d{0,24}$/))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      expect(mayRound(text)).toBe(/\d{16}/.test(text))
    }),
  )
})

/** JSON texts with numbers of all kinds, without what JSON.stringify would write otherwise. */
const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
const { tree } = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    integers,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null', '{}', '[]'),
  ),
  tree: fc.oneof(
    { maxDepth: 4 },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 4 }).map((items) => `[${items.join()}]`),
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,4}$/), tie('tree')), { selector: ([key]) => key, maxLength: 4 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`),
  ),
}))

test('text in, the same text out', () => {
  fc.assert(
    fc.property(tree, (text) => {
      expect(jsonText(parseJson(text))).toBe(text)
    }),
  )
})

test.each(['1e400', '-1e400', '[1,1.5E+400]', '{"a":1e0400}', '{"a" : 2e999}', '[ 1e400]'])(
  '%s is beyond float64',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
    expect(() => parseJson(text)).toThrow('of type float64')
  },
)

test.each(['1e300', '[1e-400]', '{"a":"1e400"}', '["x,1e400"]'])('%s is not', (text) => {
  expect(parseJson(text)).toStrictEqual(JSON.parse(text))
})
