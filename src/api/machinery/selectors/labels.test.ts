import { describe, expect, test } from 'vitest'
import { parseFieldSelector } from './fields.ts'
import { nothing, parseLabelSelector, selectorOf, selectorOfExpressions, selectorOfMap } from './labels.ts'

describe('the text form', () => {
  const web = { app: 'web', tier: 'front', n: '5' }
  test.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app=db', false],
    ['app!=db', true],
    ['none!=db', true],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['none in (db)', false],
    ['app notin (db)', true],
    ['none notin (db)', true],
    ['app', true],
    ['!app', false],
    ['!none', true],
    ['n>4', true],
    ['n>5', false],
    ['n<6,app', true],
    ['app>4', false],
    ['app=web,tier=front', true],
    ['app=web,tier=back', false],
    [' app = web , tier ', true],
    ['in in (in)', false],
    ['app in (,web)', true],
  ])('%j: %s', (text, expected) => {
    expect(parseLabelSelector(text).matches(web)).toBe(expected)
  })

  test('is written sorted', () => {
    expect(parseLabelSelector('b in (y,x), a=1,!c').toString()).toBe('a=1,b in (x,y),!c')
    expect(parseLabelSelector('').empty).toBe(true)
  })

  test.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in ()', "values set can't be empty"],
    ['a/b/c', 'key: Invalid value: "a/b/c": a valid label key must consist of'],
    ['a>b', 'the value must be an integer'],
    ['a in (b', "expected: ',' or ')'"],
  ])('%j is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message)
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400 }))
  })

  test('labels called like members of Object', () => {
    expect(parseLabelSelector('constructor').matches({})).toBe(false)
    expect(parseLabelSelector('toString!=x').matches({})).toBe(true)
  })
})

test('the object form: absent chooses nothing, empty everything', () => {
  expect(selectorOf(undefined)).toBe(nothing)
  expect(nothing.matches({})).toBe(false)
  expect(selectorOf({}).matches(undefined)).toBe(true)
  const selector = selectorOf({
    matchLabels: { b: '1', a: '2' },
    matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['z', 'y'] }],
  })
  expect(selector.toString()).toBe('a=2,b=1,c notin (y,z)')
  expect(selector.matches({ a: '2', b: '1' })).toBe(true)
  expect(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] })).toThrow(
    '"Gt" is not a valid label selector operator',
  )
  expect(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'In' }] })).toThrow("can't be empty")
})

test('maps and node selectors', () => {
  expect(selectorOfMap(undefined).empty).toBe(true)
  expect(selectorOfMap({ a: '1' }).matches({ a: '1', b: '2' })).toBe(true)
  expect(selectorOfExpressions([{ key: 'cpu', operator: 'Gt', values: ['3'] }]).matches({ cpu: '4' })).toBe(true)
})

test('field selectors', () => {
  const pod: Record<string, string> = { 'status.phase': 'Running', 'metadata.name': 'a,b' }
  const matches = (text: string) => parseFieldSelector(text).matches((field) => pod[field] ?? '')
  expect(matches('status.phase=Running')).toBe(true)
  expect(matches('status.phase!=Running')).toBe(false)
  expect(matches('metadata.name=a\\,b,status.phase==Running')).toBe(true)
  expect(matches('spec.nodeName=')).toBe(true)
  expect(parseFieldSelector('').empty).toBe(true)
  expect(parseFieldSelector('a=x\\=y').exact('a')).toBe('x=y')
  expect(parseFieldSelector('a=x\\=y,b!=c').toString()).toBe('a=x\\=y,b!=c')
  expect(() => parseFieldSelector('status')).toThrow("invalid selector: 'status'; can't understand 'status'")
  expect(() => parseFieldSelector('a=\\x')).toThrow('invalid escape sequence: \\x')
})
