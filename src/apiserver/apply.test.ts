import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { Deployments } from '../api/apps/v1/index.ts'
import { HorizontalPodAutoscalers as AutoscalersV1 } from '../api/autoscaling/v1/index.ts'
import { HorizontalPodAutoscalers } from '../api/autoscaling/v2/index.ts'
import { ConfigMaps, Pods, Services } from '../api/core/v1/index.ts'
import type { ApiError } from '../api/errors.ts'
import { lastAppliedAnnotation } from '../api/last-applied.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { KubeObject, ObjectName, Stored } from '../api/object.ts'
import type { PatchOptions } from '../client/client.ts'
import { localClient } from '../client/local.ts'

let world: TestServer
let now = Date.parse('2026-01-01T00:00:00Z')
let count = 0
let name: ObjectName

beforeAll(async () => {
  world = await startTestServer({ clock: { now: () => now, after: () => () => {} } })
})
afterAll(() => world.close())
beforeEach(() => {
  name = { namespace: 'default', name: `web-${count++}` }
})

const as = (fieldManager: string) =>
  localClient(world.server, { name: 'admin', groups: ['system:masters'] }, { fieldManager, freezes: true })

type Options = Pick<PatchOptions, 'force' | 'subresource' | 'dryRun' | 'fieldValidation'>

function applyAs<T>(manager: string, resource: ResourceType<T>, config: object, options: Options = {}) {
  now += 1000
  const { metadata = {}, ...rest } = config as KubeObject
  const { apiVersion, kind } = resource
  const body = { apiVersion, kind, metadata: { ...name, ...metadata }, ...rest }
  return as(manager).patch(resource, name, body, { type: 'apply', ...options })
}
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    ({ status: { code, reason, message, details } }: ApiError) => ({ code, reason, message, causes: details?.causes }),
  )
const ownersOf = (object: KubeObject) =>
  (object.metadata?.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) => [
    [manager, operation, ...(subresource ? [subresource] : [])].join(' '),
    fieldsV1,
  ])
const selector = { matchLabels: { app: 'web' } }
const template = (...containers: object[]) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: containers.length > 0 ? containers : [{ name: 'web', image: 'nginx:1' }] },
})
const deployment = (spec: object = {}) => ({ spec: { selector, template: template(), ...spec } })

