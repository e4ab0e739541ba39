import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../../test/support/test-client.ts'
import type { MutatingAdmissionPolicySpec } from '../../../api/admissionregistration/v1/index.ts'

let server: TestServer
let client: TestClient
const group = '/apis/admissionregistration.k8s.io/v1'
const maps = '/api/v1/namespaces/default/configmaps'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const send = (method: string, path: string, body?: unknown) =>
  client.send(path, { method, ...(body !== undefined && { body }) })

beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
})
afterAll(async () => {
  client.close()
  await server.close()
})
beforeEach(async () => {
  for (const path of [
    `${group}/mutatingadmissionpolicybindings`,
    `${group}/mutatingadmissionpolicies`,
    maps,
    deployments,
  ])
    await send('DELETE', path)
})

const on = (resource: string, apiGroup = '') => ({
  resourceRules: [
    { apiGroups: [apiGroup], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: [resource] },
  ],
})
const applying = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } })
const patching = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } })

const define = (name: string, spec: Partial<MutatingAdmissionPolicySpec>) =>
  send('POST', `${group}/mutatingadmissionpolicies`, {
    metadata: { name },
    spec: { matchConstraints: on('configmaps'), reinvocationPolicy: 'Never', ...spec },
  })

async function policy(name: string, spec: Partial<MutatingAdmissionPolicySpec>, binding: object = {}): Promise<void> {
  const created = await define(name, spec)
  if (created.status !== 201) throw new Error(created.body.message)
  const bound = await send('POST', `${group}/mutatingadmissionpolicybindings`, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, ...binding },
  })
  if (bound.status !== 201) throw new Error(bound.body.message)
}

const map = (name: string, data: Record<string, string> = {}) => ({ metadata: { name }, data })

test('an ApplyConfiguration merges into the object, as server-side apply does', async () => {
  await policy('sidecar', {
    matchConstraints: on('deployments', 'apps'),
    variables: [{ name: 'wanted', expression: "object.metadata.?labels.?sidecar.orValue('none')" }],
    matchConditions: [
      { name: 'not-yet', expression: "!object.spec.template.spec.containers.exists(c, c.name == 'mesh')" },
    ],
    mutations: [
      applying(
        `Object{
           metadata: Object.metadata{annotations: {'mesh': variables.wanted}},
           spec: Object.spec{
             replicas: 3,
             template: Object.spec.template{spec: Object.spec.template.spec{containers: [
               Object.spec.template.spec.containers{name: 'mesh', image: 'mesh:1'}]}}}}`,
      ),
    ],
  })
  const { status, body } = await send('POST', deployments, {
    metadata: { name: 'web', labels: { sidecar: 'mesh' }, annotations: { own: 'a' } },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
    },
  })
  expect([status, body.message]).toEqual([201, undefined])
  expect(body.metadata.annotations).toMatchObject({ own: 'a', mesh: 'mesh' })
  expect(body.spec.replicas).toBe(3)
  expect(body.spec.template.spec.containers).toEqual([
    expect.objectContaining({ name: 'web', image: 'web:1' }),
    expect.objectContaining({ name: 'mesh', image: 'mesh:1', imagePullPolicy: 'IfNotPresent' }),
  ])
})

test('a JSON patch changes what it names; one whose test fails changes nothing', async () => {
  await policy('patches', {
    mutations: [
      patching(
        `[JSONPatch{op: 'add', path: '/metadata/labels', value: {'a/b': 'c'}},
          JSONPatch{op: 'replace', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b'), value: 'd'},
          JSONPatch{op: 'add', path: '/data/count', value: string(size(object.data))}]`,
      ),
      patching(
        "[JSONPatch{op: 'test', path: '/data/k', value: 'other'}, JSONPatch{op: 'add', path: '/data/never', value: 'x'}]",
      ),
      patching("object.data.count == '1' ? [JSONPatch{op: 'add', path: '/data/seen', value: 'yes'}] : []"),
    ],
  })
  const { body } = await send('POST', maps, map('a', { k: 'v' }))
  expect(body.metadata.labels).toEqual({ 'a/b': 'd' })
  expect(body.data).toEqual({ k: 'v', count: '1', seen: 'yes' })
})

test('parameters, and a second round after a later policy', async () => {
  await send('POST', maps, map('words', { word: 'hello' }))
  await policy(
    'a-first',
    {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: on('secrets'),
      reinvocationPolicy: 'IfNeeded',
      mutations: [
        applying(
          "Object{metadata: Object.metadata{labels: {'word': params.data.word, 'keys': string(size(object.metadata.?annotations.orValue({})))}}}",
        ),
      ],
    },
    { paramRef: { name: 'words', parameterNotFoundAction: 'Deny' } },
  )
  await policy('b-second', {
    matchConstraints: on('secrets'),
    mutations: [applying("Object{metadata: Object.metadata{annotations: {'added': 'later'}}}")],
  })
  const { body } = await send('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' } })
  expect(body.metadata.labels).toEqual({ word: 'hello', keys: '1' })
})

test.each([
  [
    'object.data.missing',
    "[JSONPatch{op: 'add', path: '/data/x', value: object.data.missing}]",
    patching,
    'no such key: missing',
  ],
  ['a path that is not there', "[JSONPatch{op: 'remove', path: '/data/gone'}]", patching, 'JSONPath: '],
  [
    'a type of another place',
    "Object{metadata: Object.wrong{labels: {'a': 'b'}}}",
    applying,
    'type mismatch: unexpected type name "Object.wrong", expected "Object.metadata", which matches field name path from root Object type',
  ],
  [
    'a field that is not there',
    'Object{spec: Object.spec{replicas: 1}}',
    applying,
    '.spec: field not declared in schema',
  ],
])('%s fails the request, in upstream’s words', async (_, expression, kind, why) => {
  await policy('fails', { mutations: [kind(expression)] })
  const { body } = await send('POST', maps, map('a', { k: 'v' }))
  expect(body).toMatchObject({ code: 422, reason: 'Invalid' })
  expect(body.message).toContain(
    "configmaps \"a\" is forbidden: policy 'fails' with binding 'fails-binding' denied request: ",
  )
  expect(body.message).toContain(why)
})

test('a policy that may fail is passed over', async () => {
  await policy('ignores', {
    failurePolicy: 'Ignore',
    mutations: [patching("[JSONPatch{op: 'remove', path: '/data/gone'}]")],
  })
  expect((await send('POST', maps, map('a'))).status).toBe(201)
})

test('expressions of the wrong type are refused', async () => {
  const { body } = await define('wrong', { mutations: [applying("'x'"), patching('1'), applying('Objekt{}')] })
  expect(
    body.details.causes.map(
      ({ field, message }: { field: string; message: string }) => `${field}: ${message.split('\n')[0]}`,
    ),
  ).toEqual([
    'spec.mutations[0].applyConfiguration.expression: Invalid value: "\'x\'": must evaluate to Object but got string',
    'spec.mutations[1].jsonPatch.expression: Invalid value: "1": must evaluate to list(JSONPatch) but got int',
    expect.stringContaining("undeclared reference to 'Objekt' (in container '')"),
  ])
})
