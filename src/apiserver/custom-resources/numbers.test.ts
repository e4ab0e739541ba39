import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer } from '../../../test/support/api-server.ts'
import {
  type CustomResourceServer,
  crds,
  definition,
  merge,
  path,
  startCustomResourceServer,
  version,
} from '../../../test/support/custom-resources.ts'
import { asUpstream, type Tokens, tokensOf } from '../../../test/support/number-tokens.ts'
import { testClient } from '../../../test/support/test-client.ts'
import type { JSONSchemaProps } from '../../api/apiextensions/v1/index.ts'
import { ControllerRevisions } from '../../api/apps/v1/index.ts'
import { Pods } from '../../api/core/v1/index.ts'
import { jsonText } from '../../api/machinery/json/json-text.ts'
import type { KubeObject } from '../../api/object.ts'
import { localClient } from '../../client/local.ts'
import { customResource } from '../../client/loose-resource.ts'
import { httpClient } from '../../client/node/http.ts'

const int64: JSONSchemaProps = { type: 'integer', format: 'int64' }
const spec: JSONSchemaProps = {
  type: 'object',
  properties: {
    id: int64,
    ratio: { type: 'number' },
    list: { type: 'array', items: int64 },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    note: { type: 'string' },
  },
}
interface Big extends KubeObject {
  spec: Record<string, unknown>
}
const Bigs = customResource<Big>({
  group: 'example.com',
  version: 'v1',
  kind: 'Big',
  resource: 'bigs',
  namespaced: true,
})

let server: CustomResourceServer
const send: CustomResourceServer['send'] = (...args) => server.send(...args)
const json = { 'content-type': 'application/json' }
function remoteClient() {
  const { url, ca, admin } = server.server
  return httpClient({ server: url, ca, ...admin })
}
const user = { name: 'admin', groups: ['system:masters'] }
beforeAll(async () => {
  server = await startCustomResourceServer()
  await server.define('Big', [version('v1', { schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } })])
})
afterAll(() => server.close())

/** The spec in a text of JSON, each number as it is written. */
const specOf = (text: string): Tokens => (tokensOf(text) as { [name: string]: Tokens })['"spec"'] ?? ''

const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }),
)
const anyNumber = fc.oneof(
  integer.map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('1.0', '1e3', '1E+2', '1e21', '1e20', '1e-7', '0.000001', '-0', '1e16', '9007199254740993.0'),
)
const bodies = fc
  .record({ id: integer, ratio: anyNumber, list: fc.array(integer, { maxLength: 3 }), free: fc.array(anyNumber) })
  .map(({ id, ratio, list, free }) => `{"id":${id},"ratio":${ratio},"list":[${list}],"free":{"a":{"b":[${free}]}}}`)

test('numbers of custom resources: the same JSON out as in, on every way', async () => {
  const remote = remoteClient()
  const local = localClient(server.server.server, user)
  let count = 0
  try {
    await fc.assert(
      fc.asyncProperty(bodies, anyNumber, async (body, added) => {
        const name = `b${count++}`
        const wanted = tokensOf(body, asUpstream)
        const text = `{"apiVersion":"example.com/v1","kind":"Big","metadata":{"name":"${name}"},"spec":${body}}`
        const created = await send('POST', path('bigs'), text, json)
        expect(created.status, created.text).toBe(201)
        expect(specOf(created.text)).toEqual(wanted)
        expect(specOf((await send('GET', path('bigs', name))).text)).toEqual(wanted)
        // Read and written as a whole by our own clients.
        for (const client of [remote, local]) {
          const read = await client.get(Bigs, { namespace: 'default', name })
          expect(specOf(jsonText(read))).toMatchObject(wanted as object)
          const written = await client.update(Bigs, {
            ...read,
            spec: { ...read.spec, note: client.inProcess ? 'l' : 'r' },
          })
          expect(specOf(jsonText(written))).toMatchObject(wanted as object)
        }
        const note = { ...(wanted as object), '"note"': '"x"' }
        const merged = await send('PATCH', path('bigs', name), { spec: { note: 'x' } }, merge)
        expect(specOf(merged.text)).toEqual(note)
        const patch = `[{"op":"add","path":"/spec/free/more","value":${added}},{"op":"copy","from":"/spec/id","path":"/spec/free/id"}]`
        const patched = await send('PATCH', path('bigs', name), patch, {
          'content-type': 'application/json-patch+json',
        })
        expect(specOf(patched.text)).toMatchObject({
          ...note,
          '"free"': { '"more"': asUpstream(added), '"id"': (wanted as { [name: string]: Tokens })['"id"'] },
        })
        await send('DELETE', path('bigs', name))
      }),
      { numRuns: 30 },
    )
  } finally {
    remote.close()
  }
})

