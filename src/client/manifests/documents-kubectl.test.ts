import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findKubectl, type TestKubectl, testKubectl } from '../../../test/support/kubectl.ts'
import { jsonText, parseJson, unstructuredTree } from '../../api/machinery/json/json-text.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'
import { looseResource } from '../loose-resource.ts'
import { findWith } from './custom-resources.ts'
import { parseManifest } from './manifests.ts'

/** The value of each word. */
const scalars: Record<string, unknown> = {
  // Truth.
  ...Object.fromEntries(
    ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((w) => [w, true]),
  ),
  ...Object.fromEntries(['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False'].map((w) => [w, false])),
  ...Object.fromEntries(['~', 'null', 'Null', 'NULL', ''].map((w) => [w, null])),
  ...Object.fromEntries(
    ['yEs', 'tRue', 'nULL', 'Infinity', 'NaN', '=', '.', '..', '+', '<<', 'a#b'].map((w) => [w, w]),
  ),
  'Yes ': true,
  '"yes"': 'yes',
  "'5'": '5',
  // Integers.
  '0644': 420,
  '0o644': 420,
  '0O644': 420,
  '-0644': -420,
  '08': 8,
  '0899': 899,
  '00': 0,
  '-0': 0,
  '0_7': 7,
  '0x1F': 31,
  '0X1f': 31,
  '-0x1f': -31,
  '+0x1': 1,
  '0x_1f': 31,
  '0b101': 5,
  '-0b11': -3,
  '0B1': 1,
  '1_000': 1000,
  '1__0': 10,
  '1_': 1,
  '+1': 1,
  '9007199254740993': 9007199254740993n,
  '9223372036854775807': 9223372036854775807n,
  '-9223372036854775808': -9223372036854775808n,
  '-9223372036854775809': -(2 ** 63),
  '12345678901234567890': 1.2345678901234567e19,
  '18446744073709551615': 2 ** 64,
  '18446744073709551616': 2 ** 64,
  '0xFFFFFFFFFFFFFFFF': 2 ** 64,
  '0777777777777777777777': 9223372036854775807n,
  // Floats.
  '1.0': 1,
  '1.': 1,
  '.5': 0.5,
  '-.5': -0.5,
  '+.5': 0.5,
  '2.50': 2.5,
  '1e3': 1000,
  '1E3': 1000,
  '1e+3': 1000,
  '12e03': 12000,
  '1.5e3': 1500,
  '1e21': 1e21,
  '1e-7': 1e-7,
  '6.02_3': 6.023,
  '1e1_0': 1e10,
  '-0.0': 0,
  '0e0': 0,
  // Neither.
  ...Object.fromEntries(
    ['_1', '1e400', '0x', '0b', '0o', '0o8', '0b2', '1e', 'e1', '0x1p3', '1.2.3', '5m', '0xFFFFFFFFFFFFFFFFF'].map(
      (w) => [w, w],
    ),
  ),
  ...Object.fromEntries(
    ['1:30', '1:30:45', '190:20:30.15', '2001-12-14', '2001-12-14t21:59:43.10-05:00', '2001-12-14 21:59:43Z'].map(
      (w) => [w, w],
    ),
  ),
  // Tags.
  '!!str 5': '5',
  '!!str yes': 'yes',
  '!!str': '',
  '! 5': '5',
  '!foo bar': 'bar',
  '!!int "5"': 5,
  '!!int 0644': 420,
  '!!float 5': 5,
  '!!bool "yes"': true,
  '!!null ""': null,
  '!!binary aGVsbG8=': 'hello',
  '!!binary "/w=="': '\ufffd',
  '!!timestamp 2001-12-14': '2001-12-14',
  '!!set {a, b}': { a: null, b: null },
  '!!omap [a: 1]': [{ a: 1 }],
  // Others.
  '"\\u00e9\\x41\\n"': 'éA\n',
  '[a, yes, 5]': ['a', true, 5],
  '{y: 1}': { true: 1 },
  '{1: a, 2.5: b, true: c}': { 1: 'a', 2.5: 'b', true: 'c' },
  '{1.10: a, 1e3: b, 0x10: c, 010: d, .inf: e, 1234567.0: f, 0.00001: g, 1e21: h, 0.1: i, -1e85: j}': {
    '1.1': 'a',
    1000: 'b',
    16: 'c',
    8: 'd',
    '.inf': 'e',
    '1.234567e+06': 'f',
    '1e-05': 'g',
    '1e+21': 'h',
    '0.1': 'i',
    '-.inf': 'j',
  },
  '{2001-01-01: a}': { '2001-01-01': 'a' },
  '\ttab': 'tab',
  '&x 5': 5,
}

