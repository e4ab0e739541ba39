import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  type CustomResourceServer,
  crds,
  definition,
  merge,
  object,
  path,
  startCustomResourceServer,
  table,
  version,
} from '../../../test/support/custom-resources.ts'
import { answer, type FakeOutbound, fakeOutbound } from '../../../test/support/fake-outbound.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
type Any = any

let world: CustomResourceServer
let outbound: FakeOutbound
/** Of the running test: what converts, and the reviews that it got. */
let webhook: (review: Any) => unknown
let reviews: Any[]

/** v1 has `spec.host` and `spec.port`; v2 has `spec.address`. */
const convertOne = (given: Any, to: string): Any => {
  const { spec = {}, ...rest } = given
  if (given.apiVersion === to) return given
  if (to.endsWith('/v2')) return { ...rest, apiVersion: to, spec: { address: `${spec.host}:${spec.port}` } }
  const [host, port] = (spec.address ?? ':').split(':')
  return { ...rest, apiVersion: to, spec: { host, port: Number(port) } }
}
const respond = ({ kind, apiVersion, request }: Any, objects: Any[]) => ({
  kind,
  apiVersion,
  response: { uid: request.uid, result: { status: 'Success' }, convertedObjects: objects },
})
const convert = (review: Any) =>
  respond(
    review,
    review.request.objects.map((one: Any) => convertOne(one, review.request.desiredAPIVersion)),
  )

const string = { type: 'string' } as const
const v1 = (more = {}) =>
  version('v1', {
    storage: false,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: { type: 'object', properties: { host: string, port: { type: 'integer', maximum: 65535 } } },
        },
      },
    },
    additionalPrinterColumns: [{ name: 'Port', type: 'integer', jsonPath: '.spec.port' }],
    ...more,
  })
const v2 = (more = {}) =>
  version('v2', {
    schema: {
      openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { address: string } } } },
    },
    ...more,
  })
const conversion = (more = {}) => ({
  conversion: {
    strategy: 'Webhook',
    webhook: { clientConfig: { url: 'https://convert.test/' }, conversionReviewVersions: ['v1'], ...more },
  },
})
const v1Of = (name: string, host = 'h', port = 1) => object('Server', name, { spec: { host, port } }, 'v1')
const send = (...args: Parameters<CustomResourceServer['send']>) => world.send(...args)

beforeAll(async () => {
  outbound = fakeOutbound((_, review: Any) => {
    reviews.push(review.request)
    return webhook(review)
  })
  world = await startCustomResourceServer({ outbound })
  await world.define('Server', [v2(), v1()], conversion())
})
beforeEach(async () => {
  reviews = []
  webhook = convert
  await send('DELETE', path('servers', '', 'v2'))
  reviews = []
})
afterAll(() => world.close())

test('every version shows the same objects, stored in one', async () => {
  const made = await send('POST', path('servers'), v1Of('a', 'web', 80))
  expect(made.body).toMatchObject({ apiVersion: 'example.com/v1', spec: { host: 'web', port: 80 } })
  const stored = await send('GET', path('servers', 'a', 'v2'))
  expect(stored.body).toMatchObject({ apiVersion: 'example.com/v2', spec: { address: 'web:80' } })
  expect(stored.body.metadata).toEqual(made.body.metadata)
  const patched = await send('PATCH', path('servers', 'a'), { spec: { port: 81 } }, merge)
  expect(patched.body).toMatchObject({ spec: { host: 'web', port: 81 }, metadata: { generation: 2 } })
  expect((await send('GET', path('servers', 'a', 'v2'))).body.spec).toEqual({ address: 'web:81' })
  expect((await send('GET', path('servers'), undefined, table)).body.rows[0].cells).toEqual(['a', 81])
})

test('each version has its own schema', async () => {
  const refused = await send('POST', path('servers'), v1Of('a', 'web', 70_000))
  expect([refused.status, refused.body.details.causes[0].field]).toEqual([422, 'spec.port'])
  webhook = (review) =>
    respond(
      review,
      review.request.objects.map((one: Any) => ({ ...convertOne(one, review.request.desiredAPIVersion), extra: 1 })),
    )
  await send('POST', path('servers'), v1Of('b'))
  expect((await send('GET', path('servers', 'b', 'v2'))).body.extra).toBeUndefined()
})

