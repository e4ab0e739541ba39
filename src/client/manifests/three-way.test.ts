import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deployment } from '../../api/apps/v1/index.ts'
import { Pod, Service } from '../../api/core/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { mergePatch, strategicMergePatch } from '../../api/machinery/patch/index.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import { threeWayPatch } from './three-way.ts'

interface Case {
  original?: unknown
  modified: unknown
  current: unknown
  patch: unknown
  type?: Message
}

const container = (more: object) => ({ spec: { containers: [{ name: 'c', ...more }] } })
const ofContainer = (more: object, others: object[] = []) => ({
  spec: { '$setElementOrder/containers': [{ name: 'c' }], containers: [{ name: 'c', ...more }, ...others] },
})

test.each<[name: string, given: Case]>([
  ['nothing has changed', { original: { a: 1 }, modified: { a: 1 }, current: { a: 1, b: 2 }, patch: {} }],
  [
    'what left the manifest goes, what others set stays',
    { original: { a: 1, b: 2 }, modified: { a: 3 }, current: { a: 1, b: 2, c: 4 }, patch: { a: 3, b: null } },
  ],
  ['without a last manifest nothing is removed', { modified: { a: 1 }, current: { a: 2, b: 3 }, patch: { a: 1 } }],
  [
    'what others changed comes back',
    {
      original: { spec: { replicas: 3 } },
      modified: { spec: { replicas: 3 } },
      current: { spec: { replicas: 7 } },
      patch: { spec: { replicas: 3 } },
    },
  ],
  ['null in a manifest takes away', { modified: { a: null }, current: { a: { b: 1 } }, patch: { a: null } }],
  [
    'a list of a custom resource is replaced',
    { original: { l: [{ name: 'a' }] }, modified: { l: [] }, current: { l: [{ name: 'a' }] }, patch: { l: [] } },
  ],
  [
    'items of a merged list go one by one',
    {
      type: Pod,
      original: container({
        env: [
          { name: 'KEEP', value: '1' },
          { name: 'GO', value: '2' },
        ],
      }),
      modified: container({ env: [{ name: 'KEEP', value: '1' }] }),
      current: container({
        env: [
          { name: 'KEEP', value: '1' },
          { name: 'GO', value: '2' },
          { name: 'OTHER', value: '3' },
        ],
      }),
      patch: ofContainer({
        env: [{ name: 'GO', $patch: 'delete' }],
        '$setElementOrder/env': [{ name: 'KEEP' }],
      }),
    },
  ],
  [
    'a merged list that left the manifest goes as a whole',
    {
      type: Pod,
      original: container({ env: [{ name: 'A', value: '1' }] }),
      modified: container({}),
      current: container({
        env: [
          { name: 'A', value: '1' },
          { name: 'OTHER', value: '2' },
        ],
      }),
      patch: ofContainer({ env: null }),
    },
  ],
  [
    'an item is changed in place, and a field of it removed',
    {
      type: Pod,
      original: container({ image: 'a:1', command: ['x'] }),
      modified: container({ image: 'a:2' }),
      current: container({ image: 'a:1', command: ['x'], imagePullPolicy: 'Always' }),
      patch: ofContainer({ image: 'a:2', command: null }),
    },
  ],
  [
    'another order is a change',
    {
      type: Pod,
      modified: { spec: { containers: [{ name: 'b' }, { name: 'a' }] } },
      current: { spec: { containers: [{ name: 'a' }, { name: 'b' }] } },
      patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
    },
  ],
  [
    'merge keys are numbers, too',
    {
      type: Service,
      original: { spec: { ports: [{ port: 80 }, { port: 81 }] } },
      modified: { spec: { ports: [{ port: 80 }] } },
      current: { spec: { ports: [{ port: 80, nodePort: 30000 }, { port: 81 }] } },
      patch: { spec: { ports: [{ port: 81, $patch: 'delete' }], '$setElementOrder/ports': [{ port: 80 }] } },
    },
  ],
  [
    'two items of one key are told apart by their order',
    {
      type: Service,
      modified: {
        spec: {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
      },
      current: {
        spec: {
          ports: [
            { port: 53, protocol: 'UDP' },
            { port: 53, protocol: 'TCP' },
          ],
        },
      },
      patch: {},
    },
  ],
  [
    'sets of scalars',
    {
      type: Pod,
      original: { metadata: { finalizers: ['a', 'b'] } },
      modified: { metadata: { finalizers: ['c', 'b'] } },
      current: { metadata: { finalizers: ['a', 'b', 'x'] } },
      patch: {
        metadata: {
          finalizers: ['c'],
          '$deleteFromPrimitiveList/finalizers': ['a'],
          '$setElementOrder/finalizers': ['c', 'b'],
        },
      },
    },
  ],
  [
    'a union switches',
    {
      type: Deployment,
      modified: { spec: { strategy: { type: 'Recreate' } } },
      current: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } } } },
      patch: { spec: { strategy: { type: 'Recreate', $retainKeys: ['type'] } } },
    },
  ],
  [
    'a union in a list switches',
    {
      type: Pod,
      original: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      modified: { spec: { volumes: [{ name: 'v', configMap: { name: 'm' } }] } },
      current: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      patch: {
        spec: {
          '$setElementOrder/volumes': [{ name: 'v' }],
          volumes: [{ name: 'v', emptyDir: null, configMap: { name: 'm' }, $retainKeys: ['configMap', 'name'] }],
        },
      },
    },
  ],
  [
    'items of other kinds of lists are replaced',
    {
      type: Pod,
      original: container({ args: ['a'] }),
      modified: container({ args: ['b'] }),
      current: container({ args: ['a', 'c'] }),
      patch: ofContainer({ args: ['b'] }),
    },
  ],
  [
    'members of a map',
    {
      type: Pod,
      original: { metadata: { labels: { a: '1', b: '2' } } },
      modified: { metadata: { labels: { a: '1' } } },
      current: { metadata: { labels: { a: '1', b: '2', other: '3' } } },
      patch: { metadata: { labels: { b: null } } },
    },
  ],
  [
    'a list that is not there is added as it is',
    {
      type: Pod,
      modified: container({ ports: [{ containerPort: 1 }] }),
      current: container({}),
      patch: ofContainer({ ports: [{ containerPort: 1 }] }),
    },
  ],
])('%s', (_, { type, patch, original = {}, modified, current }) => {
  expect(threeWayPatch({ original, modified, current }, type)).toEqual(patch)
})