const site = (name: string, spec?: unknown) => ({
  apiVersion: 'example.com/v1',
  kind: 'Site',
  metadata: { name, namespace: 'default' },
  ...(spec !== undefined && { spec }),
})
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } }
const head = 'apiVersion: example.com/v1\nkind: Site\nmetadata: {name: a}\n'
const json = (name: string) => `{"apiVersion":"example.com/v1","kind":"Site","metadata":{"name":"${name}"}}`
const list = (kind: string, items: string, apiVersion = 'v1') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nitems: ${items}\n`
const [a, b, c] = [site('a'), site('b'), site('c')]

/** The value of each text. */
const texts: [name: string, text: string, objects: unknown[]][] = [
  ['a key that occurs twice', `${head}spec: {a: 1}\nspec: {b: 2}\n`, [site('a', { b: 2 })]],
  ['one that does so deep inside', `${head}spec:\n  a: 1\n  a: 2\n`, [site('a', { a: 2 })]],
  ['keys that become the same', `${head}spec:\n  yes: c\n  on: d\n`, [site('a', { true: 'd' })]],
  ['anchor', `${head}spec:\n  a: &x {b: 1}\n  c: *x\n`, [site('a', { a: { b: 1 }, c: { b: 1 } })]],
  ['anchor that is set again', `${head}spec:\n  a: &x 1\n  b: &x 2\n  c: *x\n`, [site('a', { a: 1, b: 2, c: 2 })]],
  ['alias as key', `${head}spec:\n  a: &x k\n  *x : v\n`, [site('a', { a: 'k', k: 'v' })]],
  [
    'merge',
    `${head}spec:\n  a: &x {b: 1, c: 2}\n  d:\n    <<: *x\n    c: 3\n`,
    [site('a', { a: { b: 1, c: 2 }, d: { b: 1, c: 3 } })],
  ],
  [
    'merge after a key that it has, too',
    `${head}spec:\n  a: &x {b: 1, c: 2}\n  d:\n    c: 3\n    <<: *x\n`,
    [site('a', { a: { b: 1, c: 2 }, d: { b: 1, c: 2 } })],
  ],
  [
    'merge of several',
    `${head}spec:\n  a: &x {b: 1, c: 2}\n  g: &y {c: 5, e: 6}\n  d:\n    <<: [*x, *y]\n`,
    [site('a', { a: { b: 1, c: 2 }, g: { c: 5, e: 6 }, d: { b: 1, c: 2, e: 6 } })],
  ],
  ['merge of what stands there', `${head}spec:\n  d:\n    <<: {a: 1}\n    b: 2\n`, [site('a', { d: { a: 1, b: 2 } })]],
  ['merge twice', `${head}spec:\n  e:\n    <<: {b: 1}\n    <<: {d: 2}\n`, [site('a', { e: { b: 1, d: 2 } })]],
  ['no merge', `${head}spec:\n  d:\n    "<<": {a: 1}\n`, [site('a', { d: { '<<': { a: 1 } } })]],
  ['BOM', `\ufeff${head}`, [a]],
  ['BOM before JSON', `\ufeff${json('a')}`, [a]],
  ['BOM later', `${head}---\n\ufeff${head}`, [a, a]],
  [
    'CRLF',
    `${head}spec:\n  a: |\n    x\n    y\n---\n${head}`.replaceAll('\n', '\r\n'),
    [site('a', { a: 'x\ny\n' }), a],
  ],
  ['JSON, one after another', `${json('a')}${json('b')}\n${json('c')}`, [a, b, c]],
  ['JSON, then YAML', `${json('b')}\n---\n${head}`, [b, a]],
  ['YAML, then JSON', `${head}---\n${json('b')}\n`, [a, b]],
  ['JSON between separators', `${json('a')}\n---\n${json('b')}\n`, [a, b]],
  ['JSON with tabs', JSON.stringify(site('a', { x: [1] }), null, '\t'), [site('a', { x: [1] })]],
  ['JSON with escapes', json('a').replace(/}$/, ',"spec":{"a":"\\ud83d\\ude00\\/"}}'), [site('a', { a: '😀/' })]],
  ['JSON with a key twice', json('a').replace(/}$/, ',"spec":{"a":1,"a":2}}'), [site('a', { a: 2 })]],
  ['nearly JSON', json('a').replace(/}$/, ', # c\n"spec":{"a":yes,}}'), [site('a', { a: true })]],
  ['a comment before JSON', `# c\n${json('a')}`, [a]],
  ['flow style', '{apiVersion: example.com/v1, kind: Site, metadata: {name: a}}', [a]],
  ['separators with spaces, tabs, comments', `${head}---  \n${head}---\t\n${head}--- # next\n${head}`, [a, a, a, a]],
  ['separators without documents', `---\n---\n# c\n---\n${head}---\n`, [a]],
  ['empty documents', `\n---\n\n---\n${head}\n---\nnull\n---\n~\n`, [a]],
  ['end of a document', `${head}...\n---\n${head}`, [a, a]],
  ['tabs between tokens', `apiVersion:\texample.com/v1\nkind: Site\t# c\nmetadata: {name:\ta}\t\n`, [a]],
  [
    'block scalars',
    `${head}spec:\n  a: >-\n    x\n    y\n\n    z\n  b: |+\n    q\n\n  c: |2\n     s\n`,
    [site('a', { a: 'x y\nz', b: 'q\n\n', c: ' s\n' })],
  ],
  ['plain text over lines', `${head}spec:\n  a: 5\n    6\n`, [site('a', { a: '5 6' })]],
  ['items as deep as their list', `${head}spec:\n  a:\n  - 1\n  - 2\n`, [site('a', { a: [1, 2] })]],
  [
    'colons',
    `${head}spec: {a:1, b: c:d, "e":2, f: http://x/y}\n`,
    [site('a', { 'a:1': null, b: 'c:d', e: 2, f: 'http://x/y' })],
  ],
  ['List', list('List', `\n- ${json('a')}\n- ${json('b')}`), [a, b]],
  ['List of nothing, beside something', `${list('List', '[]')}---\n${head}`, [a]],
  [
    'a list of one kind',
    list('ConfigMapList', '\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'),
    [configMap],
  ],
  ['items without a kind', list('ConfigMapList', '\n- {metadata: {name: a}}'), [configMap]],
  ['items of a custom kind', list('SiteList', '\n- {metadata: {name: a}}', 'example.com/v1'), [a]],
]

