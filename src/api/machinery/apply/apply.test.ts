import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonEqual } from '../json/json-equal.ts'
import { apply } from './apply.ts'
import { compare } from './compare.ts'
import { compareElements, readElement } from './element.ts'
import {
  difference,
  type FieldSet,
  intersection,
  isEmpty,
  pathsOf,
  readFields,
  setOf,
  union,
  without,
} from './field-set.ts'
import { anyValue, type FieldType } from './field-type.ts'
import { fieldsOf } from './fields-of.ts'
import { merge } from './merge.ts'
import type { Owner } from './owners.ts'

/** K8TS_CASES: how many cases each property tries; the committed number keeps the suite fast. */
const numRuns = Number(process.env.K8TS_CASES ?? 300)

const text: FieldType = { scalar: 'string' }
const number: FieldType = { scalar: 'numeric' }
const fields = (named: Record<string, FieldType>, more: object = {}) => ({
  map: {
    isAtomic: false,
    fields: new Map(
      Object.entries(named).map(([name, type]) => [
        name,
        { element: `f:${name}`, type, ...(name === 'kind' && { keyDefault: 'x' }) },
      ]),
    ),
    others: undefined,
    ...more,
  },
})
const list = (by: 'nothing' | 'value' | 'keys', items: FieldType, keys: string[] = []): FieldType => ({
  list: { by, keys, items },
})
const labels: FieldType = { map: { isAtomic: false, fields: new Map(), others: text } }

/** One of everything: structs in structs, maps, lists of all three kinds, an atomic struct, a key with a default. */
const type: FieldType = fields({
  text,
  number,
  labels,
  atoms: list('nothing', text),
  set: list('value', text),
  struct: fields({ a: text, b: number, inner: fields({ c: text }) }),
  whole: fields({ a: text, b: text }, { isAtomic: true }),
  items: list('keys', fields({ name: text, kind: text, value: number, labels }), ['name', 'kind']),
  any: anyValue,
})

const word = fc.constantFrom('a', 'b', 'c')
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const compact = (value: unknown): unknown =>
  Object.fromEntries(Object.entries(value as object).filter(([, member]) => member !== undefined))
const record = (members: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(Object.fromEntries(Object.entries(members).map(([name, value]) => [name, some(value)]))).map(compact)
const item = fc
  .record({
    name: word,
    kind: some(fc.constantFrom('x', 'y')),
    value: some(fc.nat(3)),
    labels: some(fc.dictionary(word, word)),
  })
  .map(compact)
const itemKey = (one: unknown) => {
  const { name, kind = 'x' } = one as { name: string; kind?: string }
  return `${name} ${kind}`
}
const manifest = record({
  text: word,
  number: fc.nat(3),
  labels: fc.dictionary(word, word),
  atoms: fc.array(word, { maxLength: 3 }),
  set: fc.uniqueArray(word),
  struct: record({ a: word, b: fc.nat(3), inner: record({ c: word }) }),
  whole: record({ a: word, b: word }),
  items: fc.uniqueArray(item, { maxLength: 4, selector: itemKey }),
  any: fc.dictionary(word, fc.oneof(word, fc.dictionary(word, word))),
})

const versions = { type: () => type, convert: (object: unknown) => object }
interface State {
  live: unknown
  owners: readonly Owner[]
}
const empty: State = { live: {}, owners: [] }
const time = '2026-01-01T00:00:00Z'

async function applied(
  { live, owners }: State,
  manager: string,
  config: unknown,
  force = true,
): Promise<State | 'conflict'> {
  const by = { manager, operation: 'Apply' as const, apiVersion: 'v1' }
  const result = await apply({ by, time, live, config, owners, reset: undefined, force, versions })
  return 'conflicts' in result ? 'conflict' : { live: result.object ?? live, owners: result.owners }
}
async function all(steps: readonly (readonly [string, unknown])[]): Promise<State> {
  let state = empty
  for (const [manager, config] of steps) state = (await applied(state, manager, config)) as State
  return state
}
const steps = fc.array(fc.tuple(fc.constantFrom('ann', 'bob', 'eve'), manifest), { maxLength: 5 })
const ownedBy = ({ owners }: State): FieldSet =>
  owners.reduce<FieldSet>((sum, { fieldsV1 }) => union(sum, fieldsV1), {})
const paths = (set: FieldSet): string[] => [...pathsOf(set)].map((path) => path.join('/'))

describe('apply', () => {
  test('is idempotent', async () => {
    await fc.assert(
      fc.asyncProperty(steps, manifest, async (before, config) => {
        const once = (await applied(await all(before), 'ann', config)) as State
        const twice = (await applied(once, 'ann', config, false)) as State
        expect(twice).toEqual(once)
      }),
      { numRuns },
    )
  })

  test('of the same values twice, by two managers, is no conflict', async () => {
    await fc.assert(
      fc.asyncProperty(manifest, async (config) => {
        const shared = await applied(await all([['ann', config]]), 'bob', config, false)
        expect(shared).not.toBe('conflict')
      }),
      { numRuns },
    )
  })

  test('of disjoint fields never conflicts', async () => {
    await fc.assert(
      fc.asyncProperty(steps, manifest, fc.func(fc.boolean()), async (history, config, isMine) => {
        const before = await all(history)
        const share = (mine: boolean) =>
          Object.fromEntries(Object.entries(config as object).filter(([name]) => isMine(name) === mine))
        const mine = (await applied(before, 'zoe', share(true))) as State
        const alone = (await applied(empty, 'zoe', share(true))) as State
        expect(await applied(alone, 'max', share(false), false)).not.toBe('conflict')
        const both = (await applied(mine, 'max', share(false))) as State
        const ofZoe = both.owners.find(({ manager }) => manager === 'zoe')
        expect(ofZoe).toEqual(mine.owners.find(({ manager }) => manager === 'zoe'))
      }),
      { numRuns },
    )
  })

  test('leaves no field that only appliers had, and nobody owns', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const state = await all(history)
        const left = difference(fieldsOf(type, state.live), ownedBy(state))
        // An item that two share keeps its keys, and a struct or list that is empty is nobody's.
        expect(paths(left).filter((path) => !/f:(name|kind)$/.test(path))).toEqual([])
      }),
      { numRuns },
    )
  })

  test('keeps every field that somebody owns, with the value of the last who set it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, manifest, async (history, config) => {
        const state = (await applied(await all(history), 'ann', config)) as State
        for (const { fieldsV1 } of state.owners) {
          const gone = difference(fieldsV1, compare(type, {}, state.live).added)
          expect(paths(gone)).toEqual([])
        }
        expect(jsonEqual(merge(type, state.live, config), state.live)).toBe(true)
      }),
      { numRuns },
    )
  })

  test('takes all that it forced from the others', async () => {
    await fc.assert(
      fc.asyncProperty(steps, manifest, async (history, config) => {
        const before = await all(history)
        const after = (await applied(before, 'ann', config)) as State
        const { modified, added } = compare(type, before.live, after.live)
        const others = after.owners.filter(({ manager }) => manager !== 'ann')
        for (const { fieldsV1 } of others) expect(paths(intersection(fieldsV1, union(modified, added)))).toEqual([])
      }),
      { numRuns },
    )
  })
})