test('a list is converted by one review, and only once', async () => {
  for (let i = 0; i < 5; i++)
    await send('POST', path('servers', '', 'v2'), object('Server', `s${i}`, { spec: { address: `h:${i}` } }, 'v2'))
  expect(reviews).toEqual([])
  for (let i = 0; i < 2; i++)
    expect((await send('GET', path('servers'))).body.items.map(({ spec }: Any) => spec.port)).toEqual([0, 1, 2, 3, 4])
  await send('GET', path('servers', 's3'))
  expect(reviews.map(({ objects, desiredAPIVersion }) => [objects.length, desiredAPIVersion])).toEqual([
    [5, 'example.com/v1'],
  ])
})

test('a large list is converted in parts', async () => {
  const big = 'x'.repeat(300_000)
  for (let i = 0; i < 9; i++)
    await send('POST', path('servers', '', 'v2'), object('Server', `s${i}`, { spec: { address: `${big}:${i}` } }, 'v2'))
  const { body } = await send('GET', path('servers'))
  expect(body.items.map(({ spec }: Any) => spec.port)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(reviews.map(({ objects }) => objects.length)).toEqual([6, 3])
})

test('watches of all versions see converted objects in order', async () => {
  const watches = ['v1', 'v2'].map((name) => world.client.watch(`${path('servers', '', name)}?watch=true`))
  await Promise.all(watches.map(({ status }) => status))
  await send('POST', path('servers'), v1Of('a', 'web', 1))
  await send('PATCH', path('servers', 'a', 'v2'), { spec: { address: 'web:2' } }, merge)
  await send('DELETE', path('servers', 'a', 'v2'))
  const [first, second] = await Promise.all(watches.map((watch) => watch.next(3)))
  expect(first?.map(({ type, object: { spec } }) => [type, spec.port])).toEqual([
    ['ADDED', 1],
    ['MODIFIED', 2],
    ['DELETED', 2],
  ])
  expect(second?.map(({ object: { spec } }) => spec.address)).toEqual(['web:1', 'web:2', 'web:2'])
  for (const watch of watches) watch.stop()
})

test('a conversion may change labels and annotations, and nothing else of the metadata', async () => {
  await send('POST', path('servers', '', 'v2'), object('Server', 'a', { spec: { address: 'h:1' } }, 'v2'))
  webhook = (review) =>
    respond(
      review,
      review.request.objects.map((one: Any) => {
        const { metadata, ...rest } = convertOne(one, review.request.desiredAPIVersion)
        const changed = {
          ...metadata,
          labels: { from: 'v2' },
          finalizers: ['mine/x'],
          generation: 99,
          ownerReferences: [],
        }
        return { ...rest, metadata: changed }
      }),
    )
  const { body } = await send('GET', path('servers', 'a'))
  expect(body.metadata).toMatchObject({ labels: { from: 'v2' }, generation: 1 })
  expect(body.metadata.finalizers).toBeUndefined()
})

const edited = (edit: (one: Any) => Any) => (review: Any) =>
  respond(
    review,
    review.request.objects.map((one: Any) => edit(convertOne(one, review.request.desiredAPIVersion))),
  )
const withMeta = (meta: object) => edited((one) => ({ ...one, metadata: { ...one.metadata, ...meta } }))

test.each<[string, (review: Any) => unknown, string]>([
  ['an HTML page', () => answer(200, '<html>'), "failed: couldn't get version/kind; json parse error"],
  ['an error', () => answer(500, 'boom'), 'failed: an error on the server ("boom") has prevented'],
  ['null', () => null, 'failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview'],
  ['no response', ({ kind, apiVersion }) => ({ kind, apiVersion }), 'failed: no response provided'],
  ['another uid', (review) => ({ ...convert(review), response: { ...convert(review).response, uid: 'x' } }), 'got "x"'],
  [
    'a failure',
    (review) => ({
      ...convert(review),
      response: { uid: review.request.uid, result: { status: 'Failed', message: 'no' } },
    }),
    'failed: no',
  ],
  ['too few objects', (review) => respond(review, []), 'returned 0 objects, expected 1'],
  ['too many objects', (review) => respond(review, [{}, {}]), 'returned 2 objects, expected 1'],
  [
    'the old version',
    (review) => respond(review, review.request.objects),
    'invalid groupVersion (expected example.com/v1',
  ],
  ['another kind', edited((one) => ({ ...one, kind: 'Other' })), 'invalid kind (expected Server, received Other)'],
  ['another name', withMeta({ name: 'b' }), 'must have the same name: a != b'],
  ['another namespace', withMeta({ namespace: 'x' }), 'must have the same namespace: default != x'],
  ['another uid of the object', withMeta({ uid: 'x' }), 'must have the same UID'],
  ['no metadata', edited(({ metadata: _, ...rest }) => rest), 'missing metadata in converted object'],
  ['metadata of a wrong type', edited((one) => ({ ...one, metadata: [] })), 'invalid metadata of type []interface {}'],
  ['labels that are none', withMeta({ labels: { a: 1 } }), 'metadata.labels[a] must be a string, but is int64'],
  ['wrong labels', withMeta({ labels: { 'a b': 'c' } }), 'metadata.labels: Invalid value: "a b"'],
  ['text for an object', (review) => respond(review, ['x']), "Object 'Kind' is missing"],
])('a conversion that answers %s fails the read, and nothing else', async (_, hook, message) => {
  await send('POST', path('servers', '', 'v2'), object('Server', 'a', { spec: { address: 'h:1' } }, 'v2'))
  webhook = hook
  for (const at of [path('servers', 'a'), path('servers')]) {
    const { status, body } = await send('GET', at)
    expect(body.message).toMatch(/^conversion webhook for example.com\/v2, Kind=Server /)
    expect(body).not.toHaveProperty('reason')
    expect(body.message).toContain(message)
    expect(status).toBe(500)
  }
  expect((await send('GET', path('servers', 'a', 'v2'))).status).toBe(200)
  const watch = world.client.watch(`${path('servers')}?watch=true`)
  expect((await watch.next(1))[0]).toMatchObject({ type: 'ERROR', object: { code: 500 } })
  await watch.ended
  webhook = convert
  expect((await send('GET', path('servers', 'a'))).body.spec).toEqual({ host: 'h', port: 1 })
})

test('a conversion that hangs holds up nobody else', async () => {
  await send('POST', path('servers', '', 'v2'), object('Server', 'a', { spec: { address: 'h:1' } }, 'v2'))
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  webhook = async (review) => {
    reach()
    await held
    return convert(review)
  }
  const slow = [send('GET', path('servers', 'a')), send('GET', path('servers'))]
  await reached
  expect((await send('GET', path('servers', 'a', 'v2'))).status).toBe(200)
  const write = await send('PATCH', path('servers', 'a', 'v2'), { spec: { address: 'h:2' } }, merge)
  expect(write.status).toBe(200)
  release()
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200])
  // Both readers of one object asked once.
  expect(reviews).toHaveLength(1)
  expect(outbound.sent.at(-1)).toMatchObject({ url: 'https://convert.test/?timeout=30s', timeoutMs: 30_000 })
})

