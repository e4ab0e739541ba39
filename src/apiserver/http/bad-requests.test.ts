import { request as http1Request } from 'node:https'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { type TestAnswer, type TestClient, type TestRequest, testClient } from '../../../test/support/test-client.ts'
import { parseYaml } from '../../api/machinery/yaml/parse-yaml.ts'
import { builtinResources } from '../../api/resources.ts'

/** Whatever comes in at the door, it is answered with what is wrong with it: a Status, never a 500, never an end. */

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
const json = { 'content-type': 'application/json' }

/** Refused with a Status that says the same as the answer's code. */
function refused({ status, body, text }: TestAnswer): void {
  expect(status, text).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500)
  expect(body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status })
  expect(body.message).not.toBe('')
  expect(body.message).not.toMatch(/undefined|\[object|is not a function|Cannot read/)
}

/** Taken or refused, but no fault of the server. */
function answered(answer: TestAnswer): void {
  if (answer.status >= 300) refused(answer)
}

describe('queries', () => {
  test.each([
    'limit=x',
    'limit=99999999999999999999',
    'resourceVersion=abc',
    'resourceVersion=-1',
    'resourceVersion=1.5',
    'resourceVersion=99999999999999999999999',
    'resourceVersionMatch=Exact',
    'resourceVersionMatch=Foo&resourceVersion=1',
    'labelSelector=((',
    'labelSelector=a in b',
    'labelSelector=a%3D%3D%3Db',
    'labelSelector=,',
    'labelSelector=-a',
    'fieldSelector=a',
    'fieldSelector=spec.nope%3Dx',
    'fieldSelector=%3D',
    'timeoutSeconds=x',
    'continue=garbage',
    'continue=e30',
    'continue=bnVsbA',
    'continue=W10',
    'watch=1&resourceVersion=abc',
    'watch=1&labelSelector=((',
    'watch=1&timeoutSeconds=x',
    'watch=1&limit=x',
    'watch=1&sendInitialEvents=true',
    'watch=1&resourceVersionMatch=NotOlderThan',
  ])('a list with %s', async (query) => {
    refused(await client.send(`${configMaps}?${query.replaceAll(' ', '%20')}`))
  })

  test.each(['dryRun=Some', 'fieldValidation=Foo', `fieldManager=${'x'.repeat(129)}`, 'fieldManager=%00'])(
    'a create with %s',
    async (query) => {
      const answer = await client.send(`${configMaps}?${query}`, {
        method: 'POST',
        body: { metadata: { name: 'not-there' } },
      })
      refused(answer)
      expect((await client.send(`${configMaps}/not-there`)).status).toBe(404)
    },
  )

  test.each([
    'gracePeriodSeconds=x',
    'gracePeriodSeconds=1.5',
    'propagationPolicy=Foo',
    'dryRun=Some',
    'orphanDependents=true&propagationPolicy=Foreground',
  ])('a delete with %s', async (query) => {
    await client.send(configMaps, { method: 'POST', body: { metadata: { name: 'stays' } } })
    refused(await client.send(`${configMaps}/stays?${query}`, { method: 'DELETE' }))
    expect((await client.send(`${configMaps}/stays`)).status).toBe(200)
  })
})

test('options with the names of inherited members mean nothing', async () => {
  for (const name of ['__defineGetter__', '__proto__', 'constructor'])
    expect((await client.send(`${configMaps}?${name}=x`)).status, name).toBe(200)
})

