import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../../test/support/test-client.ts'
import type {
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from '../../../api/admissionregistration/v1/index.ts'

let server: TestServer
let client: TestClient
const group = '/apis/admissionregistration.k8s.io/v1'
const maps = '/api/v1/namespaces/default/configmaps'
const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  client.send(path, { method, headers, ...(body !== undefined && { body }) })

beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
})
afterAll(async () => {
  client.close()
  await server.close()
})
beforeEach(async () => {
  for (const path of [`${group}/validatingadmissionpolicybindings`, `${group}/validatingadmissionpolicies`, maps])
    await send('DELETE', path)
})

const on = (resources: string[], operations = ['*'], apiGroups = ['']) => ({
  resourceRules: [{ apiGroups, apiVersions: ['*'], operations, resources }],
})

async function policy(
  name: string,
  spec: Partial<ValidatingAdmissionPolicySpec>,
  binding: Partial<ValidatingAdmissionPolicyBindingSpec> = {},
): Promise<void> {
  const created = await define(name, spec)
  if (created.status !== 201) throw new Error(created.body.message)
  const bound = await send('POST', `${group}/validatingadmissionpolicybindings`, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, validationActions: ['Deny'], ...binding },
  })
  if (bound.status !== 201) throw new Error(bound.body.message)
}

