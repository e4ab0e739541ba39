import { describe, expect, test } from 'vitest'
import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { decode } from '../decode/decode.ts'
import { loadRegexEngine, regexOf } from '../regex/regex.ts'
import { applyDefaults } from '../schema/defaults.ts'
import { customMessage, fillerOf, parseJsonPath, plainPath, propertyOf, validateValue } from './index.ts'

const gvk = { group: 'example.com', version: 'v1', kind: 'Widget' }
/** The static types say number; beyond 2^53 it is a bigint. */
const big = (value: bigint) => value as unknown as number
const shown = (schema: JSONSchemaProps, value: unknown, old?: unknown) =>
  validateValue(schema, value, old).map(({ field, message }) => `${field}: ${message}`)
const inSpec = (x: JSONSchemaProps): JSONSchemaProps => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { x } } },
})

describe('validation says what upstream says', () => {
  const list: JSONSchemaProps = { type: 'array', items: { type: 'string' } }
  const table: [name: string, schema: JSONSchemaProps, value: unknown, ...errors: string[]][] = [
    ['integer', { type: 'integer' }, 3],
    ['a whole number is a number', { type: 'number' }, 3],
    [
      'type',
      { type: 'integer' },
      'a',
      'spec.x: Invalid value: "string": spec.x in body must be of type integer: "string"',
    ],
    [
      'fraction',
      { type: 'integer' },
      1.5,
      'spec.x: Invalid value: "number": spec.x in body must be of type integer: "number"',
    ],
    [
      'fraction of a format',
      { type: 'integer', format: 'int64' },
      1.5,
      'spec.x: Invalid value: "float64": spec.x in body must be of type int64: "float64"',
    ],
    [
      'bool of a format',
      { type: 'integer', format: 'int64' },
      true,
      'spec.x: Invalid value: "": spec.x in body must be of type int64: ""',
    ],
    [
      'text of a format',
      { type: 'integer', format: 'int64' },
      '1',
      'spec.x: Invalid value: "string": spec.x in body must be of type integer: "string"',
    ],
    ['int64', { type: 'integer', format: 'int64' }, 9223372036854775807n],
    ['an integer is a number', { type: 'number', format: 'double' }, 9007199254740993n],
    [
      'a float beyond 2^53 is no integer',
      { type: 'integer' },
      1e16,
      'spec.x: Invalid value: "number": spec.x in body must be of type integer: "number"',
    ],
    ['int32', { type: 'integer', format: 'int32' }, -2147483648],
    [
      'beyond int32',
      { type: 'integer', format: 'int32' },
      2147483648,
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x',
    ],
    [
      'beyond float',
      { type: 'number', format: 'float' },
      3.5e38,
      '<nil>: Invalid value: "": Checked value must be of type number with format float in spec.x',
    ],
    [
      'a bound that does not fit',
      { type: 'integer', format: 'int32', maximum: 4294967295 },
      1,
      '<nil>: Invalid value: "": Maximum boundary value must be of type integer with format int32 in spec.x',
    ],
    ['a large bound', { type: 'integer', maximum: big(9007199254740993n) }, 9007199254740993n],
    [
      'past a large bound',
      { type: 'integer', maximum: big(9007199254740993n) },
      9007199254740994n,
      'spec.x: Invalid value: 9007199254740994: spec.x in body should be less than or equal to 9007199254740993',
    ],
    [
      'below a large bound',
      { type: 'integer', minimum: big(9007199254740993n), exclusiveMinimum: true },
      9007199254740993n,
      'spec.x: Invalid value: 9007199254740993: spec.x in body should be greater than 9007199254740993',
    ],
    ['a large multiple', { type: 'integer', multipleOf: 3 }, 9007199254740993n],
    [
      'no large multiple',
      { type: 'integer', multipleOf: 3 },
      9007199254740994n,
      'spec.x: Invalid value: 9007199254740994: spec.x in body should be a multiple of 3',
    ],
    ['a large enum', { type: 'integer', enum: [big(9007199254740993n)] }, 9007199254740993n],
    [
      'not in a large enum',
      { type: 'integer', enum: [big(9007199254740993n)] },
      9007199254740992n,
      'spec.x: Unsupported value: 9007199254740992: supported values: "9007199254740993"',
    ],
    [
      'a large set',
      { type: 'array', items: { type: 'integer' }, 'x-kubernetes-list-type': 'set' },
      [9007199254740993n, 9007199254740994n, 9007199254740993n],
      'spec.x[2]: Duplicate value: 9007199254740993',
    ],
    ['null', { type: 'string' }, null, 'spec.x: Invalid value: "null": spec.x in body must be of type string: "null"'],
    ['nullable', { type: 'string', nullable: true }, null],
    ['int or string', { 'x-kubernetes-int-or-string': true }, '50%'],
    [
      'neither',
      { 'x-kubernetes-int-or-string': true },
      true,
      'spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean"',
    ],
    ['enum', { type: 'string', enum: ['a', 'b'] }, 'c', 'spec.x: Unsupported value: "c": supported values: "a", "b"'],
    [
      'maximum',
      { type: 'integer', maximum: 10 },
      11,
      'spec.x: Invalid value: 11: spec.x in body should be less than or equal to 10',
    ],
    [
      'exclusive',
      { type: 'integer', maximum: 10, exclusiveMaximum: true },
      10,
      'spec.x: Invalid value: 10: spec.x in body should be less than 10',
    ],
    [
      'minimum',
      { type: 'integer', minimum: 1 },
      0,
      'spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1',
    ],
    ['multiple', { type: 'number', multipleOf: 0.1 }, 0.3],
    [
      'no multiple',
      { type: 'number', multipleOf: 2 },
      3,
      'spec.x: Invalid value: 3: spec.x in body should be a multiple of 2',
    ],
    [
      'pattern',
      { type: 'string', pattern: '^a+$' },
      'b',
      'spec.x: Invalid value: "b": spec.x in body should match \'^a+$\'',
    ],
    ['length', { type: 'string', maxLength: 2 }, 'abc', 'spec.x: Too long: may not be more than 2 bytes'],
    [
      'short',
      { type: 'string', minLength: 2 },
      '',
      'spec.x: Invalid value: "": spec.x in body should be at least 2 chars long',
    ],
    [
      'format',
      { type: 'string', format: 'date-time' },
      '2026-02-30T00:00:00Z',
      'spec.x: Invalid value: "2026-02-30T00:00:00Z": spec.x in body must be of type date-time: "2026-02-30T00:00:00Z"',
    ],
    ['other formats', { type: 'string', format: 'whatever' }, 'x'],
    ['items', { ...list, maxItems: 1 }, ['a', 'b'], 'spec.x: Too many: 2: must have at most 1 items'],
    [
      'few items',
      { ...list, minItems: 1 },
      [],
      'spec.x: Invalid value: 0: spec.x in body should have at least 1 items',
    ],
    [
      'item',
      list,
      ['a', 1],
      'spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer"',
    ],
    ['set', { ...list, 'x-kubernetes-list-type': 'set' }, ['a', 'a'], 'spec.x[1]: Duplicate value: "a"'],
    [
      'map list',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object' },
      },
      [{ k: 1, v: 1 }, { k: 1 }],
      'spec.x[1]: Duplicate value: {"k":1}',
    ],
    ['required', { type: 'object', required: ['y'] }, {}, 'spec.x.y: Required value'],
    [
      'properties',
      { type: 'object', maxProperties: 1 },
      { a: 1, b: 2 },
      'spec.x: Too many: 2: must have at most 1 items',
    ],
    [
      'map',
      { type: 'object', additionalProperties: { type: 'integer' } },
      { a: 'b' },
      'spec.x.a: Invalid value: "string": spec.x.a in body must be of type integer: "string"',
    ],
    [
      'embedded',
      { type: 'object', 'x-kubernetes-embedded-resource': true },
      { kind: 'Pod' },
      'spec.x.apiVersion: Required value: must not be empty',
    ],
    [
      'not',
      { type: 'object', not: { required: ['a'] } },
      { a: 1 },
      '<nil>: Invalid value: "": "spec.x" must not validate the schema (not)',
    ],
    [
      'oneOf none',
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid',
      'spec.x.a: Required value',
    ],
    [
      'oneOf two',
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { a: 1, b: 1 },
      '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
    [
      'anyOf',
      { type: 'integer', anyOf: [{ minimum: 5 }] },
      1,
      '<nil>: Invalid value: "": "spec.x" must validate at least one schema (anyOf)',
      'spec.x: Invalid value: 1: spec.x in body should be greater than or equal to 5',
    ],
  ]
  test.each(table)('%s', (_, schema, x, ...errors) => {
    expect(shown(inSpec(schema), { spec: { x } })).toEqual(errors)
  })

  test('what was wrong before may stay, but not be changed', () => {
    const schema = inSpec({ type: 'string', pattern: '^a' })
    expect(shown(schema, { spec: { x: 'b' }, y: 1 }, { spec: { x: 'b' }, y: 2 })).toEqual([])
    expect(shown(schema, { spec: { x: 'c' } }, { spec: { x: 'b' } })).toHaveLength(1)
  })

  test('the keys of a map list identify its items', () => {
    const item: JSONSchemaProps = {
      type: 'object',
      properties: { k: { type: 'string' }, n: { type: 'integer', minimum: 5 } },
    }
    const schema = inSpec({
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
    })
    const old = { spec: { x: [{ k: 'a', n: 1 }] } }
    expect(
      shown(
        schema,
        {
          spec: {
            x: [
              { k: 'b', n: 6 },
              { k: 'a', n: 1 },
            ],
          },
        },
        old,
      ),
    ).toEqual([])
    expect(
      shown(
        schema,
        {
          spec: {
            x: [
              { k: 'b', n: 1 },
              { k: 'a', n: 1 },
            ],
          },
        },
        old,
      ),
    ).toHaveLength(1)
  })
})

