import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../test/support/test-client.ts'

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

const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})
const post = (body: unknown, query = '') => client.send(`${configMaps}${query}`, { method: 'POST', body })
const merge = { 'content-type': 'application/merge-patch+json' }

test('an object is created with the metadata that is the server’s', async () => {
  const body = { ...configMap('a', { x: '1' }), metadata: { name: 'a', uid: 'mine', selfLink: '/x', generation: 7 } }
  const { status, body: created } = await post(body)
  expect(status).toBe(201)
  expect(created).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { x: '1' } })
  expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
  expect(created.metadata.resourceVersion).toMatch(/^\d+$/)
  expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-.*Z$/)
  expect(created.metadata).not.toHaveProperty('selfLink')
  expect((await client.send(`${configMaps}/a`)).body).toEqual(created)
  expect(await post(configMap('a'))).toMatchObject({
    status: 409,
    body: { reason: 'AlreadyExists', message: 'configmaps "a" already exists', details: { name: 'a' } },
  })
})

test('the server drops the namespace of an object of the whole cluster', async () => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles'
  const metadata = { name: 'nowhere', namespace: 'default' }
  const made = await client.send(roles, { method: 'POST', body: { metadata } })
  expect(made.status).toBe(201)
  expect(made.body.metadata).not.toHaveProperty('namespace')
  const body = { metadata, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }
  const replaced = await client.send(`${roles}/nowhere`, { method: 'PUT', body })
  expect(replaced.body.rules).toHaveLength(1)
  expect(replaced.body.metadata).not.toHaveProperty('namespace')
})

test('generated names differ', async () => {
  const body = { metadata: { generateName: 'gen-' } }
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(body)))
  const names = new Set(answers.map((answer) => answer.body.metadata.name))
  expect(names.size).toBe(20)
  for (const name of names) expect(name).toMatch(/^gen-[a-z0-9]{5}$/)
})

test('bad names, namespaces and versions are refused in upstream’s words', async () => {
  expect(await post(configMap('A'))).toMatchObject({
    status: 422,
    body: { reason: 'Invalid', details: { causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }] } },
  })
  expect((await post({ kind: 'ConfigMap' })).body.message).toBe(
    'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  )
  expect(await post({ ...configMap('b'), metadata: { name: 'b', namespace: 'other' } })).toMatchObject({
    status: 400,
    body: { message: 'the namespace of the provided object does not match the namespace sent on the request' },
  })
  expect(await post({ ...configMap('b'), apiVersion: 'v2' })).toMatchObject({
    status: 400,
    body: { message: 'the API version in the data (v2) does not match the expected API version (v1)' },
  })
  expect(await post({ ...configMap('b'), metadata: { name: 'b', resourceVersion: '5' } })).toMatchObject({
    status: 400,
    body: { message: 'resourceVersion should not be set on objects to be created' },
  })
  expect(
    (await client.send('/api/v1/namespaces/nowhere/configmaps', { method: 'POST', body: configMap('b') })).status,
  ).toBe(404)
})

test('an update replaces, and loses against a newer one', async () => {
  const { body: first } = await post(configMap('upd', { x: '1' }))
  const put = (body: unknown) => client.send(`${configMaps}/upd`, { method: 'PUT', body })
  const second = await put({ ...first, data: { x: '2' } })
  expect(second).toMatchObject({ status: 200, body: { data: { x: '2' }, metadata: { uid: first.metadata.uid } } })
  expect(await put({ ...first, data: { x: '3' } })).toMatchObject({
    status: 409,
    body: {
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "upd": the object has been modified; ' +
        'please apply your changes to the latest version and try again',
    },
  })
  expect(await put(configMap('upd', { x: '4' }))).toMatchObject({ status: 200, body: { data: { x: '4' } } })
  expect((await put({ ...configMap('upd'), metadata: { name: 'upd', uid: 'other' } })).status).toBe(409)
  expect((await put(configMap('else'))).status).toBe(400)
  expect((await client.send(`${configMaps}/none`, { method: 'PUT', body: configMap('none') })).status).toBe(404)
})