describe('apply', () => {
  test('creates the object, and owns what the manifest says, not what is defaulted', async () => {
    const made = await applyAs('kubectl', Deployments, deployment({ replicas: 3 }))
    expect(made.spec.revisionHistoryLimit).toBe(10)
    expect(ownersOf(made)).toEqual([
      [
        'kubectl Apply',
        {
          'f:spec': {
            'f:replicas': {},
            'f:selector': {},
            'f:template': {
              'f:metadata': { 'f:labels': { 'f:app': {} } },
              'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      ],
    ])
  })

  test('a second time changes nothing', async () => {
    const once = await applyAs('kubectl', Deployments, deployment())
    expect(await applyAs('kubectl', Deployments, deployment())).toEqual(once)
  })

  test('removes what it left out, unless somebody else owns it', async () => {
    await applyAs('a', ConfigMaps, { data: { one: '1', two: '2', three: '3' } })
    await applyAs('b', ConfigMaps, { data: { two: '2' } })
    const left = await applyAs('a', ConfigMaps, { data: { three: '3' } })
    expect(left.data).toEqual({ two: '2', three: '3' })
    expect(ownersOf(left)).toEqual([
      ['b Apply', { 'f:data': { 'f:two': {} } }],
      ['a Apply', { 'f:data': { 'f:three': {} } }],
    ])
    const gone = await applyAs('b', ConfigMaps, {})
    expect(gone.data).toEqual({ three: '3' })
    expect(ownersOf(gone)).toHaveLength(1)
  })

  test('a struct goes with its last field, and items of lists by their keys', async () => {
    const http = { name: 'http', port: 80 }
    await applyAs('a', Services, {
      spec: { ports: [http, { name: 'dns', port: 53, protocol: 'UDP' }], selector: { a: 'b' } },
    })
    const left = await applyAs('a', Services, { spec: { ports: [http] } })
    expect(left.spec.ports).toMatchObject([{ name: 'http', port: 80, protocol: 'TCP' }])
    expect(left.spec.ports).toHaveLength(1)
    expect(left.spec).not.toHaveProperty('selector')
  })

  test('what an update has set stays when an apply no longer says it', async () => {
    await applyAs('a', ConfigMaps, { data: { one: '1' } })
    await as('editor').patch(ConfigMaps, name, { data: { one: 'edited' } })
    const left = await applyAs('a', ConfigMaps, {})
    expect(left.data).toEqual({ one: 'edited' })
  })

  test('items of a manifest stand in its order, others where they stood', async () => {
    const container = (name: string) => ({ name, image: 'a' })
    await applyAs('a', Deployments, deployment({ template: template(container('a'), container('b')) }))
    await applyAs('b', Deployments, { spec: { template: { spec: { containers: [container('x')] } } } })
    const third = await applyAs('c', Deployments, {
      spec: { template: { spec: { containers: [container('b'), container('y'), container('a')] } } },
    })
    expect(third.spec.template.spec?.containers.map((one) => one.name)).toEqual(['b', 'x', 'y', 'a'])
  })
})

describe('conflicts', () => {
  test('the answer names the owner, the version and the field', async () => {
    await as('kubectl-client-side-apply').create(Deployments, {
      metadata: name,
      spec: { selector, template: template(), replicas: 2 },
    } as never)
    expect(await failure(applyAs('me', Deployments, { spec: { replicas: 3 } }))).toEqual({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-client-side-apply" using apps/v1',
          field: '.spec.replicas',
        },
      ],
    })
  })

  test('several are listed by owner', async () => {
    await applyAs('b', Deployments, deployment({ template: template({ name: 'web', image: 'a', workingDir: '/' }) }))
    await as('scaler').patch(Deployments, name, { spec: { replicas: 5 } }, { subresource: 'scale' })
    const config = {
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'web', image: 'b', workingDir: '/x' }] } } },
    }
    expect(await failure(applyAs('c', Deployments, config))).toMatchObject({
      message: `Apply failed with 3 conflicts: conflicts with "b":
- .spec.template.spec.containers[name="web"].image
- .spec.template.spec.containers[name="web"].workingDir
conflicts with "scaler" with subresource "scale" using apps/v1:
- .spec.replicas`,
    })
  })

  test('the same value is shared, and force takes the field', async () => {
    await applyAs('a', ConfigMaps, { data: { one: '1' } })
    const shared = await applyAs('b', ConfigMaps, { data: { one: '1' } })
    expect(ownersOf(shared).map(([who]) => who)).toEqual(['b Apply', 'a Apply'])
    const config = { data: { one: 'b' } }
    expect(await failure(applyAs('b', ConfigMaps, config))).toMatchObject({ code: 409 })
    const forced = await applyAs('b', ConfigMaps, config, { force: true })
    expect(forced.data).toEqual({ one: 'b' })
    expect(ownersOf(forced)).toEqual([['b Apply', { 'f:data': { 'f:one': {} } }]])
  })

  test('a dry run tells them and writes nothing', async () => {
    const made = await applyAs('a', ConfigMaps, { data: { one: '1' } })
    expect(await failure(applyAs('b', ConfigMaps, { data: { one: '2' } }, { dryRun: true }))).toMatchObject({
      code: 409,
    })
    const dry = await applyAs('b', ConfigMaps, { data: { one: '2' } }, { dryRun: true, force: true })
    expect(ownersOf(dry)).toEqual([['b Apply', { 'f:data': { 'f:one': {} } }]])
    expect(await as('a').get(ConfigMaps, name)).toEqual(made)
  })
})