test('objects of an earlier stored version stay as they are until they are written', async () => {
  await world.define('Moving', [v2(), v1()], conversion())
  await send('POST', path('movings', '', 'v2'), object('Moving', 'a', { spec: { address: 'old:1' } }, 'v2'))
  const { body: crd } = await send('GET', `${crds}/movings.example.com`)
  crd.spec.versions = [v2({ storage: false }), v1({ storage: true })]
  const moved = await send('PUT', `${crds}/movings.example.com`, crd)
  expect(moved.body.status.storedVersions).toEqual(['v2', 'v1'])
  expect((await send('GET', path('movings', 'a'))).body).toMatchObject({
    apiVersion: 'example.com/v1',
    spec: { host: 'old' },
  })
  reviews = []
  expect((await send('GET', path('movings', 'a', 'v2'))).body.spec).toEqual({ address: 'old:1' })
  expect(reviews).toEqual([])
  const written = await send('PATCH', path('movings', 'a'), { spec: { port: 2 } }, merge)
  expect(written.body.spec).toEqual({ host: 'old', port: 2 })
  expect((await send('GET', path('movings', 'a', 'v2'))).body.spec).toEqual({ address: 'old:2' })
  webhook = () => answer(500, 'gone')
  expect((await send('GET', path('movings', 'a'))).body.spec).toEqual({ host: 'old', port: 2 })
})