test('the error names an item without its merge key', () => {
  expect(() =>
    threeWayPatch(
      { original: {}, modified: container({ env: [{ value: '1' }] }), current: container({ env: [{ name: 'A' }] }) },
      Pod,
    ),
  ).toThrow('map: {"value":"1"} does not contain declared merge key: name')
})

const some = fc.constantFrom('a', 'b', 'c', 'd')
const items = fc
  .uniqueArray(fc.record({ name: some, value: fc.option(some, { nil: undefined }) }), { selector: ({ name }) => name })
  .map((list) => list.map((item) => JSON.parse(JSON.stringify(item)) as object))
const volume = fc.oneof(
  fc.record({ name: some, emptyDir: fc.constant({}) }),
  fc.record({ name: some, configMap: fc.record({ name: some }) }),
)
const podLike = fc.record(
  {
    metadata: fc.record({ labels: fc.dictionary(some, some), finalizers: fc.uniqueArray(some) }, { requiredKeys: [] }),
    spec: fc.record(
      {
        containers: fc
          .array(fc.record({ args: fc.array(some), env: items }, { requiredKeys: [] }), { minLength: 1, maxLength: 3 })
          .map((list) => list.map((item, i) => ({ name: `c${i}`, ...item }))),
        volumes: fc.uniqueArray(volume, { selector: ({ name }) => name }),
        nodeName: some,
      },
      { requiredKeys: ['containers'] },
    ),
  },
  { requiredKeys: ['spec'] },
)

test.each<[string, Message | undefined]>([
  ['strategic', Pod],
  ['JSON', undefined],
])('after a %s patch the manifest is fulfilled, and applying it again changes nothing', (_, type) => {
  fc.assert(
    fc.property(podLike, podLike, podLike, (original, modified, current) => {
      const patch = threeWayPatch({ original, modified, current }, type)
      const result = type ? strategicMergePatch(type, current, patch) : mergePatch(current, patch)
      const again = threeWayPatch({ original: modified, modified, current: result }, type)
      const after = type ? strategicMergePatch(type, result, again) : mergePatch(result, again)
      expect(jsonEqual(after, result), JSON.stringify({ patch, result, again, after })).toBe(true)
      expect(result).toMatchObject(
        type ? { spec: { ...('nodeName' in modified.spec && { nodeName: modified.spec.nodeName }) } } : modified,
      )
    }),
  )
})