describe('refusals', () => {
  test.each<[string, object, object, Options?]>([
    [
      'a manager is required',
      {},
      {
        code: 422,
        message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      },
    ],
  ])('%s', async (_, config, expected) => {
    const call = { verb: 'patch' as const, user: { name: 'a', groups: ['system:masters'] }, group: '', version: 'v1' }
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: name, ...config }
    const asked = { ...call, ...name, resource: 'configmaps', patchType: 'apply' as const, options: {}, body }
    expect(await failure(world.server.call(asked))).toMatchObject(expected)
  })

  test('force is for apply only', async () => {
    await applyAs('a', ConfigMaps, {})
    expect(await failure(as('a').patch(ConfigMaps, name, {}, { type: 'merge', force: true }))).toMatchObject({
      code: 422,
      message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    })
  })

  test.each<[string, ResourceType, object, object]>([
    [
      'managed fields in a manifest',
      ConfigMaps,
      { metadata: { managedFields: [] } },
      { code: 400, reason: 'BadRequest', message: 'metadata.managedFields must be nil' },
    ],
    ['another kind', ConfigMaps, { kind: 'Secret' }, { code: 400, message: 'invalid object type: /v1, Kind=Secret' }],
    [
      'another version',
      Deployments as ResourceType,
      { apiVersion: 'apps/v2' },
      { code: 400, message: 'invalid object type: apps/v2, Kind=Deployment' },
    ],
    [
      'another name',
      ConfigMaps,
      { metadata: { name: 'other' } },
      {
        code: 400,
        message: expect.stringMatching(/^the name of the object \(other\) does not match the name on the URL/),
      },
    ],
    [
      'an unknown field',
      Deployments as ResourceType,
      { spec: { replica: 1 } },
      {
        code: 500,
        message: expect.stringMatching(
          /^failed to create typed patch object \(default\/web-\d+; apps\/v1, Kind=Deployment\): \.spec\.replica: field not declared in schema$/,
        ),
      },
    ],
    [
      'a value of the wrong type',
      Deployments as ResourceType,
      { spec: { replicas: '3' } },
      {
        code: 500,
        message: expect.stringMatching(/: \.spec\.replicas: expected numeric \(int or float\), got string$/),
      },
    ],
    [
      'items with equal keys',
      Services as ResourceType,
      { spec: { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] } },
      {
        code: 500,
        message: expect.stringMatching(/: \.spec\.ports: duplicate entries for key \[port=80,protocol="TCP"\]$/),
      },
    ],
    [
      'equal items of a set',
      ConfigMaps,
      { metadata: { finalizers: ['x/a', 'x/a'] } },
      { code: 500, message: expect.stringMatching(/: \.metadata\.finalizers: duplicate entries for key \[="x\/a"\]$/) },
    ],
    [
      'an unknown uid',
      ConfigMaps,
      { metadata: { uid: 'x' } },
      {
        code: 409,
        message: expect.stringMatching(
          /uid mismatch: the provided object specified uid x, and no existing object was found$/,
        ),
      },
    ],
  ])('%s', async (_, resource, config, expected) => {
    const { metadata, ...rest } = config as KubeObject
    const body = { apiVersion: resource.apiVersion, kind: resource.kind, metadata: { ...name, ...metadata }, ...rest }
    expect(await failure(as('a').patch(resource, name, body, { type: 'apply' }))).toMatchObject(expected)
  })

  test('an old resourceVersion', async () => {
    const made = await applyAs('a', ConfigMaps, { data: { a: '1' } })
    await applyAs('a', ConfigMaps, { data: { a: '2' } })
    const { resourceVersion } = made.metadata
    expect(await failure(applyAs('a', ConfigMaps, { metadata: { resourceVersion }, data: { a: '3' } }))).toMatchObject({
      code: 409,
      message: expect.stringContaining('the object has been modified'),
    })
  })
})

describe('subresources', () => {
  test('status: owns under it, nothing of the spec', async () => {
    await applyAs('a', Deployments, deployment())
    const config = {
      spec: { replicas: 9 },
      status: { replicas: 1, conditions: [{ type: 'Available', status: 'True' }] },
    }
    const written = await applyAs('b', Deployments, config, { subresource: 'status' })
    expect(written.spec.replicas).toBe(1)
    expect(ownersOf(written)[1]).toEqual([
      'b Apply status',
      {
        'f:status': {
          'f:conditions': { 'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
          'f:replicas': {},
        },
      },
    ])
    expect(
      await failure(applyAs('c', Deployments, { status: { replicas: 2 } }, { subresource: 'status' })),
    ).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "b" with subresource "status": .status.replicas',
    })
    const main = await applyAs('c', Deployments, { status: { replicas: 2 } })
    expect(main.status.replicas).toBe(1)
  })

  test('status of what is not there is not found', async () => {
    expect(await failure(applyAs('b', Deployments, {}, { subresource: 'status' }))).toMatchObject({ code: 404 })
  })

  const scale = (replicas: number) => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: name,
    spec: { replicas },
  })
  const scaleAs = (manager: string, replicas: number, force = false) =>
    as(manager).patch(Deployments, name, scale(replicas), { type: 'apply', subresource: 'scale', force })

  test('scale: conflicts about the replicas, and takes them', async () => {
    await applyAs('a', Deployments, deployment({ replicas: 2 }))
    expect(await failure(scaleAs('b', 3))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "a": .spec.replicas',
    })
    expect(await scaleAs('b', 3, true)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } })
    const owners = ownersOf(await as('a').get(Deployments, name))
    expect(owners[1]).toEqual(['b Apply scale', { 'f:spec': { 'f:replicas': {} } }])
    expect(JSON.stringify(owners[0])).not.toContain('f:replicas')
    const taken = await applyAs('a', Deployments, deployment())
    expect(taken.spec.replicas).toBe(3)
  })
})

