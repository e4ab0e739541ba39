import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type CustomResourceServer,
  crds,
  definition,
  merge,
  object,
  path,
  schema,
  startCustomResourceServer,
  version,
} from '../../../../test/support/custom-resources.ts'
import { processorTime } from '../../../../test/support/processor-time.ts'
import type { JSONSchemaProps, ValidationRule } from '../../../api/apiextensions/v1/index.ts'

let server: CustomResourceServer
const send: CustomResourceServer['send'] = (...args) => server.send(...args)
beforeAll(async () => {
  server = await startCustomResourceServer()
})
afterAll(() => server.close())

let count = 0
/** A definition whose spec has this schema; answers what the server says of it. */
async function define(spec: JSONSchemaProps, root: Partial<JSONSchemaProps> = {}) {
  const kind = `Rule${String.fromCharCode(97 + (count++ % 26))}${String.fromCharCode(97 + Math.floor(count / 26))}`
  const openAPIV3Schema = { ...schema(spec), ...root }
  const { status, body } = await send('POST', crds, definition(kind, [version('v1', { schema: { openAPIV3Schema } })]))
  return { status, body, kind, plural: body.spec?.names?.plural as string }
}

const rules = (...list: ValidationRule[]) => ({ 'x-kubernetes-validations': list })
const at = 'spec.versions[0].schema.openAPIV3Schema'

/** A kind with this spec, ready for objects. */
async function kindOf(spec: JSONSchemaProps, root: Partial<JSONSchemaProps> = {}) {
  const { status, body, kind, plural } = await define(spec, root)
  if (status !== 201) throw new Error(body.message)
  let made = 0
  const create = async (given: object, name = `o${made++}`) =>
    send('POST', path(plural), { ...object(kind, name), spec: given })
  const change = async (name: string, given: object) => send('PATCH', path(plural, name), { spec: given }, merge)
  return { create, change, kind, plural }
}

const number: JSONSchemaProps = { type: 'integer' }
const text: JSONSchemaProps = { type: 'string', maxLength: 100 }
const objectOf = (properties: Record<string, JSONSchemaProps>, ...list: ValidationRule[]): JSONSchemaProps => ({
  type: 'object',
  properties,
  ...rules(...list),
})