describe('formats', () => {
  const good: [string, string][] = [
    ['ipv4', '10.0.0.1'],
    ['ipv6', '::1'],
    ['cidr', '10.0.0.0/8'],
    ['uuid', 'de305d54-75b4-431b-adb2-eb6b9e546014'],
    ['date', '2024-02-29'],
    ['date-time', '2026-01-01T10:00:00.5+02:00'],
    ['duration', '1h30m'],
    ['duration', '2 days'],
    ['hostname', 'a.example.com'],
    ['uri', 'https://example.com/x?y=1'],
    ['email', 'a@b.c'],
    ['byte', 'YQ=='],
    ['mac', '01:23:45:67:89:ab'],
    ['hexcolor', '#ffF000'],
    ['rgbcolor', 'rgb(1, 2, 255)'],
    ['password', 'x'],
  ]
  const bad: [string, string][] = [
    ['ipv4', '10.0.0.256'],
    ['ipv4', '::1'],
    ['ipv6', '10.0.0.1'],
    ['cidr', '10.0.0.0/33'],
    ['uuid', 'x'],
    ['date', '2023-02-29'],
    ['date-time', '2026-01-01'],
    ['duration', 'soon'],
    ['hostname', '-a'],
    ['uri', 'a b'],
    ['email', 'a'],
    ['byte', 'Y'],
    ['mac', '01:23'],
    ['hexcolor', '#ff'],
    ['rgbcolor', 'rgb(1,2,256)'],
  ]
  test.each(good)('%s: %s', (format, text) => expect(shown({ type: 'string', format }, text)).toEqual([]))
  test.each(bad)('not %s: %s', (format, text) => expect(shown({ type: 'string', format }, text)).toHaveLength(1))
})

