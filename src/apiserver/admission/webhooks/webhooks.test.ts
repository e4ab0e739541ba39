import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { answer } from '../../../../test/support/fake-outbound.ts'
import { ownerless } from '../../../../test/support/ownerless.ts'
import { configMap, patching, startWebhookServer, type WebhookServer } from '../../../../test/support/webhooks.ts'

let world: WebhookServer
const maps = '/api/v1/namespaces/default/configmaps'
const json = { 'content-type': 'application/merge-patch+json' }
const rule = (resources: string[], operations = ['*'], apiGroups = [''], apiVersions = ['*']) => ({
  rules: [{ apiGroups, apiVersions, resources, operations }],
})
const allow = () => ({ allowed: true })

beforeAll(async () => {
  world = await startWebhookServer()
})
afterEach(async () => {
  await world.reset()
  await world.send('DELETE', maps)
})
afterAll(() => world.close())

test('a review says what is asked, and by whom', async () => {
  await world.register('validating', 'see', allow, rule(['configmaps']))
  await world.send('POST', `${maps}?fieldManager=me`, configMap('a', { data: { k: 'v' } }))
  await world.send('PATCH', `${maps}/a?dryRun=All`, { data: { k: 'w' } }, json)
  await world.send('DELETE', `${maps}/a`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 })
  const [create, update, remove] = world.asked.see ?? []
  expect(create).toEqual({
    uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
    requestResource: { group: '', version: 'v1', resource: 'configmaps' },
    name: 'a',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: expect.objectContaining({
      username: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    }),
    object: expect.objectContaining({ kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } }),
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
  })
  expect(create.object.metadata).toMatchObject({ name: 'a', namespace: 'default', uid: expect.any(String) })
  expect(update).toMatchObject({
    operation: 'UPDATE',
    dryRun: true,
    object: { data: { k: 'w' } },
    oldObject: { data: { k: 'v' } },
    options: { kind: 'UpdateOptions', dryRun: ['All'] },
  })
  expect(remove).toMatchObject({
    operation: 'DELETE',
    object: null,
    oldObject: { data: { k: 'v' } },
    options: { kind: 'DeleteOptions', gracePeriodSeconds: 0 },
  })
  const [request] = world.outbound.sent
  expect(request).toMatchObject({ url: 'https://hooks.test/see?timeout=10s', timeoutMs: 10_000 })
})

test('a mutating webhook sees the object before the server names it', async () => {
  await world.register('mutating', 'see', allow)
  await world.register('validating', 'saw', allow)
  await world.send('POST', maps, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { generateName: 'made-' } })
  expect(world.asked.see?.[0].name).toBeUndefined()
  expect(ownerless(world.asked.see?.[0].object).metadata).toEqual({ generateName: 'made-', namespace: 'default' })
  expect(world.asked.saw?.[0].name).toMatch(/^made-.{5}$/)
})

test('a webhook refuses in its own words', async () => {
  await world.register('validating', 'no', (request) => request.object.data.answer)
  const refusal = async (response: object) =>
    (await world.send('POST', maps, configMap('x', { data: { answer: JSON.stringify(response) } }))).body
  world.hooks.no = ({ object }) => JSON.parse(object.data.answer)
  expect(await refusal({ allowed: false, status: { code: 418, reason: 'Teapot', message: 'no tea' } })).toMatchObject({
    status: 'Failure',
    code: 418,
    reason: 'Teapot',
    message: 'admission webhook "no.hooks.test" denied the request: no tea',
  })
  const plain = await refusal({ allowed: false })
  expect(plain.message).toBe('admission webhook "no.hooks.test" denied the request without explanation')
  expect(plain.code).toBe(400)
  expect(plain.reason).toBeUndefined()
  expect((await refusal({ allowed: false, status: { reason: 'Nope', code: 200 } })).message).toBe(
    'admission webhook "no.hooks.test" denied the request: Nope',
  )
})

