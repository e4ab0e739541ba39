import { describe, expect, test } from 'vitest'
import { loadRegexEngine } from '../regex/regex.ts'
import { compile, environment, celTypes as t } from './index.ts'
import { CelMap, Double, Duration, Optional, Timestamp, TypeValue, Uint } from './values.ts'

await loadRegexEngine()

const widget = t.objectOf('Widget', {
  name: t.string,
  count: t.int,
  ratio: { ...t.double, fromJson: Double.ofJson },
  tags: t.listOf(t.string),
  labels: t.mapOf(t.string, t.string),
  any: t.dyn,
})
const variables = { self: widget, x: t.dyn, n: t.int, ints: t.listOf(t.int) }
const given = [
  { name: 'one', count: 2, ratio: 1, tags: ['a', 'b'], labels: { app: 'web', 'a.b/c': 'd' }, any: { deep: [1, 2.5] } },
  { a: 1, s: 'text', f: 1.5, l: [1, 2], n: null },
  7,
  [3, 1, 2],
]
const env = environment(variables)

function run(text: string): unknown {
  const compiled = compile(text, env)
  if ('failure' in compiled) return compiled.failure.message
  try {
    return plain(compiled.program.evaluate(given))
  } catch (error) {
    return error
  }
}

/** Values as the tables below write them. */
function plain(value: unknown): unknown {
  if (value instanceof Double) return { double: value.value }
  if (value instanceof Uint) return { uint: value.value }
  if (value instanceof Duration) return { duration: value.ns }
  if (value instanceof Timestamp) return { timestamp: value.ns }
  if (value instanceof TypeValue) return { type: value.name }
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (value instanceof Optional) return value.present ? { some: plain(value.value) } : 'none'
  if (value instanceof CelMap) return new Map([...value.keys()].map((key) => [plain(key), plain(value.get(key))]))
  return Array.isArray(value) ? value.map(plain) : value
}

const double = (value: number) => ({ double: value })