/** Texts that neither can read. */
const broken: [name: string, text: string, why: RegExp][] = [
  ['infinity', `${head}spec: {a: .inf}\n`, /json: unsupported value: \+Inf/],
  ['not a number', `${head}spec: {a: .nan}\n`, /json: unsupported value: NaN/],
  ['a wrong tag', `${head}spec: {a: !!int 1.5}\n`, /cannot decode !!float `1\.5` as a !!int/],
  ['a wrong tag of a text', `${head}spec: {a: !!null x}\n`, /cannot decode !!str `x` as a !!null/],
  ['a null as key', `${head}spec: {~: c}\n`, /unsupported map key of type: %!s\(<nil>\)/],
  ['a list as key', `${head}spec:\n  ? [a, b]\n  : c\n`, /invalid map key/],
  ['a merge of a number', `${head}spec:\n  d:\n    <<: 5\n`, /map merge requires map or sequence of maps as the value/],
  ['an alias of nothing', `${head}spec: *nope\n`, /unknown anchor 'nope' referenced/],
  ['an alias of another document', `${head}spec: &x {a: 1}\n---\n${head}spec: *x\n`, /unknown anchor 'x' referenced/],
  ['an alias in itself', `${head}spec: &a [*a]\n`, /anchor 'a' value contains itself/],
  ['text behind a separator', `${head}--- {a: 1}\n`, /invalid Yaml document separator: \{a: 1\}/],
  ['a fourth dash', `${head}----\n${head}`, /invalid Yaml document separator: -/],
  ['a control character', `${head}spec: {a: "x\u0001y"}\n`, /control characters are not allowed/],
  ['a directive', `%YAML 1.1\n---\n${head}`, /did not find expected <document start>/],
  ['a tab as indentation', 'apiVersion: example.com/v1\nkind: Site\nmetadata:\n\tname: a\n', /./],
  ['a bad escape', `${head}spec: {a: "\\q"}\n`, /./],
  ['a text without end', `${head}spec: {a: "x\n`, /./],
  ['a wrong indentation', `${head}spec:\n  a: 1\n b: 2\n`, /./],
  ['two colons', `${head}spec:\n  a: b: c\n`, /./],
  ['a reserved character', `${head}spec: {a: @b}\n`, /./],
  ['a list of objects', `[${json('a')}]`, /./],
  ['a name that is a number', head.replace('name: a', 'name: 5'), /./],
  ['a name that is true', head.replace('name: a', 'name: y'), /./],
  ['a List of another version', list('List', `\n- ${json('a')}`, 'v2'), /./],
]