describe('versions', () => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }

  test('owners of one version keep their fields when another one is applied', async () => {
    await applyAs('old', AutoscalersV1, { spec: { scaleTargetRef: target, maxReplicas: 3, minReplicas: 2 } })
    expect(await failure(applyAs('new', HorizontalPodAutoscalers, { spec: { maxReplicas: 4 } }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "old": .spec.maxReplicas',
    })
    const forced = await applyAs('new', HorizontalPodAutoscalers, { spec: { maxReplicas: 4 } }, { force: true })
    expect(forced.metadata.managedFields?.map(({ apiVersion }) => apiVersion)).toEqual([
      'autoscaling/v1',
      'autoscaling/v2',
    ])
    expect(JSON.stringify(ownersOf(forced)[0])).not.toContain('maxReplicas')
  })

  test('an owner goes on in another version, and drops what it left out there', async () => {
    await applyAs('a', AutoscalersV1, {
      spec: { scaleTargetRef: target, maxReplicas: 3, minReplicas: 2, targetCPUUtilizationPercentage: 60 },
    })
    const metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
    ]
    const moved = await applyAs('a', HorizontalPodAutoscalers, {
      spec: { scaleTargetRef: target, maxReplicas: 3, metrics },
    })
    expect(moved.spec.minReplicas).toBe(1)
    expect(moved.metadata.managedFields).toHaveLength(1)
    expect(moved.metadata.managedFields?.[0]).toMatchObject({ manager: 'a', apiVersion: 'autoscaling/v2' })
  })
})

describe('after an apply of the client side', () => {
  const manifest = () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...name }, data: { a: '1', b: '1' } })
  const annotated = () => {
    const text = `${JSON.stringify(manifest())}\n`
    return { ...manifest(), metadata: { ...name, annotations: { [lastAppliedAnnotation]: text } } }
  }

  test('kubectl takes its own fields, and follows up the annotation', async () => {
    await as('kubectl-client-side-apply').create(ConfigMaps, annotated())
    const taken = (await applyAs('kubectl', ConfigMaps, { data: { a: '2', b: '1' } })) as Stored<KubeObject>
    expect(taken).toMatchObject({ data: { a: '2', b: '1' } })
    expect(JSON.parse(taken.metadata.annotations?.[lastAppliedAnnotation] ?? '')).toEqual({
      ...manifest(),
      data: { a: '2', b: '1' },
    })
  })

  test('what has changed since is a conflict, and other managers have no such right', async () => {
    await as('kubectl-client-side-apply').create(ConfigMaps, annotated())
    expect(await failure(applyAs('other', ConfigMaps, { data: { a: '2' } }))).toMatchObject({ code: 409 })
    await as('editor').patch(ConfigMaps, name, { data: { b: 'edited' } })
    expect(await failure(applyAs('kubectl', ConfigMaps, { data: { a: '2', b: '2' } }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "editor" using v1: .data.b',
    })
  })
})

test('what was never tracked gets an owner with the first apply', async () => {
  const made = await as('a').create(ConfigMaps, { metadata: name, data: { one: '1' } })
  await as('a').update(ConfigMaps, { ...made, metadata: { ...made.metadata, managedFields: [] } })
  const applied = await applyAs('b', ConfigMaps, { data: { two: '2' } })
  expect(ownersOf(applied)).toEqual([
    ['b Apply', { 'f:data': { 'f:two': {} } }],
    ['before-first-apply Update', { 'f:data': { '.': {}, 'f:one': {} } }],
  ])
})

test('a pod keeps what the scheduler and the kubelet set', async () => {
  const config = { spec: { containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 80 }] }] } }
  await applyAs('a', Pods, config)
  await as('a').post(Pods, name, 'binding', { metadata: { name: name.name }, target: { name: 'node-1' } })
  await as('kubelet').patch(Pods, name, { status: { phase: 'Running' } }, { subresource: 'status' })
  const applied = await applyAs('a', Pods, config)
  expect(applied).toMatchObject({ spec: { nodeName: 'node-1' }, status: { phase: 'Running' } })
})