describe.each<[title: string, cases: [text: string, value: unknown][]]>([
  [
    'literals',
    [
      ['1', 1],
      ['-9223372036854775808', -(2n ** 63n)],
      ['0xFF', 255],
      ['-0x10', -16],
      ['7u', { uint: 7 }],
      ['0xAu', { uint: 10 }],
      ['1.5e3', double(1500)],
      ['.5', 0.5],
      ['-2.0', double(-2)],
      ["'it''s'" + '', expect.stringContaining("mismatched input ''s'' expecting <EOF>")],
      ['"a\\tb\\u00e9\\U0001F600\\x41\\101"', 'a\tbé😀AA'],
      ["r'\\d'", '\\d'],
      ['"""a\n"b" """', 'a\n"b" '],
      ["b'\\xff\\101é'", { bytes: [255, 65, 195, 169] }],
      ['[1, 2,]', [1, 2]],
      ["{'a': 1, 2u: true}.size()", expect.stringContaining("expected type 'string' but found 'uint'")],
      ['{1: "a"}[1u]', expect.stringContaining("found no matching overload for '_[_]'")],
      ['{1: "a"}[dyn(1.0)]', 'a'],
      ['null', null],
      ['true // a comment', true],
    ],
  ],
  [
    'arithmetic',
    [
      ['1 + 2 * 3 - 4 / 2 % 3', 5],
      ['-7 / 2', -3],
      ['-7 % 2', -1],
      ['9007199254740991 + 1', 2n ** 53n],
      ['9223372036854775807 + 1', error('integer overflow')],
      ['-9223372036854775808 - 1', error('integer overflow')],
      ['-(-9223372036854775808)', error('integer overflow')],
      ['3037000500 * 3037000500', error('integer overflow')],
      ['3037000499 * 3037000499', 9223372030926249001n],
      ['9223372036854775807 / 3', 3074457345618258602n],
      ['1 / 0', error('division by zero')],
      ['1 % 0', error('modulus by zero')],
      ['1.0 / 0.0', Number.POSITIVE_INFINITY],
      ['0.1 + 0.2', 0.1 + 0.2],
      ['1u - 2u', error('unsigned integer overflow')],
      ['18446744073709551615u + 1u', error('unsigned integer overflow')],
      ["'a' + 'b'", 'ab'],
      ["b'a' + b'b'", { bytes: [97, 98] }],
      ['[1] + [2]', [1, 2]],
      ["duration('1h') + duration('30m')", { duration: 5_400_000_000_000n }],
      ["timestamp('2026-01-01T00:00:00Z') + duration('1s') > timestamp('2026-01-01T00:00:00Z')", true],
      ["timestamp('2026-01-01T00:00:01Z') - timestamp('2026-01-01T00:00:00Z') == duration('1s')", true],
      ['n - 8', -1],
      ['self.ratio + 0.5', 1.5],
      ['self.ratio / 2.0', 0.5],
      ['x.f * 2.0', double(3)],
      ['x.a + 1', 2],
      ['x.a + 1.0', error('no such overload')],
      ['1 + 1.0', expect.stringContaining("found no matching overload for '_+_' applied to '(int, double)'")],
    ],
  ],
  [
    'comparison',
    [
      ['1 == 1', true],
      ['1 == 1.0', expect.stringContaining("found no matching overload for '_==_' applied to '(int, double)'")],
      ['dyn(1) == 1.0', true],
      ['dyn(1) == 1u', true],
      ["dyn(1) == '1'", false],
      ['1 < 1.5 && 2u > 1 && 1.0 <= 1u', true],
      ['[1, 2] == [1, 2]', true],
      ["{'a': [1]} == {'a': [1]}", true],
      ["x.l == [1, 2] && x == {'a': dyn(1), 's': 'text', 'f': 1.5, 'l': [1, 2], 'n': null}", true],
      ['x.n == null', true],
      ["'a' < 'b' && 'Z' < 'a' && '' < 'a'", true],
      ["'\\uFFFF' < '\\U00010000'", true],
      ["b'a' < b'b'", true],
      ['false < true', true],
      ['2 in [1, 2]', true],
      ["'app' in self.labels && !('x' in self.labels)", true],
      ["'c' in ['a', 'b']", false],
      ["self.name in ['one', 'two']", true],
      ['0.0 == -0.0', true],
      ["double('NaN') == double('NaN')", false],
      ['9007199254740993 == 9007199254740992', false],
      ['dyn(9007199254740993) > 9007199254740992.0', true],
    ],
  ],
  [
    'logic',
    [
      ['true || 1 / 0 > 0', true],
      ['1 / 0 > 0 || true', true],
      ['1 / 0 > 0 && false', false],
      ['1 / 0 > 0 && true', error('division by zero')],
      ['false || 1 / 0 > 0', error('division by zero')],
      ['!true', false],
      ['!!true', true],
      ["true ? 'yes' : 'no'", 'yes'],
      ['false ? 1 / 0 : 2', 2],
      ["1 ? 'a' : 'b'", expect.stringContaining("'_?_:_' applied to '(int, string, string)'")],
      ['x.a && true', error('no such overload')],
      ['x.missing == 1 || n == 7', true],
    ],
  ],
  [
    'fields and elements',
    [
      ['self.name', 'one'],
      ['self.labels.app', 'web'],
      ["self.labels['a.b/c']", 'd'],
      ['self.labels.missing', error('no such key: missing')],
      ['x.missing', error('no such key: missing')],
      ['x.constructor', error('no such key: constructor')],
      ['x.a.b', error('no such overload')],
      ['has(self.name) && !has(x.missing) && has(x.n)', true],
      ['has(x.toString)', false],
      ['has(x.missing.deeper)', error('no such key: missing')],
      ['self.tags[1]', 'b'],
      ['self.tags[2]', error('index out of bounds: 2')],
      ['self.tags[-1]', error('index out of bounds: -1')],
      ['self.any.deep[1]', 2.5],
      ['x.?missing', 'none'],
      ['x.?a', { some: 1 }],
      ['x.?a.value() + 1', 2],
      ["x.?missing.?deep.orValue('default')", 'default'],
      ['self.labels[?"app"].orValue("")', 'web'],
      ['self.tags[?5]', 'none'],
      ['self.?labels.app', { some: 'web' }],
      ['x.?a.optMap(v, v + 1)', { some: 2 }],
      ['x.?missing.optMap(v, v + 1)', 'none'],
      ['x.?a.optFlatMap(v, v > 0 ? optional.of(v) : optional.none())', { some: 1 }],
      ['optional.none().or(optional.of(3))', { some: 3 }],
      ['optional.none().value()', error('optional.none() dereference')],
      ['optional.ofNonZeroValue(0).hasValue()', false],
      ['[?optional.of(1), ?optional.none(), 2]', [1, 2]],
      ["{?'a': x.?a, ?'b': x.?missing}", new Map([['a', 1]])],
      ['[optional.of(1), optional.none()].unwrapOpt()', [1]],
      ['ints.first().value() + ints.last().value()', 5],
    ],
  ],
  [
    'macros',
    [
      ['ints.all(i, i > 0)', true],
      ['ints.exists(i, i == 2)', true],
      ['ints.exists_one(i, i > 2)', true],
      ['ints.map(i, i * 2)', [6, 2, 4]],
      ['ints.map(i, i > 1, i * 2)', [6, 4]],
      ['ints.filter(i, i != 3)', [1, 2]],
      ["self.labels.all(k, k.size() > 2) && self.labels.exists(k, self.labels[k] == 'web')", true],
      ['ints.all(i, v, v == ints[i])', true],
      ['ints.transformList(i, v, i + v)', [3, 2, 4]],
      ["{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10)", new Map([['b', 20]])],
      [
        'self.labels.transformMapEntry(k, v, {v: k})',
        new Map([
          ['web', 'app'],
          ['d', 'a.b/c'],
        ]),
      ],
      ['[1, 1].transformMapEntry(i, v, {v: i})', error('Failed with repeated key')],
      [
        'ints.map(i, ints.map(j, i * j))',
        [
          [9, 3, 6],
          [3, 1, 2],
          [6, 2, 4],
        ],
      ],
      ['[0, 2].exists(i, 1 / i > 0 || i == 2)', true],
      ['[0, 2].all(i, 4 / i == 3)', false],
      ['[0, 2].all(i, 4 / i == 2)', error('division by zero')],
      ['[].all(i, i)', true],
      ['n.all(i, true)', expect.stringContaining("expression of type 'int' cannot be range of a comprehension")],
      ['ints.all(i, i)', expect.stringContaining("found no matching overload for '_&&_' applied to '(bool, int)'")],
      ['has(n)', expect.stringContaining('invalid argument to has() macro')],
    ],
  ],
  [
    'strings and conversions',
    [
      ["size('añ😀')", 3],
      ["'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('c')", true],
      ["'abc'.matches('^a.c$') && !'ab'.matches('abc')", true],
      ["'ABC'.matches('(?i)abc')", true],
      ["'a'.matches('(')", expect.stringContaining('ERROR: <input>:1:13: invalid matches argument')],
      ["'a'.matches('(' + '')", error('error parsing regexp: missing closing ): `(`')],
      ["int('12') + int(3.9) + int(4u) + int(timestamp('1970-01-01T00:01:00Z'))", 79],
      ["int('a')", error("type conversion error from 'string' to 'int'")],
      ['int(1e30)', error('integer overflow')],
      ['uint(-1)', error('unsigned integer overflow')],
      ["double('1.5')", 1.5],
      ['string(1.0) + string(1u) + string(true) + string(1e100)', '11true1e+100'],
      ["string(duration('90m')) + string(timestamp('2026-11-30T12:00:00.5Z'))", '5400s2026-11-30T12:00:00.5Z'],
      ["bytes('é') == b'\\xc3\\xa9'", true],
      ["bool('true')", true],
      ["type(1) == int && type('') == string && type(x.l) == list && type(null) == null_type", true],
      ["type(timestamp('2026-01-01T00:00:00Z')) == google.protobuf.Timestamp", true],
      ['type(int)', { type: 'type' }],
      ["timestamp('2026-11-30T23:00:00Z').getDayOfWeek()", 1],
      ["timestamp('2026-11-30T23:00:00Z').getHours('+02:00')", 1],
      ["timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin')", 14],
      ["timestamp('2026-03-01T00:00:00Z').getDayOfYear()", 59],
      ["duration('1h30m').getMinutes()", 90],
      ["duration('x')", expect.stringContaining('ERROR: <input>:1:10: invalid duration argument')],
      ["duration('x' + '')", error("type conversion error from 'string' to 'google.protobuf.Duration'")],
      [
        "timestamp('2026-02-30T00:00:00Z' + '')",
        error("type conversion error from 'string' to 'google.protobuf.Timestamp'"),
      ],
    ],
  ],
])('%s', (_, cases) => {
  test.each(cases)('%s', (text, value) => {
    expect(run(text)).toEqual(value)
  })
})