const sites = looseResource({ group: 'example.com', version: 'v1', kind: 'Site', resource: 'sites', namespaced: true })
const read = (text: string) =>
  parseManifest(text, 'x.yaml', findWith([sites])).map(({ object }) => unstructuredTree(object))
const asScalar = (word: string) => `${head}spec:\n  v: ${word}\n`

test.each(Object.entries(scalars))('%s is read as %s', (word, value) => {
  expect(read(asScalar(word))).toEqual([site('a', { v: value })])
})

test.each(texts)('%s is read', (_, text, objects) => {
  expect(read(text)).toEqual(objects)
})

test.each(broken)('%s is refused', (_, text, why) => {
  expect(() => read(text)).toThrow(/^x\.yaml:\d+: /)
  expect(() => read(text)).toThrow(why)
})

test('reports a key that occurs twice', () => {
  const warnings = (text: string) => parseManifest(text, 'x.yaml', findWith([sites])).flatMap((o) => o.warnings ?? [])
  expect(warnings(`${head}---\n${head}spec:\n  a: 1\n  a: 2\n`)).toEqual([
    'x.yaml: line 10: key "a" already set in map',
  ])
  expect(warnings(json('a').replace(/}$/, ',"spec":{"a":1,"a":2}}'))).toEqual(['x.yaml: duplicate field "spec.a"'])
  expect(warnings(`${head}spec:\n  <<: {a: 1}\n  a: 2\n`)).toEqual([])
})

test('reads documents that kubectl drops silently', () => {
  expect(read(`${head}...\n${head}`)).toEqual([a, a])
  expect(read(`${head}---\n${json('b')}\n${json('c')}\n`)).toEqual([a, b, c])
})

test('aliases do not blow up', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `  a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]\n`)
  expect(() => read(`${head}spec:\n  a0: &a0 x\n${levels.join('')}`)).toThrow('document contains excessive aliasing')
})

describe('the tables agree with kubectl', () => {
  const version = 'kubectl.1.33'
  const program = findKubectl(version)
  if (!program) {
    test.skip(`${version} is not on this machine`, () => {})
    return
  }
  let cluster: TestCluster
  let kubectl: TestKubectl
  beforeAll(async () => {
    cluster = await startCluster()
    await cluster.apply(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sites.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Site, plural: sites}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`)
    kubectl = testKubectl(program, readFileSync(await cluster.kubeconfigFile(), 'utf8'))
  })
  afterAll(async () => {
    kubectl.remove()
    await cluster.stop()
  })
  const show = (...files: string[]) =>
    kubectl.run(
      ...['create', '--dry-run=client', '--validate=false', '-o', 'json'],
      ...files.flatMap((file) => ['-f', file]),
    )

  test('for all readable texts', async () => {
    const all = [
      ...Object.entries(scalars).map(([word, v]) => ['', asScalar(word), [site('a', { v })]] as const),
      ...texts,
    ]
    const files = all.map(([, text], i) => kubectl.file(`${String(i).padStart(3, '0')}.yaml`, text))
    const said = await show(...files)
    const shown = said.split(/\n(?=\{)/).map((text) => jsonText(parseJson(text)))
    const wanted = all.flatMap(([, , objects]) => objects)
    expect(shown.map(parseJson)).toEqual(wanted)
  })

  test('for all unreadable texts', async () => {
    const accepted: string[] = []
    for (const [name, text] of broken) {
      const said = await show(kubectl.file('broken.yaml', text)).then(
        () => accepted.push(name),
        () => undefined,
      )
      expect(said).toBeUndefined()
    }
    expect(accepted).toEqual([])
  }, 60_000)
})
