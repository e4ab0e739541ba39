import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type CustomResourceServer,
  merge,
  object,
  path,
  startCustomResourceServer,
  table,
  version,
} from '../../../test/support/custom-resources.ts'

let server: CustomResourceServer
const send: CustomResourceServer['send'] = (...args) => server.send(...args)
const define: CustomResourceServer['define'] = (...args) => server.define(...args)
beforeAll(async () => {
  server = await startCustomResourceServer()
})
afterAll(() => server.close())

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

test('an update says which version it replaces, as upstream asks of custom resources', async () => {
  const { body } = await send('POST', path('gadgets'), object('Gadget', 'blind', { spec: { replicas: 1 } }))
  const { resourceVersion: _, ...metadata } = body.metadata
  for (const door of ['blind', 'blind/status'])
    expect(await send('PUT', path('gadgets', door), { ...body, metadata })).toMatchObject({
      status: 422,
      body: {
        message: expect.stringContaining('metadata.resourceVersion: Invalid value: 0: must be specified for an update'),
      },
    })
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