function error(message: string): unknown {
  return expect.objectContaining({ message })
}

test.each([
  ['missing', "ERROR: <input>:1:1: undeclared reference to 'missing' (in container '')\n | missing\n | ^"],
  ['self.nme', "ERROR: <input>:1:5: undefined field 'nme'\n | self.nme\n | ....^"],
  [
    "1 + 'a'",
    "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | 1 + 'a'\n | ..^",
  ],
  ['foo(1)', "ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')\n | foo(1)\n | ...^"],
  [
    'self.name.startsWith(1)',
    "ERROR: <input>:1:21: found no matching overload for 'startsWith' applied to 'string.(int)'\n | self.name.startsWith(1)\n | ....................^",
  ],
  ['n.x', "ERROR: <input>:1:2: type 'int' does not support field selection\n | n.x\n | .^"],
  ['1 +\n  for', 'ERROR: <input>:2:3: reserved identifier: for\n |   for\n | ..^'],
  ["'é' + y", "ERROR: <input>:1:7: undeclared reference to 'y' (in container '')\n | 'é' + y\n | .．....^"],
  ['a b', "ERROR: <input>:1:3: Syntax error: mismatched input 'b' expecting <EOF>\n | a b\n | ..^"],
  ['[1, "a"]', "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, \"a\"]\n | ....^"],
])('%s is refused where it is wrong', (text, message) => {
  expect(run(text)).toBe(message)
})

