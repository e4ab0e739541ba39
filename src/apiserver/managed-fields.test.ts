import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { Deployments } from '../api/apps/v1/index.ts'
import type { Call } from '../api/call.ts'
import { ConfigMaps, Pods } from '../api/core/v1/index.ts'
import type { ManagedFieldsEntry } from '../api/meta/v1/index.ts'
import type { KubeObject } from '../api/object.ts'
import type { Client } from '../client/client.ts'
import { localClient } from '../client/local.ts'

let world: TestServer
let now = Date.parse('2026-01-01T00:00:00Z')
const clock = { now: () => now, after: () => () => {} }

beforeEach(async () => {
  now = Date.parse('2026-01-01T00:00:00Z')
  world = await startTestServer({ clock })
})
afterEach(() => world.close())

const as = (fieldManager: string): Client =>
  localClient(world.server, { name: 'admin', groups: ['system:masters'] }, { fieldManager, freezes: true })

const container = { name: 'web', image: 'nginx:1', ports: [{ containerPort: 80 }] }
const deployment = {
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
  },
}
const fieldsOf = (object: KubeObject) =>
  (object.metadata?.managedFields ?? []).map(({ manager, operation, subresource, time, fieldsV1 }) => ({
    who: [manager, operation, ...(subresource ? [subresource] : [])].join(' '),
    time,
    fields: fieldsV1,
  }))

describe('a create', () => {
  test('owns all that its object says, defaults included', async () => {
    const made = await as('kubectl-create').create(Deployments, deployment)
    expect(made.metadata.managedFields).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:progressDeadlineSeconds': {},
            'f:replicas': {},
            'f:revisionHistoryLimit': {},
            'f:selector': {},
            'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} }, 'f:type': {} },
            'f:template': {
              'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
              'f:spec': {
                'f:containers': {
                  'k:{"name":"web"}': {
                    '.': {},
                    'f:image': {},
                    'f:imagePullPolicy': {},
                    'f:name': {},
                    'f:ports': {
                      '.': {},
                      'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
                    },
                    'f:resources': {},
                    'f:terminationMessagePath': {},
                    'f:terminationMessagePolicy': {},
                  },
                },
                'f:dnsPolicy': {},
                'f:restartPolicy': {},
                'f:schedulerName': {},
                'f:securityContext': {},
                'f:terminationGracePeriodSeconds': {},
              },
            },
          },
        },
      },
    ])
  })

  test('writes the fields in their order', async () => {
    const made = await as('a').create(ConfigMaps, {
      metadata: { name: 'a', namespace: 'default', finalizers: ['x/b', 'x/a'] },
      data: { b: '', a: '' },
    })
    expect(JSON.stringify(made.metadata.managedFields?.[0]?.fieldsV1)).toBe(
      '{"f:data":{".":{},"f:a":{},"f:b":{}},"f:metadata":{"f:finalizers":{".":{},"v:\\"x/a\\"":{},"v:\\"x/b\\"":{}}}}',
    )
  })
})

