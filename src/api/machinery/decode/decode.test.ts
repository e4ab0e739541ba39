import { expect, test } from 'vitest'
import { CustomResourceDefinition } from '../../apiextensions/v1/index.ts'
import { Deployment } from '../../apps/v1/index.ts'
import { ConfigMap, Pod, Secret } from '../../core/v1/index.ts'
import { DeleteOptions } from '../../meta/v1/index.ts'
import { messageOfKind } from '../../resources.ts'
import { parseJson } from '../json/json-text.ts'
import { formatYaml } from '../yaml/format-yaml.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { cannotBeHandled, decode } from './decode.ts'

test('reports unknown and duplicate fields with their paths', () => {
  const text =
    '{"metadata":{"name":"a:\\"","name":"b"},"spec":{"containers":[{"name":"a"},{"name":"b","imag":"x","env":[{"name":"A","name":"B"}]}],"foo":{"bar":1}}}'
  const { object, unknown, duplicates } = decode(Pod, JSON.parse(text), { text })
  expect(unknown.map(({ message }) => message)).toEqual([
    'unknown field "spec.containers[1].imag"',
    'unknown field "spec.foo"',
  ])
  expect(duplicates.map(({ message }) => message)).toEqual([
    'duplicate field "metadata.name"',
    'duplicate field "spec.containers[1].env[0].name"',
  ])
  expect(object).toEqual({
    metadata: { name: 'b' },
    spec: { containers: [{ name: 'a' }, { name: 'b', env: [{ name: 'B' }] }] },
    status: {},
  })
})

test('nulls and values that mean nothing are left out; those that mean something stay', () => {
  const { object } = decode(Pod, {
    metadata: { creationTimestamp: null, labels: {}, annotations: { a: null } },
    spec: {
      nodeName: '',
      hostNetwork: false,
      priority: 0,
      enableServiceLinks: false,
      tolerations: [],
      containers: [{ name: '', env: [{ name: 'A', value: '' }] }],
      volumes: [{ name: 'v', emptyDir: {} }, null],
      nodeSelector: null,
    },
  })
  expect(object).toEqual({
    metadata: { annotations: { a: '' } },
    spec: {
      priority: 0,
      enableServiceLinks: false,
      containers: [{ name: '', env: [{ name: 'A' }] }],
      volumes: [{ name: 'v', emptyDir: {} }, {}],
    },
    status: {},
  })
})

