import fc from 'fast-check'
import { expect, test } from 'vitest'
import { processorTime } from '../../../../test/support/processor-time.ts'
import { loadRegexEngine, needsEngine, regexOf } from './regex.ts'

test('a simple pattern needs no engine, and matches as in Go', () => {
  expect(needsEngine('^[a-z]+$')).toBe(false)
  expect(regexOf('^[a-z]+$').test('abc')).toBe(true)
  expect(regexOf('^a.c$').test('a\rc')).toBe(true)
  expect(regexOf('^\\s$').test('\u00a0')).toBe(false)
})

test.each([
  '^(a+)+$',
  '(a|a)*b',
  '(?i)abc',
  '^[[:alpha:]]+$',
  '\\pL',
  'a?a?a?a?a?a?a?a?a?a?b',
  '(?P<name>a)',
  '^\\Aa\\z$',
])('%s needs the engine', (pattern) => {
  expect(needsEngine(pattern)).toBe(true)
})

test('nested repetitions take no longer than others', async () => {
  await loadRegexEngine()
  const text = `${'a'.repeat(20_000)}!`
  const { ms } = await processorTime(() => {
    for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(.*)*$x', '^[a-z]*[a-z]*[a-z]*[a-z]*$', '(a*)*b'])
      expect(regexOf(pattern).test(text)).toBe(false)
  })
  expect(ms).toBeLessThan(5000)
})

test("a pattern that is none is refused in Go's words", async () => {
  await loadRegexEngine()
  expect(() => regexOf('a(b')).toThrow('error parsing regexp: missing closing ): `a(b`')
  expect(() => regexOf('(?=a)')).toThrow('error parsing regexp: invalid or unsupported Perl syntax: `(?=`')
  expect(() => regexOf('a**')).toThrow('error parsing regexp: invalid nested repetition operator: `**`')
})

test('both engines find the same, where both are used', async () => {
  await loadRegexEngine()
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\s',
    '\\w',
    'a*',
    'b+?',
    '(a|b)',
    'a{1,2}',
    'b?',
    '\\.',
    '-',
  )
  const pattern = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''))
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '1', ' ', '\n', '\r', '\u00a0', '\u2028', '.', '-', 'é'),
    maxLength: 8,
  })
  const anchors = fc.constantFrom(['', ''], ['^', ''], ['', '$'], ['^', '$'])
  fc.assert(
    fc.property(pattern, anchors, text, (inner, [start, end], subject) => {
      const whole = `${start}${inner}${end}`
      expect(regexOf(whole).test(subject)).toBe(exact(whole, subject))
    }),
    { numRuns: 3000 },
  )
})

/** What the engine itself says: flags in front keep a pattern from JavaScript's. */
const exact = (pattern: string, subject: string): boolean => regexOf(`(?-i)${pattern}`).test(subject)
