import { mkdtempSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../../api/apiextensions/v1/index.ts'
import { systemClock } from '../../api/clock.ts'
import { lmdbStore } from '../../store/lmdb.ts'
import { memoryStore } from '../../store/memory.ts'
import type { Store } from '../../store/store.ts'
import { type TestClient, testClient } from '../node/test-client.ts'
import { startTestServer, type TestServer } from '../testing.ts'

let server: TestServer
let client: TestClient
beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
})
afterAll(async () => {
  client.close()
  await server.close()
})

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const spec: JSONSchemaProps = {
  type: 'object',
  properties: {
    size: { type: 'integer', default: 1, maximum: 10 },
    color: { type: 'string' },
    replicas: { type: 'integer' },
  },
}
const schema = (more: JSONSchemaProps = spec): JSONSchemaProps => ({
  type: 'object',
  properties: {
    spec: more,
    status: {
      type: 'object',
      properties: { replicas: { type: 'integer' }, selector: { type: 'string' }, phase: { type: 'string' } },
    },
  },
})
const version = (
  name: string,
  more: Partial<CustomResourceDefinitionVersion> = {},
): CustomResourceDefinitionVersion => ({
  name,
  served: true,
  storage: true,
  schema: { openAPIV3Schema: schema() },
  ...more,
})
function definition(
  kind: string,
  versions: CustomResourceDefinitionVersion[] = [version('v1')],
  more: Partial<CustomResourceDefinition['spec']> = {},
) {
  const plural = `${kind.toLowerCase()}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: { kind, plural }, versions, ...more },
  }
}
const define = async (...args: Parameters<typeof definition>) => {
  const answer = await client.send(crds, { method: 'POST', body: definition(...args) })
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}
const path = (plural: string, name = '', version = 'v1') =>
  `/apis/example.com/${version}/namespaces/default/${plural}${name && `/${name}`}`
const object = (kind: string, name: string, fields: object = {}, version = 'v1') => ({
  apiVersion: `example.com/${version}`,
  kind,
  metadata: { name },
  ...fields,
})
const send = (method: string, at: string, body?: unknown, headers: Record<string, string> = {}) =>
  client.send(at, { method, ...(body !== undefined && { body }), headers })
const merge = { 'content-type': 'application/merge-patch+json' }
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }

test('what a definition says is served when its creation is answered', async () => {
  const crd = await define('Widget', undefined, {
    names: { kind: 'Widget', plural: 'widgets', shortNames: ['wd'], categories: ['all'] },
  })
  expect(crd.status).toMatchObject({
    acceptedNames: {
      kind: 'Widget',
      listKind: 'WidgetList',
      plural: 'widgets',
      singular: 'widget',
      shortNames: ['wd'],
    },
    storedVersions: ['v1'],
    conditions: [
      { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
      { type: 'Established', status: 'True', reason: 'InitialNamesAccepted' },
    ],
  })
  const created = await send('POST', path('widgets'), object('Widget', 'a', { spec: { color: 'red', x: 1 } }))
  expect(created).toMatchObject({
    status: 201,
    body: {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { generation: 1 },
      spec: { size: 1, color: 'red' },
    },
    headers: { warning: '299 - "unknown field \\"spec.x\\""' },
  })
  expect(created.body).not.toHaveProperty('status')
  expect((await send('GET', path('widgets'))).body).toMatchObject({
    kind: 'WidgetList',
    items: [{ spec: { size: 1 } }],
  })
  expect((await send('GET', '/apis')).body.groups).toContainEqual({
    name: 'example.com',
    versions: [{ groupVersion: 'example.com/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'example.com/v1', version: 'v1' },
  })
  expect((await send('GET', '/apis/example.com/v1')).body.resources).toContainEqual({
    name: 'widgets',
    singularName: 'widget',
    namespaced: true,
    kind: 'Widget',
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    shortNames: ['wd'],
    categories: ['all'],
  })
})

test('wrong objects are refused', async () => {
  const post = (fields: object, query = '') =>
    send('POST', `${path('widgets')}${query}`, object('Widget', 'bad', fields))
  expect((await post({ spec: { size: 'x', color: 1 } })).body).toMatchObject({
    code: 422,
    message:
      'Widget.example.com "bad" is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", ' +
      'spec.color: Invalid value: "integer": spec.color in body must be of type string: "integer"]',
    details: { causes: [{ reason: 'FieldValueTypeInvalid', field: 'spec.size' }, {}] },
  })
  expect((await post({ spec: { x: 1 } }, '?fieldValidation=Strict')).body).toMatchObject({
    code: 400,
    message: 'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.x"',
  })
  expect((await post({ spec: { x: 1 } }, '?fieldValidation=Ignore&dryRun=All')).headers).not.toHaveProperty('warning')
  expect((await send('POST', path('widgets').replace('default', 'none'), object('Widget', 'a'))).status).toBe(404)
})

test('patches: merge and JSON, not strategic', async () => {
  const patch = (body: unknown, type: string) =>
    send('PATCH', path('widgets', 'a'), body, { 'content-type': `application/${type}` })
  expect((await patch({ spec: { color: null, size: 3 } }, 'merge-patch+json')).body).toMatchObject({
    spec: { size: 3 },
    metadata: { generation: 2 },
  })
  expect((await patch([{ op: 'add', path: '/spec/color', value: 'blue' }], 'json-patch+json')).body.spec).toEqual({
    size: 3,
    color: 'blue',
  })
  expect(await patch({ spec: { size: 3 } }, 'strategic-merge-patch+json')).toMatchObject({
    status: 415,
    body: { reason: 'UnsupportedMediaType' },
  })
  // Without the status subresource, the status is a part like any other.
  expect((await patch({ status: { phase: 'x' } }, 'merge-patch+json')).body).toMatchObject({
    status: { phase: 'x' },
    metadata: { generation: 4 },
  })
  expect((await patch({ metadata: { labels: { a: 'b' } } }, 'merge-patch+json')).body.metadata.generation).toBe(4)
})

describe('subresources and columns', () => {
  const columns = [
    { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How large.' },
    { name: 'Ready', type: 'string', jsonPath: '.status.phase' },
    { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ]
  const scale = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  }
  beforeAll(async () => {
    const more = {
      subresources: { status: {}, scale },
      additionalPrinterColumns: columns,
      selectableFields: [{ jsonPath: '.spec.color' }],
    }
    await define('Gadget', [version('v1', more)])
  })

  test('status has its own door', async () => {
    const { body: created } = await send(
      'POST',
      path('gadgets'),
      object('Gadget', 'a', { spec: { replicas: 2 }, status: { phase: 'x' } }),
    )
    expect(created).not.toHaveProperty('status')
    const { body: left } = await send('PUT', path('gadgets', 'a'), {
      ...created,
      spec: { replicas: 3 },
      status: { phase: 'y' },
    })
    expect(left).toMatchObject({ spec: { replicas: 3 }, metadata: { generation: 2 } })
    expect(left).not.toHaveProperty('status')
    const { body: written } = await send('PUT', path('gadgets', 'a/status'), {
      ...left,
      metadata: { ...left.metadata, labels: { no: 'no' } },
      spec: { replicas: 9 },
      status: { phase: 'Up', replicas: 1, selector: 'app=a', more: 1 },
    })
    expect(written).toMatchObject({
      spec: { replicas: 3 },
      status: { phase: 'Up', replicas: 1 },
      metadata: { generation: 2 },
    })
    expect(written.status).not.toHaveProperty('more')
    expect(written.metadata).not.toHaveProperty('labels')
    expect((await send('PATCH', path('gadgets', 'a/status'), { status: { phase: 3 } }, merge)).body.message).toContain(
      'status.phase in body must be of type string: "integer"',
    )
  })

  test('scale', async () => {
    expect((await send('GET', path('gadgets', 'a/scale'))).body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 3 },
      status: { replicas: 1, selector: 'app=a' },
    })
    await send('PATCH', path('gadgets', 'a/scale'), { spec: { replicas: 7 } }, merge)
    const { body } = await send('GET', path('gadgets', 'a'))
    expect(body).toMatchObject({ spec: { replicas: 7 }, status: { phase: 'Up' }, metadata: { generation: 3 } })
    await send('POST', path('gadgets'), object('Gadget', 'none'))
    expect((await send('GET', path('gadgets', 'none/scale'))).body.message).toContain(
      'the spec replicas field ".spec.replicas" does not exist',
    )
  })

  test('columns', async () => {
    const { body } = await send('GET', path('gadgets'), undefined, table)
    expect(body.columnDefinitions.map((c: { name: string; priority: number }) => [c.name, c.priority])).toEqual([
      ['Name', 0],
      ['Size', 0],
      ['Ready', 0],
      ['Color', 1],
      ['Age', 0],
    ])
    expect(body.rows[0].cells).toEqual(['a', 1, 'Up', null, expect.stringMatching(/^\d+s$/)])
  })

  test('selectable fields', async () => {
    await send('POST', path('gadgets'), object('Gadget', 'red', { spec: { color: 'red' } }))
    const { body } = await send('GET', `${path('gadgets')}?fieldSelector=spec.color%3Dred`)
    expect(body.items.map((o: { metadata: { name: string } }) => o.metadata.name)).toEqual(['red'])
    expect((await send('GET', `${path('gadgets')}?fieldSelector=spec.size%3D1`)).body.message).toBe(
      'field label not supported: spec.size',
    )
  })

  test('discovery and OpenAPI', async () => {
    const { body } = await send('GET', '/apis', undefined, {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    })
    const group = body.items.find((g: { metadata: { name: string } }) => g.metadata.name === 'example.com')
    expect(group.versions[0].resources.find((r: { resource: string }) => r.resource === 'gadgets')).toMatchObject({
      subresources: [
        { subresource: 'status' },
        { subresource: 'scale', responseKind: { group: 'autoscaling', kind: 'Scale' } },
      ],
    })
    const { body: index } = await send('GET', '/openapi/v3')
    const before = index.paths['apis/example.com/v1'].serverRelativeURL
    const { body: document } = await send('GET', before)
    expect(document.components.schemas['com.example.v1.Gadget']).toMatchObject({
      properties: {
        spec: { properties: { size: { type: 'integer', default: 1 } } },
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
      },
      'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Gadget' }],
      'x-kubernetes-selectable-fields': [{ fieldPath: 'spec.color' }],
    })
    for (const reference of new Set(JSON.stringify(document).match(/"#\/[^"]+"/g) ?? []))
      expect(document.components.schemas, reference).toHaveProperty([reference.split('/').at(-1)?.slice(0, -1) ?? ''])
    const { body: v2 } = await send('GET', '/openapi/v2')
    expect(v2.definitions['com.example.v1.Gadget'].properties.spec.properties.size).toEqual({
      type: 'integer',
      maximum: 10,
    })
    await define('Later')
    expect((await send('GET', '/openapi/v3')).body.paths['apis/example.com/v1'].serverRelativeURL).not.toBe(before)
  })
})

test('a changed schema holds at once, for what is stored too', async () => {
  const crd = await define('Thing')
  await send('POST', path('things'), object('Thing', 'a', { spec: { color: 'red', size: 5 } }))
  const watch = client.watch(`${path('things')}?watch=1`)
  await watch.next(1)
  const stricter: JSONSchemaProps = {
    type: 'object',
    properties: { size: { type: 'integer', maximum: 3 }, mode: { type: 'string', default: 'on' } },
  }
  crd.spec.versions[0].schema.openAPIV3Schema = schema(stricter)
  expect((await send('PUT', `${crds}/things.example.com`, crd)).status).toBe(200)
  // Defaulted and pruned when read.
  const { body } = await send('GET', path('things', 'a'))
  expect(body.spec).toEqual({ size: 5, mode: 'on' })
  expect((await send('GET', path('things'))).body.items[0].spec).toEqual({ size: 5, mode: 'on' })
  // What was wrong already may stay; what is new may not be wrong.
  expect((await send('PATCH', path('things', 'a'), { spec: { mode: 'off' } }, merge)).body.spec).toEqual({
    size: 5,
    mode: 'off',
  })
  expect((await send('PATCH', path('things', 'a'), { spec: { size: 4 } }, merge)).status).toBe(422)
  const [, event] = await watch.next(2)
  expect(event).toMatchObject({ type: 'MODIFIED', object: { spec: { mode: 'off' } } })
  watch.stop()
})

test('several versions: the same objects under other names', async () => {
  const old = version('v1alpha1', {
    storage: false,
    deprecated: true,
    subresources: { status: {} },
    schema: {
      openAPIV3Schema: schema({
        type: 'object',
        properties: { size: { type: 'integer' }, color: { type: 'string', default: 'grey' } },
      }),
    },
  })
  const crd = await define('Part', [old, version('v1'), version('v1beta1', { served: false, storage: false })])
  expect((await send('GET', '/apis/example.com')).body.versions.map((v: { version: string }) => v.version)).toEqual([
    'v1',
    'v1alpha1',
  ])
  const { body, headers } = await send(
    'POST',
    path('parts', '', 'v1alpha1'),
    object('Part', 'a', { spec: { size: 2 } }, 'v1alpha1'),
  )
  expect(body).toMatchObject({ apiVersion: 'example.com/v1alpha1', spec: { size: 2, color: 'grey' } })
  expect(headers.warning).toBe('299 - "example.com/v1alpha1 Part is deprecated; use example.com/v1 Part"')
  expect((await send('GET', path('parts', 'a'))).body).toMatchObject({
    apiVersion: 'example.com/v1',
    spec: { size: 2 },
  })
  expect((await send('GET', path('parts', 'a', 'v1beta1'))).status).toBe(404)
  // Subresources are a version's own.
  expect((await send('GET', path('parts', 'a/status', 'v1alpha1'))).status).toBe(200)
  expect((await send('GET', path('parts', 'a/status'))).status).toBe(404)
  const watch = client.watch(`${path('parts', '', 'v1alpha1')}?watch=1`)
  expect((await watch.next(1))[0]?.object.apiVersion).toBe('example.com/v1alpha1')
  watch.stop()

  // Another version is stored from now on: what is there already is read as that.
  for (const v of crd.spec.versions) v.storage = v.name === 'v1alpha1'
  const { body: moved } = await send('PUT', `${crds}/parts.example.com`, crd)
  expect(moved.status.storedVersions).toEqual(['v1', 'v1alpha1'])
  expect((await send('GET', path('parts', 'a', 'v1alpha1'))).body.apiVersion).toBe('example.com/v1alpha1')
  expect((await send('GET', path('parts'))).body.items[0].apiVersion).toBe('example.com/v1')
  moved.spec.versions = moved.spec.versions.filter((v: { name: string }) => v.name !== 'v1')
  expect((await send('PUT', `${crds}/parts.example.com`, moved)).body.message).toContain(
    'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version',
  )
})

test('names belong to the first who has them', async () => {
  await define('First', undefined, { names: { kind: 'First', plural: 'firsts', shortNames: ['f'] } })
  const second = await define('Second', undefined, { names: { kind: 'Second', plural: 'seconds', shortNames: ['f'] } })
  expect(second.status.conditions).toMatchObject([
    { type: 'NamesAccepted', status: 'False', reason: 'ShortNamesConflict', message: '"f" is already in use' },
    { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
  ])
  expect((await send('GET', path('seconds'))).status).toBe(404)
  await send('DELETE', `${crds}/firsts.example.com`)
  await vi.waitFor(async () => expect((await send('GET', path('seconds'))).status).toBe(200), { timeout: 5000 })
})

describe('deletion', () => {
  test('takes the objects along, and ends watches', async () => {
    await define('Gone')
    await send('POST', path('gones'), object('Gone', 'a'))
    await send(
      'POST',
      path('gones'),
      object('Gone', 'b', { metadata: { name: 'b', finalizers: ['example.com/mine'] } }),
    )
    const watch = client.watch(`${path('gones')}?watch=1`)
    await watch.next(2)
    const { body } = await send('DELETE', `${crds}/gones.example.com`)
    expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io'])
    await vi.waitFor(async () => expect((await send('GET', path('gones', 'a'))).status).toBe(404), { timeout: 5000 })
    expect((await send('GET', `${crds}/gones.example.com`)).body.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress' }),
    )
    expect(await send('POST', path('gones'), object('Gone', 'c'))).toMatchObject({
      status: 405,
      body: { message: 'create not allowed while custom resource definition is terminating' },
    })
    await send('PATCH', path('gones', 'b'), { metadata: { finalizers: null } }, merge)
    await watch.ended
    await vi.waitFor(async () => expect((await send('GET', `${crds}/gones.example.com`)).status).toBe(404), {
      timeout: 5000,
    })
    expect((await send('GET', path('gones'))).status).toBe(404)
    expect((await send('GET', '/apis/example.com/v1')).body.resources).not.toContainEqual(
      expect.objectContaining({ name: 'gones' }),
    )
  })

  test('and the same again begins with nothing', async () => {
    await define('Gone')
    expect((await send('GET', path('gones'))).body.items).toEqual([])
    await send('POST', path('gones'), object('Gone', 'a', { spec: { size: 3 } }))
    expect((await send('GET', path('gones', 'a'))).body.spec.size).toBe(3)
  })

  test('of a kind of which no version that is stored is served', async () => {
    const crd = await define('Old', [version('v1', { storage: false }), version('v0')])
    await send('POST', path('olds'), object('Old', 'a'))
    crd.spec.versions[1].served = false
    await send('PUT', `${crds}/olds.example.com`, crd)
    await send('DELETE', `${crds}/olds.example.com`)
    await vi.waitFor(async () => expect((await send('GET', `${crds}/olds.example.com`)).status).toBe(404), {
      timeout: 5000,
    })
  })
})

test('what comes later is refused, and says so', async () => {
  const rules = schema({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.size > 1' }] })
  const { body } = await send('POST', crds, definition('Cel', [version('v1', { schema: { openAPIV3Schema: rules } })]))
  expect(body).toMatchObject({ code: 422 })
  expect(body.message).toContain(
    'spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations: Forbidden: CEL validation rules are not supported by k8ts yet',
  )
  const webhook = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } }
  const { body: refused } = await send('POST', crds, definition('Hook', undefined, { conversion: webhook }))
  expect(refused.message).toContain(
    'spec.conversion.strategy: Forbidden: conversion webhooks are not supported by k8ts yet',
  )
})

test('a server that starts again serves what was there', async () => {
  const folder = mkdtempSync('/tmp/k8ts-crd-lmdb-')
  const begin = () => startTestServer({ store: lmdbStore({ path: folder, clock: systemClock }) })
  const first = await begin()
  const one = testClient(first, first.admin)
  await one.send(crds, { method: 'POST', body: definition('Widget') })
  await one.send(path('widgets'), { method: 'POST', body: object('Widget', 'a', { spec: { size: 4 } }) })
  one.close()
  await first.close()

  const second = await begin()
  const two = testClient(second, second.admin)
  expect((await two.send(path('widgets', 'a'))).body.spec).toEqual({ size: 4 })
  expect((await two.send(path('widgets'))).body.items).toHaveLength(1)
  expect(second.server.resource('example.com', 'v1', 'widgets')?.kind).toBe('Widget')
  const watch = two.watch(`${path('widgets')}?watch=1`)
  await two.send(path('widgets', 'a'), { method: 'PATCH', body: { spec: { size: 5 } }, headers: merge })
  expect((await watch.next(2))[1]).toMatchObject({ type: 'MODIFIED', object: { spec: { size: 5 } } })
  watch.stop()
  two.close()
  await second.close()
  rmSync(folder, { recursive: true })
})

test('what another server has defined and stored is served here, too', async () => {
  const store = memoryStore({ clock: systemClock })
  const shared: Store = { ...bound(store), close: async () => {} }
  const [here, there] = [await startTestServer({ store: shared }), await startTestServer({ store: shared })]
  const [one, two] = [testClient(here, here.admin), testClient(there, there.admin)]
  await one.send(crds, { method: 'POST', body: definition('Widget') })
  await one.send(path('widgets'), { method: 'POST', body: object('Widget', 'a') })
  await vi.waitFor(async () => expect((await two.send(path('widgets', 'a'))).status).toBe(200), { timeout: 5000 })
  await two.send(`${crds}/widgets.example.com`, { method: 'DELETE' })
  await vi.waitFor(async () => expect((await one.send(path('widgets'))).status).toBe(404), { timeout: 5000 })
  for (const c of [one, two]) c.close()
  for (const s of [here, there]) await s.close()
})

const bound = (store: Store): Store => ({
  revision: () => store.revision(),
  get: (key) => store.get(key),
  list: (prefix, options) => store.list(prefix, options),
  put: (key, value, expected, options) => store.put(key, value, expected, options),
  delete: (key, expected) => store.delete(key, expected),
  watch: (prefix, revision, sink) => store.watch(prefix, revision, sink),
  compact: (revision) => store.compact(revision),
  close: () => store.close(),
})