test('the server does not write an update without a change', async () => {
  const { body: first } = await post(configMap('same', { x: '1' }))
  const { body: second } = await client.send(`${configMaps}/same`, { method: 'PUT', body: first })
  expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  const { body: third } = await client.send(`${configMaps}/same`, {
    method: 'PATCH',
    headers: merge,
    body: { data: { x: '1' } },
  })
  expect(third.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
})

test('patches of three kinds', async () => {
  await post(configMap('pat', { x: '1', y: '1' }))
  const patch = (type: string, body: unknown) =>
    client.send(`${configMaps}/pat`, { method: 'PATCH', headers: { 'content-type': type }, body })
  expect((await patch('application/merge-patch+json', { data: { y: null, z: '3' } })).body.data).toEqual({
    x: '1',
    z: '3',
  })
  expect(
    (await patch('application/json-patch+json', [{ op: 'replace', path: '/data/x', value: '9' }])).body.data.x,
  ).toBe('9')
  expect(
    (await patch('application/strategic-merge-patch+json', { metadata: { labels: { l: 'v' } } })).body.metadata.labels,
  ).toEqual({ l: 'v' })
  expect((await patch('application/json-patch+json', [{ op: 'test', path: '/data/x', value: '1' }])).status).toBe(422)
  expect((await patch('application/json', {})).status).toBe(415)
  expect((await patch('application/merge-patch+json', { metadata: { name: 'other' } })).status).toBe(400)
  expect((await patch('application/merge-patch+json', { metadata: { resourceVersion: '1' } })).status).toBe(409)
})

test('many patches at once all take effect', async () => {
  await post(configMap('many'))
  const patches = Array.from({ length: 50 }, (_, i) =>
    client.send(`${configMaps}/many`, { method: 'PATCH', headers: merge, body: { data: { [`k${i}`]: 'v' } } }),
  )
  expect((await Promise.all(patches)).map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200))
  expect(Object.keys((await client.send(`${configMaps}/many`)).body.data)).toHaveLength(50)
})