describe('bodies', () => {
  const post = (request: TestRequest) => client.send(configMaps, { method: 'POST', ...request })

  test.each<[string, string, string | Uint8Array]>([
    ['nothing', 'application/json', ''],
    ['no JSON', 'application/json', '{"metadata":'],
    ['null', 'application/json', 'null'],
    ['a text', 'application/json', '"text"'],
    ['a list', 'application/json', '[]'],
    ['no UTF-8', 'application/json', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['deep nesting', 'application/json', `{"data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['no YAML', 'application/yaml', 'a: ['],
    ['aliases without end', 'application/yaml', yamlBomb()],
    ['an alias in itself', 'application/yaml', 'metadata: {name: a}\ndata: &d {a: *d}\n'],
    ['a tag of another language', 'application/yaml', 'metadata: !!python/object:os.system {name: 3}'],
    ['no protobuf', 'application/vnd.kubernetes.protobuf', 'hello'],
    ['nothing behind the magic number', 'application/vnd.kubernetes.protobuf', 'k8s\0'],
    ['broken protobuf', 'application/vnd.kubernetes.protobuf', new Uint8Array([0x6b, 0x38, 0x73, 0, 0xff, 0xff, 0xff])],
    ['another content type', 'text/plain', '{}'],
    ['a form', 'application/x-www-form-urlencoded', 'a=b'],
    ['an empty content type', ';', '{}'],
    ['what every object inherits', 'constructor', '{}'],
    ['too much', 'application/json', `{"a":"${'x'.repeat(3_200_000)}"}`],
  ])('%s', async (_, type, body) => {
    refused(await post({ headers: { 'content-type': type }, body }))
  })

  test.each<[string, string]>([
    ['application/json-patch+json', '{}'],
    ['application/json-patch+json', '[3]'],
    ['application/json-patch+json', '[{"op":"nope","path":"/data"}]'],
    ['application/json-patch+json', '[{"op":"add","path":"data","value":1}]'],
    ['application/json-patch+json', '[{"op":"remove","path":"/nope/nope"}]'],
    ['application/json-patch+json', '[{"op":"replace","path":""}]'],
    ['application/json-patch+json', '[{"op":"add","path":"","value":null}]'],
    ['application/json-patch+json', '[{"op":"add","path":"/metadata","value":3}]'],
    ['application/json-patch+json', '[{"op":"copy","from":"/nope/nope","path":"/data"}]'],
    ['application/merge-patch+json', '3'],
    ['application/merge-patch+json', '[]'],
    ['application/merge-patch+json', '{"metadata":3}'],
    ['application/merge-patch+json', '{"metadata":{"name":"other"}}'],
    ['application/merge-patch+json', '{"data":[1]}'],
    ['application/merge-patch+json', '{'],
    ['application/strategic-merge-patch+json', '3'],
    ['application/strategic-merge-patch+json', '{"$patch":"nope"}'],
    ['application/strategic-merge-patch+json', '{"metadata":{"finalizers":3}}'],
    ['application/strategic-merge-patch+json', '{"metadata":{"ownerReferences":[3]}}'],
    ['application/strategic-merge-patch+json', '{"metadata":{"$setElementOrder/ownerReferences":3}}'],
    ['application/strategic-merge-patch+json', '{"metadata":{"$deleteFromPrimitiveList/finalizers":3}}'],
    ['application/strategic-merge-patch+json', '{"metadata":{"$retainKeys":3}}'],
    ['application/json', '{}'],
    ['text/plain', '{}'],
  ])('a patch in %s: %s', async (type, body) => {
    await client.send(configMaps, { method: 'POST', body: { metadata: { name: 'patched' }, data: { a: 'b' } } })
    const { body: before } = await client.send(`${configMaps}/patched`)
    refused(await client.send(`${configMaps}/patched`, { method: 'PATCH', headers: { 'content-type': type }, body }))
    expect((await client.send(`${configMaps}/patched`)).body).toEqual(before)
  })
})

describe('hollow objects, of which hooks may expect more', () => {
  const metadata = { name: 'hollow' }
  const pods = { containers: [{}], volumes: [{ projected: { sources: [{}] } }], tolerations: [{}], affinity: {} }
  const hollow = [
    {},
    { metadata },
    { metadata, spec: {} },
    {
      metadata,
      spec: { template: {}, selector: {}, jobTemplate: {}, versions: [{}], names: {}, limits: [{}], ports: [{}] },
    },
    { metadata, spec: { template: { spec: {} }, jobTemplate: { spec: {} }, rules: [{}], hard: {}, behavior: {} } },
    { metadata, spec: { ...pods, template: { spec: pods }, jobTemplate: { spec: { template: { spec: pods } } } } },
    { metadata, rules: [{}], subjects: [{}], roleRef: {}, webhooks: [{}], endpoints: [{}], ports: [{}], subsets: [{}] },
  ]

  test.each(builtinResources.map((resource) => [resource.kind, resource] as const))('%s', async (_, resource) => {
    const { group, version, namespaced } = resource
    const base = group ? `/apis/${group}/${version}` : `/api/${version}`
    const path = `${base}${namespaced ? '/namespaces/default' : ''}/${resource.resource}`
    for (const body of hollow) {
      answered(await client.send(`${path}?dryRun=All`, { method: 'POST', body }))
      answered(await client.send(`${path}/hollow?dryRun=All`, { method: 'PUT', body }))
    }
  })
})

describe('requests', () => {
  test.each<[string, string]>([
    ['PUT', configMaps],
    ['PATCH', configMaps],
    ['POST', `${configMaps}/a`],
    ['OPTIONS', configMaps],
    ['TRACE', `${configMaps}/a`],
    ['FOO', configMaps],
    ['POST', '/version'],
    ['GET', '/api/v1/namespaces/default/nope'],
    ['GET', '/api/v9/pods'],
    ['GET', '/apis/nope/v1/pods'],
    ['GET', `${configMaps}/a/b/c`],
    ['GET', `${configMaps}/a/nope`],
    ['GET', '/api/v1/namespaces//configmaps'],
    ['GET', '/api/v1/namespaces/%zz/configmaps/%'],
    ['GET', '/api/v1/namespaces/default/configmaps/%2e%2e%2f'],
    ['GET', `/api/v1/namespaces/default/configmaps/${'x'.repeat(5000)}`],
    ['GET', '/nope'],
    ['POST', '/api/v1/configmaps'],
    ['POST', '/api/v1/pods'],
    ['PUT', '/api/v1/namespaces/default/pods/a/binding'],
    ['GET', '/api/v1/namespaces/default/pods/a/exec'],
    ['GET', '/api/v1/namespaces/default/pods/a/log?tailLines=x'],
    ['POST', '/api/v1/namespaces/default/pods/a/eviction'],
    ['PUT', '/apis/apps/v1/namespaces/default/deployments/a/scale'],
  ])('%s %s', async (method, path) => {
    refused(await client.send(path, { method, ...(method !== 'GET' && { headers: json, body: '{"metadata":{}}' }) }))
  })

  test.each(['text/html', 'application/xml;q=1', 'application/json;as=Nope;g=meta.k8s.io;v=v1', ';;;', 'a/b,,,;q=x'])(
    'Accept: %s',
    async (accept) => {
      refused(await client.send(configMaps, { headers: { accept } }))
    },
  )

  test('failures in YAML and in protobuf', async () => {
    const path = `${configMaps}/nope`
    const yaml = await client.send(path, { headers: { accept: 'application/yaml' } })
    expect(yaml).toMatchObject({ status: 404, headers: { 'content-type': 'application/yaml' } })
    expect(parseYaml(yaml.text)[0]?.value).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 })
    const accept = 'application/vnd.kubernetes.protobuf'
    const { status, headers, text } = await client.send(path, { headers: { accept } })
    expect({ status, type: headers['content-type'] }).toEqual({ status: 404, type: accept })
    expect(text).toMatch(/^k8s\0/)
    expect(text).toContain('configmaps "nope" not found')
  })

  test('headers beyond all measure end the stream, not the server', async () => {
    const value = 'x'.repeat(60_000)
    await client.send(configMaps, { headers: { 'x-long': value } }).then(answered, () => {})
    expect((await client.send('/version')).status).toBe(200)
  })

  test('HTTP/1.1: headers too long are refused, and so is what is no HTTP', async () => {
    const { ca, admin } = server
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = http1Request(
        `${server.url}${configMaps}`,
        { ca, ...admin, headers: { 'x-long': 'x'.repeat(2 * 1024 * 1024) }, agent: false },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      asked.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(431) : reject(error)))
      asked.end()
    })
    expect(status).toBe(431)
    expect((await client.send('/version')).status).toBe(200)
  })
})

describe('at random', () => {
  const anything = fc.jsonValue({ maxDepth: 4 })
  /** Near enough to an object to get past the first checks. */
  const fields = ['metadata', 'spec', 'data', 'status', 'rules', 'subjects', 'type', 'name', 'labels', 'template']
  const near = fc.record(
    {
      apiVersion: fc.oneof(fc.constantFrom('v1', 'apps/v1', 'batch/v1'), anything),
      kind: fc.oneof(fc.constantFrom('ConfigMap', 'Pod', 'Deployment', 'Service'), anything),
      metadata: fc.oneof(
        fc.dictionary(
          fc.constantFrom('name', 'labels', 'annotations', 'finalizers', 'ownerReferences', 'uid'),
          anything,
        ),
        anything,
      ),
      spec: fc.dictionary(
        fc.constantFrom(
          'containers',
          'template',
          'selector',
          'replicas',
          'ports',
          'volumes',
          'versions',
          'limits',
          'hard',
        ),
        fc.oneof(anything, fc.array(fc.dictionary(fc.constantFrom(...fields), anything), { maxLength: 3 })),
      ),
      data: anything,
    },
    { requiredKeys: [] },
  )
  const paths = [
    configMaps,
    '/api/v1/namespaces/default/pods',
    '/api/v1/namespaces/default/services',
    '/api/v1/namespaces/default/secrets',
    '/api/v1/namespaces/default/resourcequotas',
    '/api/v1/namespaces/default/limitranges',
    '/api/v1/namespaces/default/replicationcontrollers',
    '/api/v1/nodes',
    '/api/v1/namespaces',
    '/apis/apps/v1/namespaces/default/deployments',
    '/apis/apps/v1/namespaces/default/replicasets',
    '/apis/batch/v1/namespaces/default/jobs',
    '/apis/batch/v1/namespaces/default/cronjobs',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ]
  const path = fc.constantFrom(...paths)
  // Nothing is kept: what passes by chance must not become a cluster.
  const create = async (to: string, request: TestRequest) =>
    answered(await client.send(`${to}?dryRun=All`, { method: 'POST', ...request }))
  const runs = { numRuns: Number(process.env.K8TS_RUNS ?? 150) }

  test('objects', () =>
    fc.assert(
      fc.asyncProperty(path, fc.oneof(near, anything), (to, body) =>
        create(to, { headers: json, body: JSON.stringify(body) }),
      ),
      runs,
    ))

  test('texts, bytes and content types', () => {
    const types = fc.constantFrom(
      'application/json',
      'application/yaml',
      'application/vnd.kubernetes.protobuf',
      'a/b',
      '',
    )
    const bytes = fc.oneof(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.uint8Array(),
    )
    const inEnvelope = bytes.map((rest) => Buffer.concat([Buffer.from('k8s\0'), rest]))
    return fc.assert(
      fc.asyncProperty(path, types, fc.oneof(bytes, inEnvelope), (to, type, body) =>
        create(to, { headers: { 'content-type': type }, body: Uint8Array.from(body) }),
      ),
      runs,
    )
  })

  test('protobuf with bits turned over', async () => {
    const name = `${configMaps}/protobuf`
    await client.send(configMaps, {
      method: 'POST',
      body: { metadata: { name: 'protobuf', labels: { a: 'b' } }, data: { some: 'text' } },
    })
    const whole = await protobufOf(name)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const body = Uint8Array.from(whole)
        body[at] = (body[at] ?? 0) ^ flip
        return create(configMaps, { headers: { 'content-type': 'application/vnd.kubernetes.protobuf' }, body })
      }),
      runs,
    )
  })

  test('queries', () => {
    const names = [
      'limit',
      'continue',
      'resourceVersion',
      'resourceVersionMatch',
      'labelSelector',
      'fieldSelector',
      'dryRun',
      'pretty',
      'timeoutSeconds',
    ]
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('0', '-1', '1', 'All', 'Exact', 'NotOlderThan', 'a=b', '!a', 'a in (b)'),
    )
    const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 })
    return fc.assert(
      fc.asyncProperty(path, query, async (to, pairs) =>
        answered(await client.send(`${to}?${new URLSearchParams(pairs)}`)),
      ),
      runs,
    )
  })

  test('paths and methods', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'api',
        'apis',
        'v1',
        'namespaces',
        'default',
        'pods',
        'apps',
        'status',
        'watch',
        '',
        '.',
        '..',
        '%2F',
      ),
      fc.string({ maxLength: 6 }).map(encodeURIComponent),
    )
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
    return fc.assert(
      fc.asyncProperty(method, fc.array(part, { maxLength: 8 }), async (verb, parts) =>
        answeredPlainly(
          await client.send(`/${parts.join('/')}?dryRun=All`, {
            method: verb,
            headers: json,
            ...(verb !== 'GET' && { body: '{}' }),
          }),
        ),
      ),
      runs,
    )
  })

  test('patches', async () => {
    const target = `${configMaps}/random`
    await client.send(configMaps, { method: 'POST', body: { metadata: { name: 'random' }, data: { a: 'b' } } })
    const types = fc
      .constantFrom('json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json')
      .map((t) => `application/${t}`)
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: fc.oneof(fc.constantFrom('', '/data', '/metadata', '/metadata/labels/a', '/data/-', '/kind'), fc.string()),
      from: fc.oneof(fc.constantFrom('', '/data', '/metadata'), fc.string()),
      value: anything,
    })
    await fc.assert(
      fc.asyncProperty(types, fc.oneof(fc.array(operation, { maxLength: 3 }), near, anything), async (type, body) =>
        answered(
          await client.send(`${target}?dryRun=All`, {
            method: 'PATCH',
            headers: { 'content-type': type },
            body: JSON.stringify(body),
          }),
        ),
      ),
      runs,
    )
  })

  async function protobufOf(object: string): Promise<Uint8Array> {
    const { ca, admin } = server
    return new Promise((resolve, reject) => {
      const asked = http1Request(
        `${server.url}${object}`,
        { ca, ...admin, agent: false, headers: { accept: 'application/vnd.kubernetes.protobuf' } },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => resolve(Buffer.concat(chunks)))
        },
      )
      asked.on('error', reject)
      asked.end()
    })
  }
})

/** Some paths are no API: health in plain text, for one. */
function answeredPlainly(answer: TestAnswer): void {
  expect(answer.status, answer.text).toBeLessThan(500)
}

function yamlBomb(): string {
  const names = [...'bcdefghi']
  const rows = names.map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`)
  return ['a: &a [x,x,x,x,x,x,x,x,x]', ...rows].join('\n')
}