test('webhooks change an object in the order of their configurations, and it is decoded again', async () => {
  await world.register('mutating', 'b', () => patching({ op: 'add', path: '/data/order', value: 'b' }))
  await world.register('mutating', 'a', () =>
    patching({ op: 'add', path: '/data', value: { order: 'a' } }, { op: 'add', path: '/unknown', value: 1 }),
  )
  const made = await world.send('POST', maps, configMap('order'))
  expect(made.body).toMatchObject({ data: { order: 'b' } })
  expect(made.body.unknown).toBeUndefined()
  expect(world.asked.b?.[0].object.data).toEqual({ order: 'a' })
})

test('defaults and the plugins of the server run after a webhook has added a container', async () => {
  await world.register(
    'mutating',
    'sidecar',
    () => patching({ op: 'add', path: '/spec/containers/-', value: { name: 'sidecar', image: 'proxy' } }),
    rule(['pods'], ['CREATE']),
  )
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  }
  const { status, body } = await world.send('POST', '/api/v1/namespaces/default/pods?dryRun=All', pod)
  expect(status).toBe(201)
  const [own, added] = body.spec.containers
  expect(added).toMatchObject({ name: 'sidecar', terminationMessagePath: '/dev/termination-log' })
  expect(added.volumeMounts).toEqual(own.volumeMounts)
})

test('a webhook that wants to come again sees what a later one has changed, once', async () => {
  const count = ({ object }: { object: { data?: { n?: string } } }) => String(Number(object.data?.n ?? 0) + 1)
  await world.register(
    'mutating',
    'a',
    (request) => patching({ op: 'add', path: '/data', value: { n: count(request) } }),
    {
      reinvocationPolicy: 'IfNeeded',
    },
  )
  await world.register('mutating', 'b', (request) => patching({ op: 'add', path: '/data/n', value: count(request) }))
  expect((await world.send('POST', maps, configMap('again'))).body.data).toEqual({ n: '3' })
  expect([world.asked.a?.length, world.asked.b?.length]).toEqual([2, 1])
})

test('a webhook may hand on managed fields, but not break them', async () => {
  const owners = (body: { metadata: { managedFields?: { manager: string }[] } }) =>
    body.metadata.managedFields?.map(({ manager }) => manager)
  const first = '/metadata/managedFields/0'
  await world.register('mutating', 'a', () => patching({ op: 'replace', path: `${first}/operation`, value: 'Steal' }))
  const broken = await world.send('POST', `${maps}?fieldManager=me`, configMap('broken', { data: { a: 'b' } }))
  expect(owners(broken.body)).toEqual(['me'])
  expect(broken.headers.warning).toContain(
    '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: operation must be `Apply` or `Update`',
  )
  await world.reset()
  await world.register('mutating', 'a', () => patching({ op: 'replace', path: `${first}/manager`, value: 'heir' }))
  const given = await world.send('POST', `${maps}?fieldManager=me`, configMap('given', { data: { a: 'b' } }))
  expect(owners(given.body)).toEqual(['heir'])
})

test('selectors of namespaces and objects choose what a webhook sees', async () => {
  await world.send('POST', '/api/v1/namespaces', { metadata: { name: 'dark', labels: { light: 'off' } } })
  await world.register('validating', 'dark', allow, {
    ...rule(['configmaps', 'namespaces', 'nodes']),
    namespaceSelector: { matchLabels: { light: 'off' } },
  })
  await world.register('validating', 'red', allow, {
    ...rule(['configmaps']),
    objectSelector: { matchLabels: { color: 'red' } },
  })
  await world.send('POST', maps, configMap('bright'))
  await world.send('POST', '/api/v1/namespaces/dark/configmaps', configMap('seen', {}, { labels: { color: 'blue' } }))
  await world.send('PATCH', '/api/v1/namespaces/dark', { metadata: { labels: { light: 'on' } } }, json)
  await world.send('POST', '/api/v1/nodes', { metadata: { name: 'n' } })
  await world.send('POST', maps, configMap('red', {}, { labels: { color: 'red' } }))
  await world.send('PATCH', `${maps}/red`, { metadata: { labels: { color: 'green' } } }, json)
  const names = (hook: string) => world.asked[hook]?.map(({ name, operation }) => `${operation} ${name}`)
  expect(names('dark')).toEqual(['CREATE seen', 'CREATE n'])
  expect(names('red')).toEqual(['CREATE red', 'UPDATE red'])
})