describe.each<[title: string, cases: [text: string, value: unknown][]]>([
  [
    'lists and sets',
    [
      ['[1, 2, 2].isSorted() && !["b", "a"].isSorted()', true],
      ['ints.sum() + ints.min() + ints.max()', 10],
      ["[duration('1m'), duration('1s')].sum() == duration('61s')", true],
      ['[1.5, 2.5].sum()', double(4)],
      ['[].sum() == dyn(0)', true],
      ['[1.0].filter(x, false).sum()', double(0)],
      ['x.l.sum()', 3],
      ['[1][5:]', expect.stringContaining('Syntax error')],
      ['ints.indexOf(1) + ints.lastIndexOf(9)', 0],
      ['ints.map(i, i).filter(i, i > 5).max()', error('max called on empty list')],
      ['[1, 2, 3, 4].slice(1, 3)', [2, 3]],
      ['[1].slice(0, 2)', error('cannot slice(0, 2), list is length 1')],
      ['[[1], [2, 3]].flatten()', [1, 2, 3]],
      ['[dyn(1), [dyn(2), [3]]].flatten(2)', [1, 2, 3]],
      ['ints.sort()', [1, 2, 3]],
      ['["bb", "a", "ccc"].sortBy(s, -size(s))', ['ccc', 'bb', 'a']],
      ['lists.range(3).reverse()', [2, 1, 0]],
      ['[1, 2, 1, 3, 2].distinct()', [1, 2, 3]],
      ['sets.contains([1, 2, 3], [1, 3]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])', true],
    ],
  ],
  [
    'strings',
    [
      ["'añ😀b'.charAt(2) + 'abc'.charAt(3)", '😀'],
      ["'abc'.charAt(4)", error('index out of range: 4')],
      ["'añ😀b'.indexOf('b')", 3],
      ["'abcabc'.indexOf('c', 3) * 10 + 'abcabc'.lastIndexOf('a')", 53],
      ["['a', 'b'].join(', ')", 'a, b'],
      ["'AbÉ'.lowerAscii() + 'abé'.upperAscii()", 'abÉABé'],
      ["'aaa'.replace('a', 'b', 2) + 'ab'.replace('', '-')", 'bba-a-b-'],
      ["'a,b,c'.split(',', 2)", ['a', 'b,c']],
      ["'añ'.split('')", ['a', 'ñ']],
      ["'tacocat'.substring(4) + 'tacocat'.substring(0, 4)", 'cattaco'],
      ["'abc'.substring(2, 1)", error('invalid substring range. start: 2, end: 1')],
      ["'  \\u2003a b\\n'.trim()", 'a b'],
      ["strings.quote('a\"b\\n')", '"a\\"b\\n"'],
      [
        "'%s is %d, %.2f, %x and %s'.format(['a', 1, 1.5, 255, [1, 'b', {'k': true}]])",
        expect.stringContaining('found'),
      ],
      ["'%s is %d, %.2f, %x, %b %%'.format([dyn('a'), 1, 1.5, 255, 5])", 'a is 1, 1.50, ff, 101 %'],
      ["'%s %s'.format([dyn([1, 2]), {'b': dyn(1), 'a': 2.5}])", '[1, 2] {a: 2.5, b: 1}'],
      ["'%d'.format([])", error('index 0 out of range')],
      ["'abc 123 def 456'.find('[0-9]+') + 'abc'.find('x')", '123'],
      ["'123 abc 456'.findAll('[0-9]+', 1) + 'a1b2'.findAll('[a-z]')", ['123', 'a', 'b']],
    ],
  ],
  [
    'addresses, networks and URLs',
    [
      ["ip('192.168.0.1').family() + ip('::1').family()", 10],
      [
        "ip('127.0.0.256')",
        error(expect.stringContaining('IP Address "127.0.0.256" parse error during conversion from string')),
      ],
      ["isIP('::ffff:1.2.3.4') || isIP('fe80::1%eth0') || isIP('01.2.3.4')", false],
      ["ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD')", true],
      ["ip('::').isUnspecified() && ip('127.1.2.3').isLoopback() && ip('ff02::1').isLinkLocalMulticast()", true],
      [
        "ip('169.254.1.1').isLinkLocalUnicast() && ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
        true,
      ],
      ["ip('::1') == ip('0:0::1') && string(ip('0:0::1')) == '::1'", true],
      [
        "cidr('192.168.0.0/24').containsIP('192.168.0.9') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.9'))",
        true,
      ],
      [
        "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && !cidr('192.168.0.0/24').containsCIDR(cidr('192.168.0.0/16'))",
        true,
      ],
      ["cidr('192.168.0.1/24') == cidr('192.168.0.1/24').masked()", false],
      ["string(cidr('192.168.0.1/24').masked()) + ' ' + string(cidr('10.0.0.1/8').ip())", '192.168.0.0/24 10.0.0.1'],
      ["cidr('::1/128').prefixLength() + cidr('10.0.0.0/8').prefixLength()", 136],
      ["isCIDR('10.0.0.0/33') || isCIDR('10.0.0.0')", false],
      ["url('https://user:pass@example.com:80/path?query=val#fragment').getHost()", 'example.com:80'],
      ["url('https://[::1]:80/').getHostname() + url('https://[::1]:80/').getPort()", '::180'],
      ["url('https://example.com/path with spaces/').getEscapedPath()", '/path%20with%20spaces/'],
      ["url('https://example.com/p?k1=a&k2=b&k2=c').getQuery()", { k1: ['a'], k2: ['b', 'c'] }],
      [
        "isURL('/absolute') && isURL('mailto:a@b.c') && !isURL('../relative') && !isURL('https://a:b:c/') && !isURL('')",
        true,
      ],
      [
        "url('../relative')",
        error('URL parse error during conversion from string: parse "../relative": invalid URI for request'),
      ],
    ],
  ],
  [
    'quantities, versions and formats',
    [
      ["quantity('200M').compareTo(quantity('0.2G')) == 0 && quantity('50M').isLessThan(quantity('50Mi'))", true],
      ["quantity('50k').add(20).sub(quantity('100k')).sub(-50000) == quantity('20')", true],
      ["isQuantity('1.3Gi') && !isQuantity('200K') && !isQuantity('1,3G')", true],
      ["quantity('50k').asInteger() + sign(quantity('-1'))", 49999],
      ["quantity('1.5').isInteger() || quantity('9999999999999999999999999999999999999G').isInteger()", false],
      ["quantity('1.5').asInteger()", error('cannot convert value to integer')],
      ["quantity('1.5').asApproximateFloat()", 1.5],
      [
        "quantity('Three')",
        error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
      ],
      ["semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-alpha').compareTo(semver('1.0.0')) == -1", true],
      ["semver('v1.2', true) == semver('1.2.0') && semver('01.01.01', true) == semver('1.1.1')", true],
      ["isSemver('v1.0') || isSemver('1.0') || isSemver('1.0-a', true)", false],
      ["semver('1.2.3').major() * 100 + semver('1.2.3').minor() * 10 + semver('1.2.3').patch()", 123],
      ["format.dns1123Label().validate('my-name').hasValue()", false],
      ["format.dns1123Label().validate('My').value().size()", 1],
      ["format.named('uuid').value().validate('x').value()", ['does not match the UUID format']],
      ["format.named('missing').hasValue()", false],
      ["format.dns1123LabelPrefix().validate('web-').hasValue()", false],
    ],
  ],
])('%s', (_, cases) => {
  test.each(cases)('%s', (text, value) => {
    expect(run(text)).toEqual(value)
  })
})
