import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deployment } from '../../apps/v1/index.ts'
import { Pod, Service } from '../../core/v1/index.ts'
import { mergePatch, strategicMergePatch } from './index.ts'

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown)

test('merge patch: the examples of RFC 7386, and more', () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a', 'b'], ['c'], ['c']],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{}, { a: [null, { b: null, c: 1 }, [{ d: null }]] }, { a: [null, { c: 1 }, [{}]] }],
    [{}, JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
    [{ a: 9007199254740993n, b: 1 }, { b: 9223372036854775807n }, { a: 9007199254740993n, b: 9223372036854775807n }],
  ]
  for (const [original, patch, expected] of cases) expect(mergePatch(frozen(original), frozen(patch))).toEqual(expected)
})

test('merge patch: twice is once', () => {
  fc.assert(
    fc.property(json, json, (original, patch) => {
      const once = mergePatch(frozen(original), frozen(patch))
      expect(mergePatch(once, patch)).toEqual(once)
    }),
  )
})

const pod = frozen({
  metadata: { labels: { a: '1' }, finalizers: ['x', 'y'] },
  spec: {
    containers: [
      { name: 'a', image: 'a:1', env: [{ name: 'E', value: '1' }], args: ['1'] },
      { name: 'b', image: 'b:1' },
    ],
    volumes: [{ name: 'v', emptyDir: {} }],
    tolerations: [{ key: 'k' }],
  },
})
const patchedPod = (patch: unknown) => strategicMergePatch(Pod, pod, frozen(patch)) as typeof pod

test('strategic: lists merge by key, others are replaced', () => {
  const { spec } = patchedPod({
    spec: {
      containers: [
        { name: 'b', image: 'b:2' },
        { name: 'a', args: ['2'], env: [{ name: 'F', value: '2' }] },
        { name: 'c', image: 'c:1' },
      ],
      tolerations: [{ key: 'other' }],
    },
  })
  expect(spec.containers).toEqual([
    {
      name: 'a',
      image: 'a:1',
      env: [
        { name: 'E', value: '1' },
        { name: 'F', value: '2' },
      ],
      args: ['2'],
    },
    { name: 'b', image: 'b:2' },
    { name: 'c', image: 'c:1' },
  ])
  expect(spec.tolerations).toEqual([{ key: 'other' }])
})

test('strategic: $patch', () => {
  expect(patchedPod({ spec: { containers: [{ name: 'a', $patch: 'delete' }] } }).spec.containers).toEqual([
    { name: 'b', image: 'b:1' },
  ])
  expect(patchedPod({ spec: { containers: [{ name: 'z' }, { $patch: 'replace' }] } }).spec.containers).toEqual([
    { name: 'z' },
  ])
  expect(patchedPod({ metadata: { labels: { $patch: 'replace', b: '2' } } }).metadata.labels).toEqual({ b: '2' })
  expect(patchedPod({ metadata: { labels: { $patch: 'delete' } } }).metadata.labels).toEqual({})
  expect(() => patchedPod({ metadata: { $patch: 'burn' } })).toThrow('unknown patch type')
})

test('strategic: lists of scalars', () => {
  expect(patchedPod({ metadata: { finalizers: ['z', 'x'] } }).metadata.finalizers).toEqual(['x', 'y', 'z'])
  expect(patchedPod({ metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } }).metadata.finalizers).toEqual(['y'])
  const ordered = { '$setElementOrder/finalizers': ['z', 'y', 'x'], finalizers: ['z'] }
  expect(patchedPod({ metadata: ordered }).metadata.finalizers).toEqual(['z', 'y', 'x'])
})

test('strategic: $retainKeys', () => {
  const volumes = [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }]
  expect(patchedPod({ spec: { volumes } }).spec.volumes).toEqual([{ name: 'v', hostPath: { path: '/' } }])
  const deployment = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } }
  const strategy = { $retainKeys: ['type'], type: 'Recreate' }
  expect(strategicMergePatch(Deployment, deployment, { spec: { strategy } })).toEqual({
    spec: { strategy: { type: 'Recreate' } },
  })
  expect(() => patchedPod({ spec: { volumes: [{ name: 'v', $retainKeys: ['name'], hostPath: {} }] } })).toThrow(
    'retainKeys',
  )
})

test('strategic: $setElementOrder keeps what only the server knows in its place', () => {
  const names = (value: unknown) => (value as typeof pod).spec.containers.map(({ name }) => name)
  const original = { spec: { containers: ['a', 'sidecar', 'b', 'c'].map((name) => ({ name })) } }
  const ordered = (order: string[], containers: object[] = []) =>
    names(
      strategicMergePatch(Pod, original, {
        spec: { '$setElementOrder/containers': order.map((name) => ({ name })), containers },
      }),
    )
  expect(ordered(['c', 'a', 'b'])).toEqual(['sidecar', 'c', 'a', 'b'])
  expect(ordered(['n', 'a', 'b', 'c'], [{ name: 'n' }])).toEqual(['n', 'a', 'sidecar', 'b', 'c'])
  expect(() => ordered(['a'], [{ name: 'n' }])).toThrow("doesn't match $setElementOrder")
})

test('strategic: a new value carries no directives', () => {
  const patch = {
    spec: { affinity: { $retainKeys: ['x'], nodeAffinity: {} }, initContainers: [{ name: 'i', env: null }] },
  }
  expect(strategicMergePatch(Pod, {}, frozen(patch))).toEqual({
    spec: { affinity: { nodeAffinity: {} }, initContainers: [{ name: 'i' }] },
  })
})

test('strategic: an item without its merge key', () => {
  expect(() => patchedPod({ spec: { containers: [{ image: 'x' }] } })).toThrow(
    'does not contain declared merge key: name',
  )
  expect(
    strategicMergePatch(Service, { spec: { ports: [{ port: 80 }] } }, { spec: { ports: [{ port: 80, name: 'h' }] } }),
  ).toEqual({ spec: { ports: [{ port: 80, name: 'h' }] } })
})

test('strategic: twice is once, and without directives and lists it is a merge patch', () => {
  const flat = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.string(), fc.constant(null)))
  fc.assert(
    fc.property(flat, flat, (labels, patch) => {
      const original = frozen({ metadata: { labels } })
      const once = strategicMergePatch(Pod, original, { metadata: { labels: patch } })
      expect(once).toEqual(mergePatch(original, { metadata: { labels: patch } }))
      expect(strategicMergePatch(Pod, once, { metadata: { labels: patch } })).toEqual(once)
    }),
  )
})