const byManager = (a: Any, b: Any) => (a.manager < b.manager ? -1 : 1)

test('owners of one version conflict with an apply in another, and lose what it forces', async () => {
  const apply = { 'content-type': 'application/apply-patch+yaml' }
  const manifest = (of: 'v1' | 'v2', spec: object) => object('Server', 'a', { spec }, of)
  const first = await send(
    'PATCH',
    `${path('servers', 'a')}?fieldManager=old`,
    manifest('v1', { host: 'web', port: 80 }),
    apply,
  )
  expect([first.status, first.body.spec]).toEqual([201, { host: 'web', port: 80 }])
  const url = `${path('servers', 'a', 'v2')}?fieldManager=new`
  const refused = await send('PATCH', url, manifest('v2', { address: 'web:81' }), apply)
  expect([refused.status, refused.body.message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "old": .spec.port',
  ])
  const forced = await send('PATCH', `${url}&force=true`, manifest('v2', { address: 'web:81' }), apply)
  expect(
    forced.body.metadata.managedFields
      .toSorted(byManager)
      .map((entry: Any) => [entry.manager, entry.apiVersion, entry.fieldsV1]),
  ).toEqual([
    ['new', 'example.com/v2', { 'f:spec': { 'f:address': {} } }],
    ['old', 'example.com/v1', { 'f:spec': { 'f:host': {} } }],
  ])
  const updated = await send(
    'PATCH',
    `${path('servers', 'a', 'v2')}?fieldManager=editor`,
    { spec: { address: 'db:81' } },
    merge,
  )
  expect(updated.body.metadata.managedFields.map((entry: Any) => entry.manager)).toEqual(['editor'])
})

test('admission webhooks see a custom resource in the version that they ask for', async () => {
  webhook = (review) => {
    if (review.kind === 'ConversionReview') return convert(review)
    const { kind, apiVersion, request } = review
    const patch = btoa(
      JSON.stringify([{ op: 'replace', path: '/spec/address', value: `${request.object.spec.address}0` }]),
    )
    return { kind, apiVersion, response: { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch } }
  }
  const configurations = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
  await send('POST', configurations, {
    metadata: { name: 'servers' },
    webhooks: [
      {
        name: 'servers.example.com',
        clientConfig: { url: 'https://admit.test/' },
        rules: [{ apiGroups: ['example.com'], apiVersions: ['v2'], resources: ['servers'], operations: ['CREATE'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  })
  const made = await send('POST', path('servers'), v1Of('a', 'web', 8))
  webhook = () => answer(503, '')
  const failed = await send('POST', path('servers'), v1Of('b'))
  await send('DELETE', `${configurations}/servers`)
  expect(made.body).toMatchObject({ apiVersion: 'example.com/v1', spec: { host: 'web', port: 80 } })
  expect(failed.body).toMatchObject({
    ...{ code: 500, reason: 'InternalError' },
    message:
      'Internal error occurred: conversion webhook for example.com/v1, Kind=Server failed: ' +
      'the server is currently unable to handle the request',
  })
})

test('a definition says how its webhook is reached', async () => {
  for (const [more, field] of [
    [{ conversion: { strategy: 'Webhook' } }, 'spec.conversion.webhookClientConfig'],
    [conversion({ clientConfig: {} }), 'spec.conversion.webhookClientConfig'],
    [conversion({ clientConfig: { url: 'http://x' } }), 'spec.conversion.webhookClientConfig.url'],
    [conversion({ conversionReviewVersions: ['v9'] }), 'spec.conversion.conversionReviewVersions'],
    [{ conversion: { ...conversion().conversion, strategy: 'None' } }, 'spec.conversion.webhookClientConfig'],
  ] as const) {
    const { status, body } = await send('POST', crds, definition('Bad', [v2(), v1()], more as object))
    expect([status, body.details?.causes[0].field]).toEqual([422, field])
  }
  const old = await send(
    'POST',
    crds,
    definition('Elder', [v2(), v1()], conversion({ conversionReviewVersions: ['v1beta1'] })),
  )
  expect(old.status).toBe(201)
})
