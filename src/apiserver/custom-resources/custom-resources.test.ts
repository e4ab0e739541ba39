import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type CustomResourceServer,
  crds,
  merge,
  object,
  path,
  schema,
  startCustomResourceServer,
  version,
} from '../../../test/support/custom-resources.ts'
import type { JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'

let server: CustomResourceServer
const send: CustomResourceServer['send'] = (...args) => server.send(...args)
const define: CustomResourceServer['define'] = (...args) => server.define(...args)
beforeAll(async () => {
  server = await startCustomResourceServer()
})
afterAll(() => server.close())

test('the server serves a new definition by the time it answers the create', async () => {
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

test('a changed schema holds at once, for what is stored too', async () => {
  const crd = await define('Thing')
  await send('POST', path('things'), object('Thing', 'a', { spec: { color: 'red', size: 5 } }))
  const watch = server.client.watch(`${path('things')}?watch=1`)
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
  const watch = server.client.watch(`${path('parts', '', 'v1alpha1')}?watch=1`)
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