test('patterns are Go’s', async () => {
  await loadRegexEngine()
  expect(regexOf('\\A(?P<name>[[:alpha:]]+)\\z').test('abc')).toBe(true)
  expect(regexOf('(?i)^abc$').test('ABC')).toBe(true)
  expect(regexOf('^[\\w\\-_]+$').test('a-b')).toBe(true)
  expect(() => regexOf('(')).toThrow()
})

describe('reading', () => {
  const type = customMessage(gvk, () => ({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          size: { type: 'integer', default: 1 },
          mode: { type: 'string', default: 'on' },
          list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string', default: 'x' } } } },
          map: {
            type: 'object',
            additionalProperties: { type: 'object', properties: { b: { type: 'integer', default: 2 } } },
          },
          deep: { type: 'object', default: {}, properties: { er: { type: 'integer', default: 3 } } },
          free: {
            type: 'object',
            'x-kubernetes-preserve-unknown-fields': true,
            properties: { known: { type: 'object' } },
          },
          object: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
        },
      },
    },
  }))
  const read = (spec: unknown, more: object = {}) => {
    const decoded = decode(type, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a' },
      spec,
      ...more,
    })
    return {
      spec: Reflect.get(applyDefaults(type, decoded.object), 'spec'),
      unknown: decoded.unknown.map((u) => u.message),
    }
  }

  test('removes and reports unknown fields', () => {
    const { spec, unknown } = read({ a: 1, list: [{ a: 'y', c: 1 }], map: { m: { z: 1 } } }, { other: 1 })
    expect(spec).toEqual({ size: 1, mode: 'on', deep: { er: 3 }, list: [{ a: 'y' }], map: { m: { b: 2 } } })
    expect(unknown).toEqual([
      'unknown field "spec.a"',
      'unknown field "spec.list[0].c"',
      'unknown field "spec.map.m.z"',
      'unknown field "other"',
    ])
  })

  test('zeros and nulls are values; a null that is not allowed stands for the default', () => {
    expect(read({ size: 0, mode: '', list: [] }).spec).toEqual({ size: 0, mode: '', list: [], deep: { er: 3 } })
    expect(read({ size: null, map: null }).spec).toEqual({ size: 1, mode: 'on', map: null, deep: { er: 3 } })
  })

  test('free-form fields stay, but for what is specified inside', () => {
    const { spec, unknown } = read({ free: { x: { y: [1] }, known: { z: 1 } } })
    expect(spec).toMatchObject({ free: { x: { y: [1] }, known: {} } })
    expect(unknown).toEqual(['unknown field "spec.free.known.z"'])
  })

  test('an object inside the object has metadata', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', nonsense: 1 }, spec: {}, more: 1 }
    const { spec, unknown } = read({ object })
    expect(spec).toMatchObject({ object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: {} } })
    expect(unknown).toEqual(['unknown field "spec.object.metadata.nonsense"', 'unknown field "spec.object.more"'])
    expect(() => read({ object: { metadata: { name: 1 } } })).toThrow('cannot unmarshal number into Go struct field')
  })

  test('what is read shares nothing with what was sent', () => {
    const sent = { free: { x: { y: [1] } }, deep: {} }
    const { spec } = read(sent)
    expect((spec as typeof sent).free.x).not.toBe(sent.free.x)
    expect(sent.deep).toEqual({})
  })
})