test('unknown and duplicate fields: refused, warned of, or passed over', async () => {
  const text = '{"metadata":{"name":"strict"},"data":{"a":"1","a":"2"},"foo":1}'
  const send = (query: string) =>
    client.send(`${configMaps}${query}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
    })
  expect(await send('?fieldValidation=Strict&dryRun=All')).toMatchObject({
    status: 400,
    body: {
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ' +
        'unknown field "foo", duplicate field "data.a"',
    },
  })
  const warned = await send('?dryRun=All')
  expect(warned.status).toBe(201)
  expect(warned.headers.warning).toBe('299 - "unknown field \\"foo\\"", 299 - "duplicate field \\"data.a\\""')
  expect((await send('?fieldValidation=Ignore&dryRun=All')).headers.warning).toBeUndefined()
  expect((await send('?fieldValidation=Maybe')).status).toBe(422)
})

test('a value of a wrong type: of which kind, and where', async () => {
  const answer = await post({ ...configMap('wrong'), data: [] }, '?dryRun=All')
  expect(answer).toMatchObject({
    status: 400,
    body: {
      reason: 'BadRequest',
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: ' +
        'json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string',
    },
  })
})

test('a dry run changes nothing', async () => {
  expect((await post(configMap('dry'), '?dryRun=All')).status).toBe(201)
  expect((await client.send(`${configMaps}/dry`)).status).toBe(404)
  await post(configMap('dry'))
  await client.send(`${configMaps}/dry?dryRun=All`, { method: 'DELETE' })
  expect((await client.send(`${configMaps}/dry`)).status).toBe(200)
  expect((await post(configMap('x'), '?dryRun=Some')).status).toBe(422)
})

test('finalizers hold a deletion up until the last one is gone', async () => {
  await post({ ...configMap('fin'), metadata: { name: 'fin', finalizers: ['example.com/hold'] } })
  const deleted = await client.send(`${configMaps}/fin`, { method: 'DELETE' })
  expect(deleted.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, finalizers: ['example.com/hold'] })
  expect(deleted.body.metadata.deletionTimestamp).toMatch(/Z$/)
  const added = await client.send(`${configMaps}/fin`, {
    method: 'PATCH',
    headers: merge,
    body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
  })
  expect(added.body.message).toContain('no new finalizers can be added if the object is being deleted')
  const last = await client.send(`${configMaps}/fin`, {
    method: 'PATCH',
    headers: merge,
    body: { metadata: { finalizers: null } },
  })
  expect(last.status).toBe(200)
  expect((await client.send(`${configMaps}/fin`)).status).toBe(404)
})

test('propagation policies become finalizers; preconditions are kept', async () => {
  for (const [policy, finalizer] of [
    ['Orphan', 'orphan'],
    ['Foreground', 'foregroundDeletion'],
  ]) {
    const { body } = await post({ metadata: { generateName: 'prop-' } })
    const { name, uid } = body.metadata
    const remove = (options: unknown) => client.send(`${configMaps}/${name}`, { method: 'DELETE', body: options })
    expect((await remove({ preconditions: { uid: 'other' } })).status).toBe(409)
    const answer = await remove({ propagationPolicy: policy, preconditions: { uid } })
    expect(answer.body.metadata.finalizers).toEqual([finalizer])
  }
  expect(
    (await client.send(`${configMaps}/x`, { method: 'DELETE', body: { propagationPolicy: 'Maybe' } })).status,
  ).toBe(422)
})

test('deleting answers a Status; a collection is deleted by selector', async () => {
  await post(configMap('gone'))
  const { body } = await client.send(`${configMaps}/gone`, { method: 'DELETE' })
  expect(body).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'gone', kind: 'configmaps' } })
  expect((await client.send(`${configMaps}/gone`, { method: 'DELETE' })).body).toMatchObject({
    reason: 'NotFound',
    message: 'configmaps "gone" not found',
  })
  for (const name of ['c1', 'c2', 'c3'])
    await post({ ...configMap(name), metadata: { name, labels: { kind: name === 'c3' ? 'keep' : 'drop' } } })
  const dropped = await client.send(`${configMaps}?labelSelector=kind%3Ddrop`, { method: 'DELETE' })
  expect(dropped.status).toBe(200)
  expect((await client.send(`${configMaps}?labelSelector=kind`)).body.items).toHaveLength(1)
})

test('status and scale write their part only', async () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const { body: created } = await client.send(deployments, {
    method: 'POST',
    body: {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
      status: { replicas: 5 },
    },
  })
  expect(created.metadata.generation).toBe(1)
  expect(created.status).toEqual({})
  const patch = (path: string, body: unknown) =>
    client.send(`${deployments}/web${path}`, { method: 'PATCH', headers: merge, body })
  const withStatus = await patch('/status', { spec: { replicas: 9 }, status: { replicas: 2 } })
  expect(withStatus.body).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 }, metadata: { generation: 1 } })
  const changed = await patch('', { spec: { replicas: 3 }, status: { replicas: 7 } })
  expect(changed.body).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 2 }, metadata: { generation: 2 } })
  expect((await client.send(`${deployments}/web/scale`)).body).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    spec: { replicas: 3 },
    status: { replicas: 2, selector: 'app=web' },
  })
  const scaled = await client.send(`${deployments}/web/scale`, {
    method: 'PUT',
    body: {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 6 },
    },
  })
  expect(scaled.body).toMatchObject({ kind: 'Scale', spec: { replicas: 6 } })
  expect((await patch('/scale', { spec: { replicas: 1 } })).body).toMatchObject({
    kind: 'Scale',
    spec: { replicas: 1 },
  })
  expect((await patch('/scale', { spec: { replicas: -1 } })).status).toBe(422)
  expect(await patch('/scale?fieldValidation=Strict', { spec: { replicass: 3 } })).toMatchObject({
    status: 422,
    body: {
      message: expect.stringMatching(/^Scale\.autoscaling "web" is invalid: patch: .*unknown field "spec.replicass"/),
    },
  })
  expect((await patch('/scale', { spec: { replicass: 3 } })).headers.warning).toContain('unknown field')
  expect((await patch('/scale', { kind: 'Pod' })).status).toBe(400)
  expect((await client.send(`${deployments}/web/nothing`)).status).toBe(404)
})

test('a pod is given its grace period, and goes when it is deleted with 0', async () => {
  const pods = '/api/v1/namespaces/default/pods'
  await client.send('/api/v1/namespaces/default/serviceaccounts', {
    method: 'POST',
    body: { metadata: { name: 'default' } },
  })
  const create = await client.send(pods, {
    method: 'POST',
    body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  })
  expect(create.status).toBe(201)
  const bound = await client.send(`${pods}/p/binding`, {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } },
  })
  expect(bound.status).toBe(201)
  expect((await client.send(`${pods}/p`)).body.spec.nodeName).toBe('n1')
  const deleted = await client.send(`${pods}/p`, { method: 'DELETE' })
  expect(deleted.body.metadata.deletionGracePeriodSeconds).toBe(30)
  expect((await client.send(`${pods}/p`)).status).toBe(200)
  const shorter = await client.send(`${pods}/p?gracePeriodSeconds=5`, { method: 'DELETE' })
  expect(shorter.body.metadata.deletionGracePeriodSeconds).toBe(5)
  const end = (answer: typeof deleted) => Date.parse(answer.body.metadata.deletionTimestamp)
  expect(end(deleted) - end(shorter), 'the time counts from the first request').toBe(25_000)
  await client.send(`${pods}/p`, { method: 'DELETE', body: { gracePeriodSeconds: 0 } })
  expect((await client.send(`${pods}/p`)).status).toBe(404)
})

test("a Deployment's labels are not its status's to change", async () => {
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'i' }] } }
  const body = { metadata: { name: 'labelled', labels }, spec: { selector: { matchLabels: labels }, template } }
  expect((await client.send(path, { method: 'POST', body })).status).toBe(201)
  const patched = await client.send(`${path}/labelled/status`, {
    method: 'PATCH',
    body: { metadata: { labels: { app: 'other', more: 'x' } }, status: { readyReplicas: 0, observedGeneration: 1 } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  expect(patched.body).toMatchObject({ metadata: { labels }, status: { observedGeneration: 1 } })
  expect(patched.body.metadata.labels).toEqual(labels)
})

test('certificate signing requests are approved, and annotated, through their approval', async () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
  const request = '-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n'
  const spec = { request: btoa(request), signerName: 'example.com/x', usages: ['client auth'] }
  const created = await client.send(path, { method: 'POST', body: { metadata: { name: 'csr' }, spec } })
  expect(created.status).toBe(201)
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test' }]
  const approved = await client.send(`${path}/csr/approval`, {
    method: 'PATCH',
    body: { metadata: { annotations: { a: 'b' } }, status: { conditions } },
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  expect(approved.body).toMatchObject({ metadata: { annotations: { a: 'b' } }, spec, status: { conditions } })
})

test('the server does not answer a review as a table', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const body = { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } }
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  expect((await client.send(path, { method: 'POST', body, headers: { accept: table } })).status).toBe(406)
  const either = await client.send(path, { method: 'POST', body, headers: { accept: `${table},application/json` } })
  expect(either).toMatchObject({ status: 201, body: { kind: 'SelfSubjectAccessReview' } })
})

test('a token says its kind, whether or not the request did', async () => {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await client.send(accounts, { method: 'POST', body: { metadata: { name: 'robot' } } })
  const { status, body } = await client.send(`${accounts}/robot/token`, { method: 'POST', body: { spec: {} } })
  expect([status, body.kind, body.apiVersion]).toEqual([201, 'TokenRequest', 'authentication.k8s.io/v1'])
})

test.each(['constructor', 'toString', 'valueOf'])('the key %s of a ConfigMap can be added and removed', async (key) => {
  const name = `proto-${key.toLowerCase()}`
  await post(configMap(name))
  const put = (data: Record<string, string>) =>
    client.send(`${configMaps}/${name}`, { method: 'PUT', body: configMap(name, data) })
  expect((await put({ [key]: 'x' })).body.data).toEqual({ [key]: 'x' })
  expect((await put({})).body).not.toHaveProperty('data')
  const patch = (data: unknown) =>
    client.send(`${configMaps}/${name}`, { method: 'PATCH', headers: merge, body: { data } })
  expect((await patch({ [key]: 'y' })).body.data).toEqual({ [key]: 'y' })
  expect((await patch({ [key]: null })).body).not.toHaveProperty('data')
})
