import fc from 'fast-check'
import { expect, test } from 'vitest'
import { processorTime } from '../../../../test/support/processor-time.ts'
import { loadRegexEngine } from '../regex/regex.ts'
import { CostExceeded, compile, EvaluationError, environment, estimateCost, celTypes as t } from './index.ts'

await loadRegexEngine()

const item = t.objectOf('Item', { name: t.string, size: t.int })
const env = environment({
  self: t.objectOf('Self', { items: t.listOf(item), labels: t.mapOf(t.string, t.string), any: t.dyn, n: t.int }),
  x: t.dyn,
})
const values = [
  {
    items: [
      { name: 'a', size: 1 },
      { name: '😀', size: 2n ** 60n },
    ],
    labels: { a: 'b', __proto__x: 'c' },
    any: [1, [null, { a: 1.5 }]],
    n: -3,
  },
  { s: 'text', l: [1, 2, 3], m: { k: 'v' }, n: null, f: 0.5, b: true },
]

/** Compiles and evaluates any text: it gives a value or one of the two errors, and keeps to the limits of costs. */
function survives(text: string): void {
  const result = compile(text, env)
  if ('failure' in result) {
    expect(result.failure.message).toMatch(/^ERROR: <input>:\d+:\d+: /)
    return
  }
  const { program } = result
  const { min, max } = estimateCost(program.expr)
  expect(min).toBeLessThanOrEqual(max)
  const meter = { remaining: 1_000_000 }
  try {
    program.evaluate(values, meter)
  } catch (error) {
    if (!(error instanceof EvaluationError || error instanceof CostExceeded)) throw new Error(text, { cause: error })
  }
}

const tokens =
  `self x items labels any n name size a k true false null 0 1 -1 9223372036854775807 1.5 2u 'a' "b" b'c' r'\\d' '''x'''
  ( ) [ ] { } . , : ? + - * / % ! == != < <= > >= && || in .? [? has all exists exists_one map filter transformMap optMap
  size contains matches startsWith type int string double timestamp duration quantity ip cidr url semver format join split
  optional.of optional.none sets.contains lists.range sortBy indexOf replace \` // \\ \n @ # $ for`.split(/\s+/)

test('no text makes the parser or the evaluator crash', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.constantFrom(...tokens), { maxLength: 25 }).map((list) => list.join(' ')),
        fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((list) => list.join('')),
        fc.string({ unit: 'binary', maxLength: 30 }),
      ),
      survives,
    ),
    { numRuns: 10_000 },
  )
})

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const e = tie('expression')
  const pair = (make: (a: string, b: string) => string) => fc.tuple(e, e).map(([a, b]) => make(a, b))
  const operator = fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in')
  const method = fc.constantFrom(
    'size',
    'contains',
    'matches',
    'split',
    'join',
    'indexOf',
    'sum',
    'max',
    'find',
    'replace',
    'value',
    'orValue',
    'format',
    'reverse',
    'distinct',
    'containsIP',
    'add',
    'validate',
  )
  const global = fc.constantFrom(
    'size',
    'int',
    'uint',
    'double',
    'string',
    'bytes',
    'bool',
    'type',
    'dyn',
    'timestamp',
    'duration',
    'quantity',
    'ip',
    'cidr',
    'url',
    'semver',
    'optional.of',
    'lists.range',
    'strings.quote',
  )
  const macro = fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter', 'optMap', 'optFlatMap', 'sortBy')
  return {
    expression: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(
        'self',
        'self.items',
        'self.labels',
        'self.any',
        'self.n',
        'x',
        'x.s',
        'x.l',
        'x.m',
        'x.n',
        'x.f',
        'v',
        'w',
      ),
      fc.constantFrom(
        '0',
        '1',
        '-7',
        '9223372036854775807',
        '3u',
        '1.5',
        'null',
        'true',
        "''",
        "'a'",
        "'10.0.0.0/8'",
        "'1.2.3'",
        "b'x'",
        '[]',
        '{}',
        "'%s'",
        "'1h'",
      ),
      fc.tuple(e, operator, e).map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc.tuple(e, method, fc.array(e, { maxLength: 2 })).map(([a, m, args]) => `${a}.${m}(${args.join(', ')})`),
      fc.tuple(global, e).map(([f, a]) => `${f}(${a})`),
      fc.tuple(e, macro, e).map(([a, m, b]) => `${a}.${m}(v, ${b})`),
      fc
        .tuple(e, fc.constantFrom('all', 'exists', 'transformList', 'transformMap', 'transformMapEntry'), e)
        .map(([a, m, b]) => `${a}.${m}(v, w, ${b})`),
      fc.tuple(e, fc.constantFrom('.a', '.?a', '.name', "['k']", '[?0]', '[1]')).map(([a, field]) => `${a}${field}`),
      pair((a, b) => `[${a}, ${b}]`),
      pair((a, b) => `{${a}: ${b}}`),
      fc.tuple(e, e, e).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      e.map((a) => `dyn(${a})`),
      e.map((a) => `!${a}`),
      e.map((a) => `-(${a})`),
    ),
  }
})

test('every expression has a value, or an error of its own', () => {
  fc.assert(fc.property(expression, survives), { numRuns: 10_000 })
})

test.each([
  ['parentheses', '('.repeat(5000)],
  ['lists', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['negations', `${'!'.repeat(20_000)}true`],
  ['sums', `1${' + 1'.repeat(5000)}`],
  ['members', `x${'.a'.repeat(5000)}`],
  ['conditions', `true${' ? true : false'.repeat(2000)}`],
])('%s without end are refused', async (_, text) => {
  const { ms, result } = await processorTime(() => compile(text, env))
  expect(ms).toBeLessThan(1000)
  if ('failure' in result)
    expect(result.failure.message).toMatch(/expression recursion limit exceeded: 250|Syntax error/)
})

test('a long chain of conditions is balanced, and holds', () => {
  const result = compile(Array.from({ length: 5000 }, (_, i) => `self.n < ${i}`).join(' && '), env)
  if ('failure' in result) throw new Error(result.failure.message)
  expect(result.program.evaluate(values)).toBe(true)
})

test('what costs too much ends in time', async () => {
  const nested = 'lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a + b + c >= 0)))'
  for (const text of [
    nested,
    "lists.range(100000).map(a, 'x').join('').matches('(x+x+)+y')",
    'lists.range(1000000).map(a, lists.range(1000000))',
  ]) {
    const result = compile(text, env)
    if ('failure' in result) throw new Error(result.failure.message)
    const { program } = result
    const { ms } = await processorTime(() => expect(() => program.evaluate(values)).toThrow(CostExceeded))
    expect(ms).toBeLessThan(2000)
  }
})