const define = (name: string, spec: Partial<ValidatingAdmissionPolicySpec>) =>
  send('POST', `${group}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: { matchConstraints: on(['configmaps']), ...spec },
  })

const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  data,
})

test('a policy denies what its validations do not hold for, in upstream’s words', async () => {
  await policy('sizes', {
    validations: [
      { expression: "!('forbidden' in object.data)", message: ' no such key, please ' },
      {
        expression: 'size(object.data) < 3',
        messageExpression: "'too many: ' + string(size(object.data))",
        reason: 'Forbidden',
      },
      { expression: "object.metadata.name != 'x'" },
    ],
  })
  expect((await send('POST', maps, map('a', { k: 'v' }))).status).toBe(201)
  expect((await send('POST', maps, map('b', { forbidden: 'v' }))).body).toMatchObject({
    code: 422,
    reason: 'Invalid',
    message:
      "configmaps \"b\" is forbidden: ValidatingAdmissionPolicy 'sizes' with binding 'sizes-binding' denied request: no such key, please",
    details: {
      name: 'b',
      kind: 'configmaps',
      causes: [
        {
          message: "ValidatingAdmissionPolicy 'sizes' with binding 'sizes-binding' denied request: no such key, please",
        },
      ],
    },
  })
  expect((await send('POST', maps, map('b', { a: '', b: '', c: '' }))).body).toMatchObject({
    code: 403,
    reason: 'Forbidden',
    message: expect.stringMatching(/denied request: too many: 3$/),
  })
  expect((await send('POST', maps, map('x', { a: '' }))).body.message).toMatch(
    /failed expression: object.metadata.name != 'x'$/,
  )
})

test('an error of an expression counts as its failurePolicy says', async () => {
  const validations = [{ expression: 'object.data.needed == "x"' }]
  await policy('fails', { validations })
  expect((await send('POST', maps, map('a', { k: 'v' }))).body.message).toMatch(
    /denied request: expression 'object.data.needed == "x"' resulted in error: no such key: needed$/,
  )
  await send('DELETE', `${group}/validatingadmissionpolicies/fails`)
  await send('DELETE', `${group}/validatingadmissionpolicybindings/fails-binding`)
  await policy('ignores', { validations, failurePolicy: 'Ignore' })
  expect((await send('POST', maps, map('a', { k: 'v' }))).status).toBe(201)
})

test('warnings, and updates that see the old object', async () => {
  await policy(
    'immutable',
    {
      matchConstraints: on(['configmaps'], ['UPDATE', 'DELETE']),
      validations: [{ expression: 'object == null || object.data == oldObject.data', message: 'data is immutable' }],
    },
    { validationActions: ['Warn', 'Audit'] },
  )
  await send('POST', maps, map('a', { k: 'v' }))
  const { status, headers } = await send(
    'PATCH',
    `${maps}/a`,
    { data: { k: 'w' } },
    { 'content-type': 'application/merge-patch+json' },
  )
  expect(status).toBe(200)
  expect(headers.warning).toBe(
    `299 - "Validation failed for ValidatingAdmissionPolicy 'immutable' with binding 'immutable-binding': data is immutable"`,
  )
  expect((await send('DELETE', `${maps}/a`)).headers.warning).toBeUndefined()
})

test('conditions, variables, the request and the namespace', async () => {
  await policy('scoped', {
    matchConditions: [
      { name: 'not-nodes', expression: "!request.userInfo.groups.exists(g, g == 'system:nodes')" },
      { name: 'labelled', expression: "'check' in object.metadata.?labels.orValue({})" },
    ],
    variables: [
      { name: 'limit', expression: "int(object.metadata.labels['check'])" },
      { name: 'twice', expression: 'variables.limit * 2' },
      { name: 'broken', expression: 'object.missing.field' },
    ],
    validations: [
      {
        expression: 'size(object.data) <= variables.twice',
        messageExpression: "'at most %d'.format([variables.twice])",
      },
      {
        expression:
          "request.operation == 'CREATE' && request.namespace == 'default' && request.resource.resource == 'configmaps'",
      },
      {
        expression:
          "namespaceObject.metadata.name == 'default' && namespaceObject.metadata.creationTimestamp > timestamp('2020-01-01T00:00:00Z')",
      },
      { expression: "object.metadata.name != 'broken' || variables.broken == 1" },
    ],
  })
  expect((await send('POST', maps, map('unlabelled', { a: '', b: '', c: '' }))).status).toBe(201)
  expect((await send('POST', maps, map('a', { a: '', b: '' }, { check: '1' }))).status).toBe(201)
  expect((await send('POST', maps, map('b', { a: '', b: '', c: '' }, { check: '1' }))).body.message).toMatch(
    /: at most 2$/,
  )
  expect((await send('POST', maps, map('broken', {}, { check: '1' }))).body.message).toContain(
    'resulted in error: no such key: data',
  )
  expect((await send('POST', maps, map('broken', { a: '' }, { check: '1' }))).body.message).toMatch(
    /resulted in error: composited variable "broken" fails to evaluate: no such key: missing$/,
  )
})

test('parameters by name and by selector, built-in and custom', async () => {
  await send('POST', maps, map('limits', { max: '2' }, { use: 'yes' }))
  await send('POST', maps, map('more-limits', { max: '1' }, { use: 'yes' }))
  const spec = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConstraints: on(['secrets'], ['CREATE']),
    validations: [
      { expression: 'size(object.data) <= int(params.data.max)', messageExpression: "'at most ' + params.data.max" },
    ],
  }
  const secrets = '/api/v1/namespaces/default/secrets'
  const secret = (name: string, ...keys: string[]) => ({
    metadata: { name },
    data: Object.fromEntries(keys.map((key) => [key, ''])),
  })
  await policy('params', spec, { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } })
  expect((await send('POST', secrets, secret('two', 'a', 'b'))).status).toBe(201)
  expect((await send('POST', secrets, secret('three', 'a', 'b', 'c'))).body.message).toMatch(/: at most 2$/)
  const bindings = `${group}/validatingadmissionpolicybindings`
  const bind = (paramRef: object) =>
    send(
      'PATCH',
      `${bindings}/params-binding`,
      { spec: { paramRef } },
      { 'content-type': 'application/merge-patch+json' },
    )
  await bind({ name: null, selector: { matchLabels: { use: 'yes' } } })
  expect((await send('POST', secrets, secret('four', 'a', 'b'))).body.message).toMatch(/: at most 1$/)
  await bind({ name: 'gone', selector: null })
  expect((await send('POST', secrets, secret('five', 'a'))).body.message).toMatch(
    /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
  )
  await bind({ name: 'gone', parameterNotFoundAction: 'Allow' })
  expect((await send('POST', secrets, secret('six', 'a', 'b', 'c'))).status).toBe(201)
})

test('bindings, selectors, excluded rules and names narrow a policy', async () => {
  const deny = [{ expression: 'false', message: 'no' }]
  await policy(
    'narrow',
    {
      matchConstraints: {
        ...on(['configmaps']),
        objectSelector: { matchLabels: { watched: 'yes' } },
        excludeResourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['*'],
            operations: ['CREATE'],
            resources: ['configmaps'],
            resourceNames: ['spared'],
          },
        ],
      },
      validations: deny,
    },
    { matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } } },
  )
  const watched = (name: string) => map(name, {}, { watched: 'yes' })
  expect((await send('POST', maps, watched('a'))).status).toBe(422)
  expect((await send('POST', maps, watched('spared'))).status).toBe(201)
  expect((await send('POST', maps, map('b'))).status).toBe(201)
  expect((await send('POST', '/api/v1/namespaces/kube-public/configmaps', watched('a'))).status).toBe(201)
})

test('expressions ask what the user may do', async () => {
  await policy('rights', {
    validations: [
      {
        expression:
          "authorizer.group('').resource('secrets').namespace(request.namespace).check('list').allowed() && authorizer.requestResource.check('delete').allowed()",
        message: 'needs rights',
      },
    ],
  })
  expect((await send('POST', maps, map('a'))).status).toBe(201)
})

test('a policy whose expressions do not compile is refused', async () => {
  const { status, body } = await define('wrong', {
    variables: [{ name: 'x', expression: 'object.' }],
    matchConditions: [{ name: 'c', expression: '1' }],
    validations: [
      { expression: "request.nme == 'a'" },
      { expression: 'true', messageExpression: "authorizer.group('').resource('a').check('b').reason()" },
    ],
    auditAnnotations: [{ key: 'k', valueExpression: '1' }],
  })
  expect(status).toBe(422)
  expect(
    body.details.causes.map(
      ({ field, message }: { field: string; message: string }) => `${field}: ${message.split('\n')[0]}`,
    ),
  ).toEqual([
    'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
    expect.stringContaining(
      'spec.variables[0].expression: Invalid value: "object.": compilation failed: ERROR: <input>:1:8: Syntax error',
    ),
    `spec.validations[0].expression: Invalid value: "request.nme == 'a'": compilation failed: ERROR: <input>:1:8: undefined field 'nme'`,
    expect.stringContaining('spec.validations[1].messageExpression: Invalid value'),
    'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null] but got int',
  ])
})
