import fc, { type Arbitrary } from 'fast-check'
import type { Message, Scalar, Type } from '../../src/api/machinery/schema/schema.ts'

/** Objects near to a type: most values fit it, some do not, and some fields are unknown. Types are entered to a depth. */
export function nearTo(message: Message, depth = 3): Arbitrary<object> {
  const fields = Object.entries(message.fields).map(([name, field]) => [name, memberOf(field.type, depth)] as const)
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: [] })
  // Big messages get a few of their fields each time.
  const some = fc
    .tuple(known, fc.array(fc.nat(Math.max(0, fields.length - 1)), { maxLength: 6 }))
    .map(([object, chosen]) => {
      const names = new Set(chosen.map((i) => fields[i]?.[0]))
      return Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name)))
    })
  const odd = fc.dictionary(fc.constantFrom('nope', '__proto__', 'constructor', 'metadata'), wrong, { maxKeys: 1 })
  return fc.oneof({ arbitrary: some, weight: 9 }, { arbitrary: fc.tuple(some, odd).map(joined), weight: 1 })
}

const joined = ([object, odd]: [object, object]): object => {
  const copy = { ...object }
  for (const [name, value] of Object.entries(odd))
    Object.defineProperty(copy, name, { value, enumerable: true, configurable: true, writable: true })
  return copy
}

const wrong = fc.oneof(fc.constantFrom(null, '', 0, -1, 1.5, true, [], {}, 'x', 2 ** 53), fc.jsonValue({ maxDepth: 2 }))

function memberOf(type: Type, depth: number): Arbitrary<unknown> {
  return fc.oneof({ arbitrary: rightOf(type, depth), weight: 19 }, { arbitrary: wrong, weight: 1 })
}

function rightOf(type: Type, depth: number): Arbitrary<unknown> {
  switch (type.kind) {
    case 'message':
      return depth > 0 ? nearTo(type, depth - 1) : fc.constant({})
    case 'list':
      return fc.array(memberOf(type.items, depth), { maxLength: 2 })
    case 'map':
      return fc.dictionary(fc.constantFrom('a', 'ü', '__proto__', 'a/b'), memberOf(type.values, depth), { maxKeys: 2 })
    case 'scalar':
      return scalars[type.name] ?? fc.jsonValue({ maxDepth: 2 })
  }
}

const scalars: Partial<Record<Scalar['name'], Arbitrary<unknown>>> = {
  string: fc.string({ unit: 'grapheme' }),
  bool: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }),
  bytes: fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  quantity: fc.constantFrom('1', '500m', '1Gi', '1.5', '0', '1e3', '-2k', '0.001'),
  intOrString: fc.oneof(fc.integer(), fc.string()),
  time: fc.constantFrom('2026-11-20T12:00:01Z', '2026-11-20T12:00:01+02:00', null),
  microTime: fc.constantFrom('2026-11-20T12:00:01.000123Z', '2026-11-20T12:00:01.123456+02:00', null),
}