describe('what rules say of objects', () => {
  test.each<[name: string, spec: JSONSchemaProps, good: object, bad: object, message: string]>([
    [
      'the rule itself where there is no message',
      objectOf({ min: number, max: number }, { rule: 'self.min <= self.max' }),
      { min: 1, max: 2 },
      { min: 3, max: 2 },
      'spec: Invalid value: "object": failed rule: self.min <= self.max',
    ],
    [
      'a message',
      objectOf({ name: { ...text, ...rules({ rule: "self.startsWith('a')", message: ' must begin with a ' }) } }),
      { name: 'ab' },
      { name: 'b' },
      'spec.name: Invalid value: "string": must begin with a',
    ],
    [
      'a message that is made',
      objectOf(
        { size: number },
        { rule: 'self.size < 5', message: 'm', messageExpression: "'too large: %d'.format([self.size])" },
      ),
      { size: 4 },
      { size: 7 },
      'spec: Invalid value: "object": too large: 7',
    ],
    [
      'the message where the expression for it fails',
      objectOf(
        { size: number },
        { rule: 'self.size < 5', message: 'm', messageExpression: 'string(1 / (self.size - 7))' },
      ),
      { size: 4 },
      { size: 7 },
      'spec: Invalid value: "object": m',
    ],
    [
      'a reason and a field',
      objectOf(
        { kind: text, size: number, labels: { type: 'object', additionalProperties: text, maxProperties: 5 } },
        {
          rule: "self.kind != 'big' || has(self.size)",
          message: 'needed',
          reason: 'FieldValueRequired',
          fieldPath: '.size',
        },
        {
          rule: "!has(self.labels) || !('x' in self.labels)",
          reason: 'FieldValueForbidden',
          message: 'no x',
          fieldPath: ".labels['x']",
        },
      ),
      { kind: 'big', size: 1 },
      { kind: 'big', labels: { x: 'y' } },
      '[spec.size: Required value: needed, spec.labels[x]: Forbidden: no x]',
    ],
    [
      'items, values and what stands in them',
      objectOf({
        list: { type: 'array', maxItems: 5, items: objectOf({ n: number }, { rule: 'self.n > 0' }) },
        map: { type: 'object', maxProperties: 5, additionalProperties: { ...number, ...rules({ rule: 'self > 0' }) } },
      }),
      { list: [{ n: 1 }], map: { a: 1 } },
      { list: [{ n: 1 }, { n: 0 }], map: { 'a.b': 0 } },
      '[spec.list[1]: Invalid value: "object": failed rule: self.n > 0, spec.map[a.b]: Invalid value: "integer": failed rule: self > 0]',
    ],
    [
      'values that may be numbers or texts',
      objectOf(
        { port: { 'x-kubernetes-int-or-string': true } },
        { rule: "type(self.port) == int ? self.port > 0 : self.port.endsWith('%')" },
      ),
      { port: '5%' },
      { port: 0 },
      'failed rule',
    ],
    [
      'escaped names',
      objectOf(
        { 'a-b': number, 'c.d': number, namespace: text, __x: number },
        {
          rule: "self.a__dash__b == self.c__dot__d && self.__namespace__ == 'n' && self.__underscores__x == 1",
        },
      ),
      { 'a-b': 1, 'c.d': 1, namespace: 'n', __x: 1 },
      { 'a-b': 1, 'c.d': 2, namespace: 'n', __x: 1 },
      'failed rule',
    ],
    [
      'doubles, times, durations and bytes',
      objectOf(
        {
          ratio: { type: 'number' },
          at: { type: 'string', format: 'date-time' },
          every: { type: 'string', format: 'duration' },
          data: { type: 'string', format: 'byte', maxLength: 100 },
        },
        { rule: 'self.ratio + 0.5 == 1.5' },
        { rule: "self.at < timestamp('2026-12-01T00:00:00Z') && self.every < duration('2h') && size(self.data) == 1" },
      ),
      { ratio: 1, at: '2026-11-30T00:00:00Z', every: '1h30m', data: 'YQ==' },
      { ratio: 2, at: '2026-11-30T00:00:00Z', every: '1h', data: 'YQ==' },
      'self.ratio + 0.5',
    ],
    [
      'sets and map lists, which have no order',
      objectOf(
        {
          a: { type: 'array', maxItems: 5, items: text, 'x-kubernetes-list-type': 'set' },
          b: { type: 'array', maxItems: 5, items: text, 'x-kubernetes-list-type': 'set' },
        },
        { rule: 'self.a == self.b && size(self.a + self.b) == size(self.a)' },
      ),
      { a: ['x', 'y'], b: ['y', 'x'] },
      { a: ['x', 'y'], b: ['y'] },
      'failed rule',
    ],
    [
      'errors of an evaluation',
      objectOf(
        { size: number, o: { ...objectOf({}), 'x-kubernetes-preserve-unknown-fields': true } },
        { rule: '10 / self.size > 0' },
      ),
      { size: 1 },
      {},
      'spec: Invalid value: "object": no such key: size evaluating rule: 10 / self.size > 0',
    ],
  ])('%s', async (_, spec, good, bad, message) => {
    const { create } = await kindOf(spec)
    expect(await create(good)).toMatchObject({ status: 201 })
    const { status, body } = await create(bad)
    expect([status, body.message]).toEqual([422, expect.stringContaining(message)])
  })

  test('the root sees the names in the metadata and nothing else of it', async () => {
    const root = rules({ rule: "self.metadata.name.startsWith('web') && self.kind != '' && self.spec.size > 0" })
    const { create } = await kindOf(objectOf({ size: number }), root)
    expect((await create({ size: 1 }, 'web-1')).status).toBe(201)
    expect((await create({ size: 1 }, 'db-1')).body.message).toContain('<nil>: Invalid value: "object": failed rule')
    const { body } = await define(objectOf({}), rules({ rule: 'has(self.metadata.labels)' }))
    expect(body.message).toContain("undefined field 'labels'")
  })

  test('rules wait until the form of an object is right', async () => {
    const { create } = await kindOf({
      ...objectOf({ size: number, name: text }, { rule: 'self.size > 1' }),
      required: ['name'],
    })
    expect((await create({ size: 0 })).body.message).toContain(
      '[spec.name: Required value, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    )
  })

  test('an object cannot cost more than its budget', async () => {
    const items = { type: 'array', maxItems: 900, items: { type: 'string', maxLength: 10 } } as const
    const { create } = await kindOf(objectOf({ a: items }, { rule: 'self.a.all(x, self.a.exists(y, x == y))' }))
    expect((await create({ a: ['x'] })).status).toBe(201)
    expect((await create({ a: Array.from({ length: 900 }, (_, i) => `x${i}`) })).body.message).toContain(
      "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: self.a.all",
    )
  })
})

describe('changes', () => {
  test('a transition rule sees the old value, and is silent on a create', async () => {
    const { create, change } = await kindOf(
      objectOf({ name: { ...text, ...rules({ rule: 'self == oldSelf', message: 'immutable' }) }, size: number }),
    )
    expect((await create({ name: 'a' }, 'x')).status).toBe(201)
    expect((await change('x', { size: 2 })).status).toBe(200)
    expect((await change('x', { name: 'b' })).body.message).toContain('spec.name: Invalid value: "string": immutable')
    expect((await change('x', { name: null })).status).toBe(200)
    expect((await change('x', { name: 'b' })).status).toBe(200)
  })

  test('an optional old value makes a rule see creations, too', async () => {
    const { create, change } = await kindOf(
      objectOf(
        { size: number },
        { rule: 'oldSelf.hasValue() ? self.size >= oldSelf.value().size : self.size == 1', optionalOldSelf: true },
      ),
    )
    expect((await create({ size: 2 })).status).toBe(422)
    expect((await create({ size: 1 }, 'x')).status).toBe(201)
    expect((await change('x', { size: 3 })).status).toBe(200)
    expect((await change('x', { size: 2 })).status).toBe(422)
  })

  test('items of a map list are found by their keys', async () => {
    const item = {
      ...objectOf({ name: text, size: number }, { rule: 'self.size >= oldSelf.size' }),
      required: ['name'],
    }
    const list: JSONSchemaProps = {
      type: 'array',
      maxItems: 5,
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }
    const { create, change } = await kindOf(objectOf({ list }))
    await create(
      {
        list: [
          { name: 'a', size: 1 },
          { name: 'b', size: 5 },
        ],
      },
      'x',
    )
    expect(
      (
        await change('x', {
          list: [
            { name: 'b', size: 5 },
            { name: 'a', size: 2 },
          ],
        })
      ).status,
    ).toBe(200)
    expect(
      (
        await change('x', {
          list: [
            { name: 'c', size: 0 },
            { name: 'b', size: 4 },
          ],
        })
      ).body.message,
    ).toContain('spec.list[1]: Invalid value: "object": failed rule: self.size >= oldSelf.size')
  })

  test('what has not changed may break a rule that is newer', async () => {
    const spec = objectOf({ a: objectOf({ n: number }), b: number })
    const { create, change, plural } = await kindOf(spec)
    await create({ a: { n: 0 }, b: 1 }, 'x')
    const { body } = await send('GET', `${crds}/${plural}.example.com`)
    body.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.a['x-kubernetes-validations'] = [
      { rule: 'self.n > 0' },
    ]
    expect((await send('PUT', `${crds}/${plural}.example.com`, body)).status).toBe(200)
    expect((await change('x', { b: 2 })).status).toBe(200)
    expect((await change('x', { a: { n: -1 } })).status).toBe(422)
    expect((await create({ a: { n: 0 } }, 'y')).status).toBe(422)
  })
})

describe('definitions', () => {
  test.each<[name: string, spec: JSONSchemaProps, message: string]>([
    [
      'an unknown field',
      objectOf({ size: number }, { rule: 'self.sise > 0' }),
      `${at}.properties[spec].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:"self.sise > 0", Message:"", MessageExpression:"", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:"", OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: undefined field 'sise'\n | self.sise > 0\n | ....^`,
    ],
    [
      'a rule that is no bool',
      objectOf({ size: number }, { rule: 'self.size' }),
      'cel expression must evaluate to a bool',
    ],
    [
      'a message that is no string',
      objectOf({ size: number }, { rule: 'self.size > 0', messageExpression: 'self.size' }),
      'x-kubernetes-validations[0].messageExpression: Invalid value',
    ],
    ['no rule', objectOf({}, { rule: ' ' }), '.rule: Required value: rule is not specified'],
    [
      'two lines without a message',
      objectOf({}, { rule: 'true\n&& true' }),
      'message must be specified if rule contains line breaks',
    ],
    [
      'a field that is not there',
      objectOf({ size: number }, { rule: 'true', fieldPath: '.sise' }),
      'fieldPath: Invalid value: ".sise": fieldPath must be a valid path',
    ],
    [
      'an unbounded rule',
      objectOf(
        { list: { type: 'array', items: { type: 'string' } } },
        { rule: 'self.list.all(x, self.list.all(y, x == y))' },
      ),
      `${at}.properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
    ],
    [
      'an old value that has no counterpart',
      objectOf({ list: { type: 'array', maxItems: 3, items: { ...text, ...rules({ rule: 'self == oldSelf' }) } } }),
      `oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}.properties[spec].properties[list]`,
    ],
    [
      'an optional old value that is not used',
      objectOf({ size: number }, { rule: 'self.size > 0', optionalOldSelf: true }),
      'optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
    [
      'a pattern that Go does not know',
      objectOf({ a: { ...text, pattern: '(?=a)' } }),
      'invalid or unsupported Perl syntax: `(?=`',
    ],
  ])('%s is refused', async (_, spec, message) => {
    const { status, body } = await define(spec)
    expect([status, body.message]).toEqual([422, expect.stringContaining(message)])
  })
})

test('a pattern with nested repetition does not block', async () => {
  const { create } = await kindOf(objectOf({ a: { type: 'string', pattern: '^(a+)+$' } }))
  const { ms } = await processorTime(async () => {
    expect((await create({ a: `${'a'.repeat(10_000)}!` })).status).toBe(422)
    expect((await create({ a: 'aaa' })).status).toBe(201)
  })
  expect(ms).toBeLessThan(2000)
})