describe('JSON paths', () => {
  const object = {
    a: { b: [1, 2, 3], 'c.d': 'x' },
    conditions: [
      { type: 'Ready', status: 'True', n: 2 },
      { type: 'Other', status: 'False', n: 5 },
    ],
  }
  const table: [string, unknown[]][] = [
    ['.a.b[0]', [1]],
    ['.a.b[-1]', [3]],
    ['.a.b[*]', [1, 2, 3]],
    ['.a.b[1:]', [2, 3]],
    ['.a.b[:2]', [1, 2]],
    ['.a.c\\.d', ['x']],
    [".a['c.d']", ['x']],
    ['{.a.b[1]}', [2]],
    ['$.a.b[1]', [2]],
    ['.nothing.here', []],
    ['.a.b[9]', []],
    ['.conditions[?(@.type=="Ready")].status', ['True']],
    [".conditions[?(@.type=='Other')].status", ['False']],
    ['.conditions[?(@.n > 3)].type', ['Other']],
    ['.conditions[?(@.n)].type', ['Ready', 'Other']],
    ['.conditions[?(@.type!="Ready")].type', ['Other']],
    ['.conditions[*].type', ['Ready', 'Other']],
  ]
  test.each(table)('%s', (path, found) => expect(parseJsonPath(path)(object)).toEqual(found))
  test.each(['.a[', '.a b', '..a[?', '.a[x]'])('no path: %s', (path) => expect(() => parseJsonPath(path)).toThrow())
  test('plain ones', () => {
    expect(plainPath('.spec.replicas')).toEqual(['spec', 'replicas'])
    expect(plainPath('.metadata.labels.a\\.b/c')).toEqual(['metadata', 'labels', 'a.b/c'])
    expect(plainPath('.a[0]')).toBeUndefined()
  })
})

test.each(Object.getOwnPropertyNames(Object.prototype))(
  'a field may be named %s, as what every object inherits',
  (name) => {
    const properties = Object.fromEntries([[name, { type: 'string', default: 'd' }]])
    const schema: JSONSchemaProps = { type: 'object', properties, required: [name] }
    expect(shown(schema, {})).toEqual([expect.stringContaining('Required value')])
    expect(shown(schema, Object.fromEntries([[name, 1]]), {})).toHaveLength(1)
    const value = {}
    expect(fillerOf(schema)?.(value)).toBe(true)
    expect(Object.entries(value)).toEqual([[name, 'd']])
    expect(propertyOf({ type: 'object', properties: {} }, name)).toBeUndefined()
  },
)