test('a webhook sees an equivalent version if it asks for that', async () => {
  const autoscalers = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers'
  const v2 = rule(['horizontalpodautoscalers'], ['CREATE'], ['autoscaling'], ['v2'])
  await world.register('mutating', 'equivalent', () => patching({ op: 'add', path: '/spec/maxReplicas', value: 9 }), v2)
  await world.register('validating', 'exact', allow, { ...v2, matchPolicy: 'Exact' })
  const made = await world.send('POST', autoscalers, {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'h' },
    spec: {
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 50,
      scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
    },
  })
  expect(made.body).toMatchObject({
    apiVersion: 'autoscaling/v1',
    spec: { maxReplicas: 9, targetCPUUtilizationPercentage: 50 },
  })
  expect(world.asked.exact).toBeUndefined()
  expect(world.asked.equivalent?.[0]).toMatchObject({
    kind: { version: 'v2' },
    resource: { version: 'v2' },
    requestKind: { version: 'v1' },
    requestResource: { version: 'v1' },
    object: { apiVersion: 'autoscaling/v2', spec: { metrics: [{ type: 'Resource' }] } },
  })
})

test('subresources have the types of their own', async () => {
  await world.send('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'd' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  })
  await world.register(
    'mutating',
    'scale',
    () => patching({ op: 'replace', path: '/spec/replicas', value: 2 }),
    rule(['deployments/scale'], ['UPDATE'], ['apps']),
  )
  const scaled = await world.send(
    'PATCH',
    '/apis/apps/v1/namespaces/default/deployments/d/scale',
    { spec: { replicas: 7 } },
    json,
  )
  expect(scaled.body).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } })
  expect(world.asked.scale?.[0]).toMatchObject({
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    resource: { group: 'apps', resource: 'deployments' },
    subResource: 'scale',
    object: { kind: 'Scale', spec: { replicas: 7 } },
    oldObject: { kind: 'Scale', spec: { replicas: 1 } },
  })
})

test('a webhook judges streams by their query', async () => {
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
  await world.send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } })
  await world.send('POST', '/api/v1/namespaces/default/pods', pod)
  await world.register(
    'validating',
    'exec',
    () => ({ allowed: false }),
    rule(['pods/*', 'services/proxy'], ['CONNECT']),
  )
  const path = '/api/v1/namespaces/default/pods/p/proxy/some/where?a=b'
  expect((await world.send('GET', path)).body.message).toContain('"exec.hooks.test" denied the request')
  expect(world.asked.exec?.[0]).toMatchObject({
    operation: 'CONNECT',
    kind: { group: '', version: 'v1', kind: 'PodProxyOptions' },
    subResource: 'proxy',
    name: 'p',
    object: { kind: 'PodProxyOptions', apiVersion: 'v1', path: '/some/where' },
    oldObject: null,
  })
  expect((await world.send('GET', '/api/v1/namespaces/default/pods/p/log')).body.message).not.toContain('denied')
})

test('a failing webhook fails the request, or is passed over', async () => {
  await world.register('validating', 'gone', allow)
  delete world.hooks.gone
  const failed = await world.send('POST', maps, configMap('x'))
  expect(failed.body).toMatchObject({
    code: 500,
    reason: 'InternalError',
    message:
      'Internal error occurred: failed calling webhook "gone.hooks.test": failed to call webhook: Post "https://hooks.test/gone?timeout=10s": dial tcp: lookup hooks.test: no such host',
  })
  await world.reset()
  await world.register('mutating', 'gone', allow, { failurePolicy: 'Ignore', timeoutSeconds: 3 })
  delete world.hooks.gone
  expect((await world.send('POST', maps, configMap('x'))).status).toBe(201)
})