const most = '9223372036854775807'
const whole = (name: string, id: string) =>
  `{"apiVersion":"example.com/v1","kind":"Big","metadata":{"name":"${name}"},"spec":{"id":${id}}}`

test('lists and watches, over HTTP and in the process, and another server on the same store', async () => {
  const local = localClient(server.server.server, user)
  const remote = remoteClient()
  const { text } = await send('POST', path('bigs'), whole('watched', most), json)
  const { resourceVersion } = JSON.parse(text).metadata
  const other = await startTestServer({ store: server.server.store, bootstrap: false })
  const reader = testClient(other, other.admin)
  try {
    expect((await send('GET', path('bigs'))).text).toContain(`"id":${most}}`)
    for (const client of [remote, local]) {
      const { items } = await client.list(Bigs, { namespace: 'default' })
      expect(items.map((item) => item.spec)).toContainEqual({ id: 9223372036854775807n })
      const ids: unknown[] = []
      const watching = new AbortController()
      const stopped = client.watch(
        Bigs,
        { namespace: 'default', resourceVersion, signal: watching.signal },
        (batch) => {
          ids.push(...batch.map((event) => (event.object as unknown as Big).spec.id))
          if (ids.includes(9007199254740993n)) watching.abort()
        },
      )
      await send('POST', path('bigs'), whole(client.inProcess ? 'wl' : 'wr', '9007199254740993'), json)
      await stopped
      expect(ids).toContain(9007199254740993n)
    }
    await expect.poll(async () => (await reader.send(path('bigs', 'watched'))).text).toContain(`"id":${most}}`)
  } finally {
    remote.close()
    reader.close()
    await other.server.close()
  }
})

test('defaults, bounds and enumerations of a definition keep their digits', async () => {
  const large = (value: bigint) => value as unknown as number
  const properties = {
    a: { ...int64, default: large(9007199254740993n) },
    b: { ...int64, maximum: large(9007199254740993n), minimum: large(-9007199254740993n) },
    c: { ...int64, enum: [large(9007199254740993n)], multipleOf: 3 },
  }
  const schema = { type: 'object', properties: { spec: { type: 'object', default: {}, properties } } }
  const columns = [{ name: 'A', type: 'integer', jsonPath: '.spec.a' }]
  const crd = jsonText(
    definition('Bound', [
      version('v1', { schema: { openAPIV3Schema: schema as JSONSchemaProps }, additionalPrinterColumns: columns }),
    ]),
  )
  const created = await send('POST', crds, crd, json)
  expect(created.status, created.text).toBe(201)
  for (const digits of ['"default":9007199254740993', '"maximum":9007199254740993', '"minimum":-9007199254740993'])
    expect((await send('GET', `${crds}/bounds.example.com`)).text).toContain(digits)
  const post = (name: string, fields: string) =>
    send(
      'POST',
      path('bounds'),
      `{"apiVersion":"example.com/v1","kind":"Bound","metadata":{"name":"${name}"},"spec":{${fields}}}`,
      json,
    )
  expect((await post('a', '"b":9007199254740993,"c":9007199254740993')).text).toContain('"a":9007199254740993')
  for (const accept of ['application/json;as=Table;v=v1;g=meta.k8s.io', 'application/yaml'])
    expect((await send('GET', path('bounds'), undefined, { accept })).text).toContain('9007199254740993')
  for (const at of ['/openapi/v2', '/openapi/v3/apis/example.com/v1'])
    expect((await send('GET', at)).text).toContain('"maximum":9007199254740993')
  const protobuf = { accept: 'application/vnd.kubernetes.protobuf' }
  const inProtobuf = await send('GET', `${crds}/bounds.example.com`, undefined, protobuf)
  expect(inProtobuf.text).toContain('9007199254740993')
  const refused = await post('b', '"b":9007199254740994,"c":9007199254740992')
  expect(refused.body.details.causes.map(({ message }: { message: string }) => message)).toEqual([
    'Invalid value: 9007199254740994: spec.b in body should be less than or equal to 9007199254740993',
    'Unsupported value: 9007199254740992: supported values: "9007199254740993"',
    'Invalid value: 9007199254740992: spec.c in body should be a multiple of 3',
  ])
})