describe('an update', () => {
  const map = { metadata: { name: 'a', namespace: 'default' }, data: { one: '1', two: '2' } }

  test('takes what it changes or adds, and nobody keeps what is gone', async () => {
    const made = await as('maker').create(ConfigMaps, map)
    now += 5000
    const changed = await as('changer').update(ConfigMaps, { ...made, data: { one: 'other', three: '3' } })
    expect(fieldsOf(changed)).toEqual([
      { who: 'maker Update', time: '2026-01-01T00:00:00Z', fields: { 'f:data': {} } },
      { who: 'changer Update', time: '2026-01-01T00:00:05Z', fields: { 'f:data': { 'f:one': {}, 'f:three': {} } } },
    ])
  })

  test.each(['merge', 'json', 'strategic'] as const)('%s patches are updates', async (type) => {
    await as('maker').create(ConfigMaps, map)
    const patch = type === 'json' ? [{ op: 'add', path: '/data/one', value: 'x' }] : { data: { one: 'x' } }
    const patched = await as('patcher').patch(ConfigMaps, map.metadata, patch, { type })
    expect(fieldsOf(patched).map(({ who, fields }) => [who, fields])).toEqual([
      ['maker Update', { 'f:data': { '.': {}, 'f:two': {} } }],
      ['patcher Update', { 'f:data': { 'f:one': {} } }],
    ])
  })

  test('changes the time of an owner only when that changes something', async () => {
    const made = await as('maker').create(ConfigMaps, map)
    now += 5000
    const again = await as('maker').update(ConfigMaps, made)
    expect(again).toEqual(made)
    const data = { ...map.data, one: 'x' }
    const changed = await as('maker').update(ConfigMaps, { ...made, data })
    expect(fieldsOf(changed)).toEqual([{ ...fieldsOf(made)[0], time: '2026-01-01T00:00:05Z' }])
    expect(changed.metadata.managedFields?.[0]?.fieldsV1).toBe(made.metadata.managedFields?.[0]?.fieldsV1)
  })

  test('a client that sends no managed fields leaves them', async () => {
    const made = await as('maker').create(ConfigMaps, map)
    const { managedFields: _, ...metadata } = made.metadata
    const changed = await as('changer').update(ConfigMaps, { ...made, metadata, data: { one: '1' } })
    expect(fieldsOf(changed).map(({ who }) => who)).toEqual(['maker Update'])
  })

  test.each([[[]], [[{}]]])('%j forgets all owners, and no update makes new ones', async (managedFields) => {
    const made = await as('maker').create(ConfigMaps, map)
    const reset = await as('a').update(ConfigMaps, { ...made, metadata: { ...made.metadata, managedFields } })
    expect(reset.metadata).not.toHaveProperty('managedFields')
    const later = await as('a').update(ConfigMaps, { ...reset, data: {} })
    expect(later.metadata).not.toHaveProperty('managedFields')
  })

  test('managed fields that make no sense are passed over', async () => {
    const made = await as('maker').create(ConfigMaps, map)
    for (const entry of [
      { manager: 'a', operation: 'Steal', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
      { manager: 'a', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: {} },
      { manager: 'a', operation: 'Update', apiVersion: 'v1', fieldsV1: {} },
      { manager: 'a', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV2', fieldsV1: {} },
      { manager: 'a', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'k:{': {} } },
    ]) {
      const metadata = { ...made.metadata, managedFields: [entry as ManagedFieldsEntry] }
      expect(await as('a').update(ConfigMaps, { ...made, metadata })).toEqual(made)
    }
  })

  test('an owner may be given away, and is written in the one form of FieldsV1', async () => {
    const made = await as('maker').create(ConfigMaps, map)
    const entry = { manager: 'heir', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1' }
    const fieldsV1 = { 'f:data': { 'f:two': {}, 'f:one': {}, 'x:later': {} } }
    const metadata = { ...made.metadata, managedFields: [{ ...entry, fieldsV1 }] }
    const given = await as('a').update(ConfigMaps, { ...made, metadata })
    expect(JSON.stringify(fieldsOf(given))).toBe('[{"who":"heir Apply","fields":{"f:data":{"f:one":{},"f:two":{}}}}]')
  })

  test('at most ten owners are by update: the oldest become one', async () => {
    await as('maker').create(ConfigMaps, map)
    for (let i = 0; i < 12; i++) {
      now += 1000
      await as(`writer-${i}`).patch(ConfigMaps, map.metadata, { data: { [`key-${i}`]: 'x' } })
    }
    const owners = fieldsOf(await as('a').get(ConfigMaps, map.metadata))
    expect(owners).toHaveLength(10)
    expect(owners[0]).toEqual({
      who: 'ancient-changes Update',
      time: '2026-01-01T00:00:03Z',
      fields: { 'f:data': { '.': {}, 'f:key-0': {}, 'f:key-1': {}, 'f:key-2': {}, 'f:one': {}, 'f:two': {} } },
    })
  })
})

describe('a subresource', () => {
  test('owns under its own name, and only what it may change', async () => {
    const made = await as('maker').create(Deployments, deployment)
    now += 5000
    const written = await as('controller').update(
      Deployments,
      {
        ...made,
        metadata: { ...made.metadata, labels: { app: 'other' }, annotations: { a: 'b' } },
        spec: { ...made.spec, replicas: 7 },
        status: { observedGeneration: 1, replicas: 2 },
      },
      { subresource: 'status' },
    )
    expect(fieldsOf(written).slice(1)).toEqual([
      {
        who: 'controller Update status',
        time: '2026-01-01T00:00:05Z',
        fields: {
          'f:metadata': { 'f:annotations': { '.': {}, 'f:a': {} } },
          'f:status': { 'f:observedGeneration': {}, 'f:replicas': {} },
        },
      },
    ])
  })

  test('scale takes the replicas', async () => {
    await as('maker').create(Deployments, deployment)
    const scale = { spec: { replicas: 5 } }
    await as('scaler').patch(Deployments, deployment.metadata, scale, { subresource: 'scale' })
    const [maker, scaler] = fieldsOf(await as('a').get(Deployments, deployment.metadata))
    expect(scaler).toMatchObject({ who: 'scaler Update scale', fields: { 'f:spec': { 'f:replicas': {} } } })
    expect(JSON.stringify(maker)).not.toContain('f:replicas')
  })

  test('a binding owns nothing', async () => {
    const spec = { containers: [{ name: 'a', image: 'a' }] }
    const pod = await as('maker').create(Pods, { metadata: { name: 'a', namespace: 'default' }, spec })
    await as('scheduler').post(Pods, pod.metadata, 'binding', { metadata: { name: 'a' }, target: { name: 'node-1' } })
    const bound = await as('a').get(Pods, pod.metadata)
    expect(bound.spec.nodeName).toBe('node-1')
    expect(fieldsOf(bound).map(({ who }) => who)).toEqual(['maker Update'])
  })
})

test('a writer without a name has that of its program', async () => {
  const call = {
    verb: 'create' as const,
    user: { name: 'admin', groups: ['system:masters'] },
    group: '',
    version: 'v1',
    resource: 'configmaps',
    namespace: 'default',
    options: {},
  } satisfies Call
  for (const [name, userAgent, manager] of [
    ['a', 'kubectl/v1.33.0 (linux/amd64)', 'kubectl'],
    ['b', '\u0001odd\u2028name', 'oddname'],
    ['c', undefined, 'unknown'],
  ] as const) {
    const body = { metadata: { name }, data: { a: 'b' } }
    const made = await world.server.call({ ...call, body, ...(userAgent && { userAgent }) })
    expect(made.metadata?.managedFields?.[0]?.manager).toBe(manager)
  }
})