test('a dry run does not reach webhooks with side effects', async () => {
  await world.register('validating', 'some', allow, {
    sideEffects: 'NoneOnDryRun',
    admissionReviewVersions: ['v1beta1'],
  })
  expect((await world.send('POST', `${maps}?dryRun=All`, configMap('x'))).status).toBe(201)
  expect(world.asked.some?.[0].dryRun).toBe(true)
})

test('warnings reach the client', async () => {
  await world.register('validating', 'warn', () => ({ allowed: true, warnings: ['mind the gap'] }))
  const { headers } = await world.send('POST', maps, configMap('x'))
  expect(headers.warning).toBe('299 - "mind the gap"')
})

test('webhooks do not see their own configurations', async () => {
  await world.register('validating', 'all', () => ({ allowed: false }), {
    rules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }],
  })
  expect((await world.send('POST', maps, configMap('x'))).status).toBe(400)
  const gone = await world.send(
    'DELETE',
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/all-hook',
  )
  expect(gone.status).toBe(200)
  expect((await world.send('POST', maps, configMap('x'))).status).toBe(201)
})

test('a webhook behind a Service is reached at its cluster address, under its name', async () => {
  const ports = [{ port: 8443, targetPort: 9443 }]
  const service = await world.send('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'hook' },
    spec: { ports },
  })
  const { clusterIP } = service.body.spec
  await world.register('validating', 'svc', allow, {
    clientConfig: { service: { name: 'hook', namespace: 'default', path: '/svc', port: 8443 }, caBundle: btoa('ca') },
  })
  expect((await world.send('POST', maps, configMap('x'))).status).toBe(201)
  expect(world.outbound.sent.at(-1)).toMatchObject({
    url: 'https://hook.default.svc:8443/svc?timeout=10s',
    connectTo: { host: clusterIP, port: 8443 },
    serverName: 'hook.default.svc',
    ca: 'ca',
  })
  await world.send('DELETE', '/api/v1/namespaces/default/services/hook')
  expect((await world.send('POST', maps, configMap('y'))).body.message).toContain(
    'failed to call webhook: Post "https://hook.default.svc:8443/svc?timeout=10s": service "hook" not found',
  )
})