test('quantities, times and bytes take their canonical form', () => {
  const { object } = decode(Pod, {
    metadata: { creationTimestamp: '2026-01-01T02:00:00.5+02:00' },
    spec: { containers: [{ name: 'a', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
  })
  expect(object.metadata?.creationTimestamp).toBe('2026-01-01T00:00:00Z')
  expect(object.spec?.containers[0]?.resources?.limits).toEqual({ cpu: '500m', memory: '1Gi' })
  expect(decode(Secret, { data: { a: 'YQ\n==' } }).object.data).toEqual({ a: 'YQ==' })
})

test.each([
  [
    { spec: { hostNetwork: 'yes' } },
    'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
  ],
  [
    { spec: { containers: {} } },
    'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  ],
  [
    { spec: { priority: 1.5 } },
    'json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32',
  ],
  [
    { metadata: { labels: { a: 1 } } },
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels.a of type string',
  ],
  [{ spec: 'x' }, 'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec'],
  [[], 'json: cannot unmarshal array into Go value of type v1.Pod'],
  [
    { spec: { containers: [{ resources: { limits: { cpu: '1x' } } }] } },
    'quantities must match the regular expression',
  ],
  [{ metadata: { creationTimestamp: 'now' } }, 'parsing time "now" as "2006-01-02T15:04:05Z07:00"'],
])('%j is refused as Go refuses it', (value, message) => {
  expect(() => decode(Pod, value)).toThrow(message)
  expect(() => decode(Pod, value)).toThrow(expect.objectContaining({ code: 400 }))
})

test.each<[spec: string, problem: string]>([
  ['{"activeDeadlineSeconds":1.5}', 'number 1.5 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64'],
  ['{"activeDeadlineSeconds":3.0}', 'number 3.0 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64'],
  ['{"priority":1e3}', 'number 1e3 into Go struct field PodSpec.spec.priority of type int32'],
  ['{"priority":2147483648}', 'number 2147483648 into Go struct field PodSpec.spec.priority of type int32'],
  [
    '{"activeDeadlineSeconds":9223372036854775808}',
    'number 9223372036854775808 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64',
  ],
  [
    '{"containers":[{"ports":[{"containerPort":80.0}]}]}',
    'number 80.0 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    '{"containers":[{"livenessProbe":{"httpGet":{"port":80.0}}}]}',
    'number 80.0 into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32',
  ],
  ['{"nodeName":1.0}', 'number into Go struct field PodSpec.spec.nodeName of type string'],
  ['{"containers":[{"name":"a","resources":{"limits":{"x":1e400}}}]}', 'number 1e400 into Go value of type float64'],
])('the number in %s is refused', (spec, problem) => {
  const text = `{"spec":${spec}}`
  expect(() => decode(Pod, parseJson(text), { text })).toThrow(`json: cannot unmarshal ${problem}`)
})

test('integers keep their digits, and quantities may be floats', () => {
  const text = `{"spec":{"priority":-0,"terminationGracePeriodSeconds":9223372036854775807,"containers":[
    {"name":"a.0","resources":{"limits":{"cpu":0.5,"memory":80.0}}}]}}`
  const { spec } = decode(Pod, parseJson(text), { text }).object
  expect(spec?.terminationGracePeriodSeconds).toBe(9223372036854775807n)
  expect(spec?.containers?.[0]?.resources?.limits).toEqual({ cpu: '500m', memory: '80' })
})

test('YAML makes an integer of 80.0, as Go does on its way to JSON', () => {
  const spec = parseYaml('priority: 80.0\nactiveDeadlineSeconds: 9223372036854775807')[0]?.value
  expect(decode(Pod, { spec }).object.spec).toEqual({ priority: 80, activeDeadlineSeconds: 9223372036854775807n })
})

test('YAML keeps the digits of integers', () => {
  const text = 'a: 9007199254740993\nb:\n- -9223372036854775808\n- 0x7fffffffffffffff\nc: 12\nd: 1e20\n'
  const value = { a: 9007199254740993n, b: [-9223372036854775808n, 9223372036854775807n], c: 12, d: 1e20 }
  expect(parseYaml(text)[0]?.value).toStrictEqual(value)
  expect(parseYaml(formatYaml(value))[0]?.value).toStrictEqual(value)
})

test('the decoder refuses a value with too many levels', () => {
  const text = `{"foo":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  expect(() => decode(Pod, JSON.parse(text), { text })).toThrow('exceeded max depth')
})

test('bad base64 is refused', () => {
  expect(() => decode(Secret, { data: { a: 'Y*==' } })).toThrow('illegal base64 data at input byte 1')
})

test('keys called like members of Object are keys', () => {
  const { object } = decode(ConfigMap, JSON.parse('{"data":{"__proto__":"x","constructor":"y"}}'))
  expect(Object.keys(object.data ?? {})).toEqual(['__proto__', 'constructor'])
  expect(decode(Pod, JSON.parse('{"__proto__":{"spec":1},"toString":1}')).unknown.map(({ path }) => path)).toContain(
    'toString',
  )
})

test('schemas of custom resources are decoded all the way down', () => {
  const openAPIV3Schema = {
    type: 'object',
    properties: { a: { type: 'array', items: { typ: 'x', default: 0 }, additionalProperties: false } },
  }
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }]
  const { object, unknown } = decode(CustomResourceDefinition, { spec: { versions } })
  expect(unknown.map(({ path }) => path)).toEqual(['spec.versions[0].schema.openAPIV3Schema.properties.a.items.typ'])
  expect(object.spec.versions[0]?.schema?.openAPIV3Schema?.properties?.a).toEqual({
    type: 'array',
    items: { default: 0 },
    additionalProperties: false,
  })
})

test('kinds are found by name, options in every group', () => {
  expect(messageOfKind({ group: 'apps', version: 'v1', kind: 'Deployment' })).toBe(Deployment)
  expect(messageOfKind({ group: 'apps', version: 'v1', kind: 'DeleteOptions' })).toBe(DeleteOptions)
  expect(messageOfKind({ group: 'apps', version: 'v1', kind: 'Pod' })).toBeUndefined()
})

test('the error of a body', () => {
  expect(cannotBeHandled(Deployment, 'why').message).toBe(
    'Deployment in version "v1" cannot be handled as a Deployment: why',
  )
})

test('YAML as the Go tools read it', () => {
  const [first, second, ...rest] = parseYaml('# c\na: yes\nb: 0644\nc: 10:30\nd: 2020-01-01\na: no\n---\n---\nx: [1]\n')
  expect(first).toMatchObject({
    value: { a: false, b: 420, c: '10:30', d: '2020-01-01' },
    line: 2,
    duplicates: ['line 6: key "a" already set in map'],
  })
  expect(second).toMatchObject({ value: { x: [1] }, line: 9 })
  expect(rest).toEqual([])
  expect(parseYaml('{"a": {"b": [1, "x"]}}')[0]?.value).toEqual({ a: { b: [1, 'x'] } })
  expect(() => parseYaml('a: 1\nb: c: d')).toThrow(/^yaml: line 2: /)
  expect(() => parseYaml('a: *x')).toThrow(/^yaml: /)
})

test('scalars are resolved as kubectl resolves them', () => {
  const text =
    '{a: n, b: yes, c: 0o17, d: 017, e: 1_000, f: 10:30, g: .5, h: 1e3, i: 0b11, k: +1, l: 0x1F, m: ~, p: 1:30:45, s: on}'
  expect(parseYaml(text)[0]?.value).toEqual({
    a: false,
    b: true,
    c: 15,
    d: 15,
    e: 1000,
    f: '10:30',
    g: 0.5,
    h: 1000,
    i: 3,
    k: 1,
    l: 31,
    m: null,
    p: '1:30:45',
    s: true,
  })
})

test('what is written as YAML is read as it was', () => {
  const value = {
    a: 'yes',
    b: '0644',
    c: '10:30',
    d: ['2020-01-01', '1e3', '0o17', '', null, true, 1.5],
    e: 'two\nlines\n',
    f: {},
    g: [],
  }
  expect(parseYaml(formatYaml(value))[0]?.value).toEqual(value)
})
