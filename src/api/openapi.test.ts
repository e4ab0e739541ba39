import { expect, test } from 'vitest'
import { Deployments } from './apps/v1/index.ts'
import { Scale } from './autoscaling/v1/index.ts'
import { Pods } from './core/v1/index.ts'
import { encodeOpenApiV2 } from './machinery/openapi/index.ts'
import type { JsonObject, Message } from './machinery/schema/schema.ts'
import { openApiV2, openApiV3, openApiV3Index } from './openapi.ts'

const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete', 'deletecollection', 'watch'] as const
const deployments = {
  type: Deployments,
  verbs,
  subresources: [
    { name: 'status', verbs: ['get', 'update', 'patch'] as const },
    { name: 'scale', verbs: ['get', 'update', 'patch'] as const, type: Scale },
  ],
}
const pods = { type: Pods, verbs, subresources: [{ name: 'log', verbs: ['get'] as const }] }

/** Walks into a document. */
const at = (value: unknown, ...steps: (string | number)[]): unknown =>
  steps.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value)
const parameterNames = (operation: unknown) => (at(operation, 'parameters') as JsonObject[]).map(({ name }) => name)

test('paths and operations have the names and marks that clients look for', () => {
  const document = openApiV3([deployments])
  const one = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'
  expect(Object.keys(at(document, 'paths') as object)).toEqual([
    '/apis/apps/v1/namespaces/{namespace}/deployments',
    one,
    '/apis/apps/v1/deployments',
    `${one}/status`,
    `${one}/scale`,
  ])
  const patch = at(document, 'paths', one, 'patch')
  expect(patch).toMatchObject({
    operationId: 'patchAppsV1NamespacedDeployment',
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' },
  })
  expect(parameterNames(patch)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force'])
  expect(at(document, 'paths', `${one}/scale`, 'get')).toMatchObject({
    operationId: 'readAppsV1NamespacedDeploymentScale',
    'x-kubernetes-group-version-kind': { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  })
  const list = at(document, 'paths', '/apis/apps/v1/deployments', 'get')
  expect(list).toMatchObject({ operationId: 'listAppsV1DeploymentForAllNamespaces' })
  const collection = at(document, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments', 'delete')
  expect(collection).toMatchObject({ operationId: 'deleteAppsV1CollectionNamespacedDeployment' })
})

test('every reference leads somewhere', () => {
  for (const document of [openApiV3([deployments, pods]), openApiV2([deployments, pods])]) {
    const references = JSON.stringify(document).match(/"#\/[^"]+"/g) ?? []
    expect(references.length).toBeGreaterThan(100)
    for (const reference of new Set(references))
      expect(at(document, ...reference.slice(3, -1).split('/')), reference).toBeDefined()
  }
})

test('version 3 says defaults and enums; beside a reference nothing stands', () => {
  const schemas = at(openApiV3([pods]), 'components', 'schemas')
  expect(at(schemas, 'io.k8s.api.core.v1.ContainerPort', 'properties', 'protocol')).toMatchObject({
    default: 'TCP',
    enum: ['SCTP', 'TCP', 'UDP'],
  })
  expect(at(schemas, 'io.k8s.api.core.v1.Pod', 'properties', 'spec')).toMatchObject({
    allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }],
  })
})

test('a custom resource is described by its own schema', () => {
  const type = { kind: 'message', name: 'Gadget', definition: 'com.example.v1.Gadget', fields: {} } as const
  const gadget: Message = { ...type, gvk: { group: 'example.com', version: 'v1', kind: 'Gadget' } }
  const schema: JsonObject = { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } }
  const resource = { ...Deployments, group: 'example.com', kind: 'Gadget', resource: 'gadgets', type: gadget }
  const document = openApiV2([{ type: resource, verbs, schema }])
  expect(at(document, 'definitions', 'com.example.v1.Gadget')).toEqual(schema)
  expect(at(document, 'definitions', 'com.example.v1.GadgetList', 'properties', 'items', 'items')).toEqual({
    $ref: '#/definitions/com.example.v1.Gadget',
  })
  expect(encodeOpenApiV2(document).length).toBeGreaterThan(1000)
})

test('the index', () => {
  expect(openApiV3Index([{ path: 'apis/apps/v1', hash: 'abc' }])).toEqual({
    paths: { 'apis/apps/v1': { serverRelativeURL: '/openapi/v3/apis/apps/v1?hash=abc' } },
  })
})