test.each([
  ['an HTML page', () => answer(200, '<html>'), "couldn't get version/kind; json parse error"],
  ['an error', () => answer(500, 'boom'), 'an error on the server ("boom") has prevented the request from succeeding'],
  ['not found', () => answer(404, 'x'), 'the server could not find the requested resource'],
  ['nothing', () => ({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1' }), 'webhook response was absent'],
  ['a list', () => [], 'received invalid webhook response: the answer is no object'],
  ['null', () => null, 'received invalid webhook response: the answer is no object'],
  ['another uid', () => ({ allowed: true, uid: 'other' }), 'got "other"'],
  [
    'half a patch',
    () => ({ allowed: true, patch: 'W10=' }),
    'webhook returned response.patch but not response.patchType',
  ],
  ['half a patch type', () => ({ allowed: true, patchType: 'JSONPatch' }), 'response.patchType but not response.patch'],
  [
    'another type of patch',
    () => ({ allowed: true, patch: 'W10=', patchType: 'Merge' }),
    'unsupported patch type "Merge"',
  ],
  [
    'text for a patch',
    () => ({ allowed: true, patch: '!', patchType: 'JSONPatch' }),
    'received invalid webhook response',
  ],
  ['yes', () => ({ allowed: 'yes' }), 'response.allowed must be a boolean'],
  [
    'another version',
    (_: unknown, { request }: { request: { uid: string } }) => ({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1beta1',
      response: { uid: request.uid, allowed: true },
    }),
    'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1, Kind=AdmissionReview',
  ],
])('a webhook that answers %s has failed', async (_, hook, message) => {
  await world.register('mutating', 'bad', hook)
  const { status, body } = await world.send('POST', maps, configMap('x'))
  expect(body.message).toContain(message)
  expect(status).toBe(500)
})

test.each([
  ['kind', 500, 'expected v1, Kind=ConfigMap, got v1, Kind=Secret', { op: 'replace', path: '/kind', value: 'Secret' }],
  ['data of a wrong type', 500, 'cannot unmarshal', { op: 'replace', path: '/data', value: 7 }],
  ['what is not there', 500, 'Unable to remove nonexistent key', { op: 'remove', path: '/x' }],
  ['everything', 500, 'expected v1, Kind=ConfigMap', { op: 'replace', path: '', value: [] }],
  [
    'the namespace',
    400,
    'does not match the namespace',
    { op: 'replace', path: '/metadata/namespace', value: 'kube-system' },
  ],
])('a webhook may not patch %s', async (_, code, message, patch) => {
  await world.register('mutating', 'bad', () => patching(patch))
  const { status, body } = await world.send('POST', maps, configMap('x', { data: {} }))
  expect(body.message).toContain(message)
  expect(status).toBe(code)
})

test('a webhook cannot change what identifies a stored object', async () => {
  const { body: old } = await world.send('POST', maps, configMap('x'))
  await world.register(
    'mutating',
    'bad',
    () => patching({ op: 'replace', path: '/metadata/name', value: 'y' }),
    rule(['configmaps'], ['UPDATE']),
  )
  const renamed = await world.send('PATCH', `${maps}/x`, { data: { a: 'b' } }, json)
  expect([renamed.status, renamed.body.details.causes[0].field]).toEqual([422, 'metadata.name'])
  world.hooks.bad = () =>
    patching(
      { op: 'replace', path: '/metadata/uid', value: 'mine' },
      { op: 'replace', path: '/metadata/resourceVersion', value: '1' },
      { op: 'replace', path: '/metadata/creationTimestamp', value: '2000-01-01T00:00:00Z' },
    )
  const { body } = await world.send('PATCH', `${maps}/x`, { data: { a: 'b' } }, json)
  expect(body.metadata.uid).toBe(old.metadata.uid)
  expect(body.metadata.creationTimestamp).toBe(old.metadata.creationTimestamp)
  expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(old.metadata.resourceVersion))
})

test('a webhook has nothing to patch in a deletion', async () => {
  await world.send('POST', maps, configMap('x'))
  await world.register(
    'mutating',
    'bad',
    () => patching({ op: 'add', path: '/x', value: 1 }),
    rule(['configmaps'], ['DELETE']),
  )
  const { status, body } = await world.send('DELETE', `${maps}/x`)
  expect([status, body.message]).toEqual([
    500,
    'Internal error occurred: admission webhook "bad.hooks.test" attempted to modify the object, which is not supported for this operation',
  ])
})

test('a webhook may write the same object while it is asked', async () => {
  await world.send('POST', maps, configMap('x'))
  let inner: number | undefined
  const write = (data: object) => world.send('PATCH', `${maps}/x`, { data }, json)
  await world.register(
    'validating',
    'loop',
    async ({ object }) => {
      if (object.data.by === 'client') inner ??= (await write({ by: 'webhook', also: 'me' })).status
      return { allowed: true }
    },
    rule(['configmaps'], ['UPDATE']),
  )
  const { status, body } = await write({ by: 'client' })
  expect([inner, status]).toEqual([200, 200])
  // The outer write began from the older object, and so began again.
  expect(body.data).toEqual({ by: 'client', also: 'me' })
})

test('writers of other objects do not wait for a webhook that hangs', async () => {
  const { promise: hung, resolve: release } = Promise.withResolvers<object>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
  await world.register('validating', 'hang', ({ name }) => {
    if (name !== 'slow') return { allowed: true }
    reach()
    return hung
  })
  const slow = world.send('POST', maps, configMap('slow'))
  await reached
  expect((await world.send('POST', maps, configMap('fast'))).status).toBe(201)
  release({ allowed: false })
  expect((await slow).status).toBe(400)
})
