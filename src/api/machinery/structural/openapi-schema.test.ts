import { expect, test } from 'vitest'
import { v2, v3 } from '../openapi/definition.ts'
import { openApiSchema } from './openapi-schema.ts'

const gvk = { group: 'example.com', version: 'v1', kind: 'Widget' }
const marks = { 'x-kubernetes-group-version-kind': [gvk] }

test('a schema in which anything may stand is empty in version 2, as upstream', () => {
  const schema = {
    type: 'object',
    description: 'Anything.',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: { spec: { type: 'object' } },
  }
  expect(openApiSchema(gvk, schema, v2)).toEqual({ type: 'object', ...marks })
  expect(openApiSchema(gvk, schema, v3)).toMatchObject({
    ...schema,
    properties: { spec: { type: 'object' }, apiVersion: { type: 'string' } },
  })
})

test('what every object has is explained with the words that upstream looks for', () => {
  const { properties } = openApiSchema(gvk, { type: 'object' }, v2)
  expect(properties).toMatchObject({
    apiVersion: { description: expect.stringContaining('APIVersion defines') },
    metadata: {
      $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
      description: expect.stringContaining("Standard object's metadata"),
    },
  })
})
