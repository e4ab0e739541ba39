import type { MethodDefinition } from '@grpc/proto-loader'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { definitionOf } from '../../test/support/grpc/definition.ts'
import { codecOf } from './codec.ts'
import { camel, type WireSchema } from './schema.ts'

const schema = {
  package: 'test',
  enums: { Color: ['RED', 'GREEN', 'BLUE'] },
  messages: {
    All: {
      text: [1, 'string'],
      flag: [2, 'bool'],
      small: [3, 'int32'],
      unsigned: [4, 'uint32'],
      big: [5, 'int64'],
      huge: [6, 'uint64'],
      raw: [7, 'bytes'],
      labels: [8, 'map<string,string>'],
      color: [9, 'Color'],
      inner: [10, 'Inner'],
      texts: [11, 'repeated string'],
      numbers: [12, 'repeated int64'],
      colors: [13, 'repeated Color'],
      inner_list: [200, 'repeated Inner'],
    },
    Inner: { name: [1, 'string'], value: [2, 'int64'], next: [3, 'Inner'] },
    Some: { text: [1, 'string'] },
  },
  services: { Test: { Echo: ['All', 'All'] } },
} as const satisfies WireSchema

/** The same messages by gRPC's own library. */
const theirs = definitionOf(schema)['test.Test'] as unknown as { Echo: MethodDefinition<object, object> }
const ours = codecOf(schema, 'All')

const integer = (bits: number) => fc.integer({ min: -(2 ** bits), max: 2 ** bits - 1 })
const natural = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const raw = fc.uint8Array().map((bytes) => Buffer.from(bytes))
const inner = fc.letrec<{ inner: object | null }>((tie) => ({
  inner: fc.option(fc.record({ name: fc.string({ unit: 'grapheme' }), value: integer(53), next: tie('inner') }), {
    maxDepth: 3,
  }),
})).inner
const all = fc.record({
  text: fc.string({ unit: 'grapheme' }),
  flag: fc.boolean(),
  small: integer(31),
  unsigned: natural(32),
  big: integer(53),
  huge: natural(53),
  raw,
  labels: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
  color: fc.constantFrom('RED', 'GREEN', 'BLUE'),
  inner,
  texts: fc.array(fc.string()),
  numbers: fc.array(integer(53)),
  colors: fc.array(fc.constantFrom('RED', 'GREEN', 'BLUE')),
  innerList: fc.array(fc.record({ name: fc.string(), value: integer(53), next: inner })),
})

/** Bytes of any kind as numbers, so that a Buffer equals a Uint8Array. */
const plain = (message: object) => ({ ...message, raw: [...(message as { raw: Uint8Array }).raw] })

describe('a message', () => {
  test("is encoded so that gRPC's own library reads it", () => {
    fc.assert(
      fc.property(all, (message) => {
        const read = theirs.Echo.requestDeserialize(Buffer.from(ours.encode(message)))
        expect(plain(read)).toEqual(plain({ ...message }))
      }),
      { numRuns: 300 },
    )
  })

  test("is read as gRPC's own library encodes it", () => {
    fc.assert(
      fc.property(all, (message) => {
        expect(plain(ours.decode(theirs.Echo.requestSerialize(message)))).toEqual(plain(message))
      }),
      { numRuns: 300 },
    )
  })

  test('that is cut off or garbled is read or refused, never more', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          ours.decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('has its defaults where fields are missing, and fields that are unknown are skipped', () => {
    expect(ours.decode(new Uint8Array(0))).toEqual({
      text: '',
      flag: false,
      small: 0,
      unsigned: 0,
      big: 0,
      huge: 0,
      raw: new Uint8Array(0),
      labels: {},
      color: 'RED',
      inner: null,
      texts: [],
      numbers: [],
      colors: [],
      innerList: [],
    })
    const full = ours.encode({ text: 'a', numbers: [1, 2], labels: { __proto__: null, x: 'y' }, inner: { name: 'b' } })
    expect(codecOf(schema, 'Some').decode(full)).toEqual({ text: 'a' })
  })

  test('has no value for an enum that the schema does not know', () => {
    expect(() => ours.encode({ color: 'PINK' })).toThrow('Color has no value PINK')
    // Field 9, value 7: a newer server knows more colours.
    expect(ours.decode(Uint8Array.of(0x48, 7))).toMatchObject({ color: '7' })
  })

  test('of two gets lists of its own', () => {
    const [one, two] = [ours.decode(new Uint8Array(0)), ours.decode(new Uint8Array(0))] as { texts: string[] }[]
    one?.texts.push('x')
    expect(two?.texts).toEqual([])
  })
})

test('names of fields are in camel case', () => {
  expect(['inner_list', 'a_b_c', 'plain'].map(camel)).toEqual(['innerList', 'aBC', 'plain'])
})