test('a RawExtension and an int64 of a built-in kind keep their digits', async () => {
  const remote = remoteClient()
  const at = '/apis/apps/v1/namespaces/default/controllerrevisions'
  const body = `{"metadata":{"name":"r"},"revision":${most},"data":{"id":18446744073709551615,"list":[-9007199254740993]}}`
  try {
    await send('POST', at, body, json)
    const { text } = await send('GET', `${at}/r`)
    expect(text).toContain(`"revision":${most}`)
    expect(text).toContain('{"id":18446744073709551615,"list":[-9007199254740993]}')
    const { revision, data } = await remote.get(ControllerRevisions, { namespace: 'default', name: 'r' })
    expect([revision, data]).toEqual([9223372036854775807n, { id: 18446744073709551615n, list: [-9007199254740993n] }])
    const forever = {
      key: 'a',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 9223372036854775807n as never,
    }
    const pod = await remote.create(Pods, {
      metadata: { name: 'p', namespace: 'default' },
      spec: { tolerations: [forever], containers: [{ name: 'c', image: 'i' }] },
    })
    expect(jsonText(pod.spec.tolerations)).toContain(`"tolerationSeconds":${most}`)
  } finally {
    remote.close()
  }
})

test.each<[what: string, type: string, body: string, outcome: number, message: string]>([
  ['a merge patch', 'merge', '{"spec":{"priority":3.0}}', 422, 'cannot unmarshal number 3.0 into Go struct field'],
  ['a merge patch', 'merge', '{"metadata":{"labels":{"a":1e400}}}', 400, 'cannot unmarshal number 1e400'],
  ['a strategic merge patch', 'strategic-merge', '{"spec":{"activeDeadlineSeconds":3.0}}', 200, ''],
  [
    'a merge patch with a key twice',
    'merge',
    '{"metadata":{"labels":{"a":"1","a":"2"}}}',
    422,
    'duplicate field "metadata.labels.a"',
  ],
  ['a JSON patch with a member of no meaning', 'json', '[{"op":"test","path":"/spec","why":1}]', 422, 'test failed'],
  [
    'a JSON patch with a member of no meaning',
    'json',
    '[{"op":"add","path":"/metadata/labels","value":{},"why":1}]',
    422,
    'json patch unknown field "[0].why"',
  ],
])('%s of type %s: %s', async (_what, type, body, code, message) => {
  const pods = '/api/v1/namespaces/default/pods'
  await send('POST', pods, { metadata: { name: 'n' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  const headers = { 'content-type': `application/${type}-patch+json` }
  const { status, text } = await send('PATCH', `${pods}/n?fieldValidation=Strict`, body, headers)
  expect(status, text).toBe(code)
  expect(text.replaceAll('\\"', '"')).toContain(message)
})