describe('a comparison', () => {
  test('of a value with itself finds nothing; what it removes and adds is what is there', () => {
    fc.assert(
      fc.property(manifest, manifest, (a, b) => {
        expect(compare(type, a, structuredClone(a))).toEqual({})
        const { removed, added } = compare(type, a, b)
        const back = compare(type, b, a)
        expect(back.removed ?? {}).toEqual(added ?? {})
        expect(back.added ?? {}).toEqual(removed ?? {})
      }),
      { numRuns },
    )
  })
})

const element = fc.oneof(
  word.map((name) => `f:${name}`),
  word.map((value) => `v:"${value}"`),
  fc.tuple(word, fc.nat(20)).map(([name, port]) => `k:{"name":"${name}","port":${port}}`),
  fc.nat(20).map((i) => `i:${i}`),
)
const fieldSet = fc
  .array(fc.array(element, { minLength: 1, maxLength: 3 }), { maxLength: 6 })
  .map((all) => setOf(...all))

describe('sets', () => {
  test('obey the laws of sets', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        const [left, right] = [new Set(paths(a)), new Set(paths(b))]
        const sorted = (set: Iterable<string>) => [...set].sort()
        expect(sorted(paths(union(a, b)))).toEqual(sorted(left.union(right)))
        expect(sorted(paths(difference(a, b)))).toEqual(sorted(left.difference(right)))
        expect(sorted(paths(intersection(a, b)))).toEqual(sorted(left.intersection(right)))
        const outside = [...left].filter(
          (path) => ![...right].some((other) => path === other || path.startsWith(`${other}/`)),
        )
        expect(sorted(paths(without(a, b)))).toEqual(sorted(outside))
      }),
      { numRuns },
    )
  })

  test('are written in order, and read as they are written', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        for (const set of [a, union(a, b), difference(a, b)]) {
          const inOrder = (node: FieldSet): void => {
            const elements = Object.keys(node)
            expect(elements).toEqual([...elements].sort(compareElements))
            for (const inner of Object.values(node)) inOrder(inner)
          }
          inOrder(set)
          expect(JSON.stringify(readFields(JSON.parse(JSON.stringify(set))))).toBe(JSON.stringify(set))
        }
      }),
      { numRuns },
    )
  })

  test('share what stays the same', () => {
    fc.assert(
      fc.property(fieldSet, fieldSet, (a, b) => {
        expect(union(a, intersection(a, b))).toBe(a)
        expect(difference(a, difference(b, a))).toBe(a)
        expect(isEmpty(difference(a, a))).toBe(true)
      }),
      { numRuns },
    )
  })

  test.each([
    ['k:{"b":1,"a":"x"}', 'k:{"a":"x","b":1}'],
    ['v: "a"', 'v:"a"'],
    ['v:"<"', 'v:"\\u003c"'],
    ['i:+1', 'i:1'],
    ['x:y', undefined],
  ])('%s is read as %s', (given, expected) => {
    expect(readElement(given)).toBe(expected)
  })

  test.each(['', 'f', 'fa', 'k:[1]', 'k:{', 'v:', 'i:a'])('%j is no element', (given) => {
    expect(() => readElement(given)).toThrow(SyntaxError)
  })
})
