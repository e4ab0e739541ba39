import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type AggregatedServer, aggregatedServer } from '../../../test/support/aggregated-server.ts'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { type TestCertificates, testCertificates } from '../../../test/support/certificates.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'
import { aggregatedConnector, type NodeAggregatedConnector } from '../http/node/aggregated-connector.ts'
import { keepLocalServices } from './local-services.ts'

let certificates: TestCertificates
let remote: AggregatedServer
let server: TestServer
let client: TestClient
let connector: NodeAggregatedConnector
const services = '/apis/apiregistration.k8s.io/v1/apiservices'
const name = 'v1.wardle.example.com'
const flunders = '/apis/wardle.example.com/v1/namespaces/default/flunders'
const v2 = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }

beforeAll(async () => {
  certificates = await testCertificates()
  remote = await aggregatedServer(certificates)
  const real = aggregatedConnector(await certificates.client('front-proxy-client'))
  // There is no cluster network here, and the certificate is for localhost.
  const here = <T extends object>(target: T) => ({
    ...target,
    host: '127.0.0.1',
    port: remote.port,
    serverName: 'localhost',
  })
  connector = {
    request: (target, request) => real.request(here(target), request),
    open: (target) => real.open(here(target)),
    close: real.close,
  }
  server = await startTestServer({ aggregated: connector })
  client = testClient(server, server.admin)
})
afterAll(async () => {
  client.close()
  await server.close()
  connector.close()
  await remote.close()
})

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  client.send(path, { method, headers, ...(body !== undefined && { body }) })
const condition = async () => (await send('GET', `${services}/${name}`)).body.status.conditions?.[0]
const reason = async (wanted: string) => {
  await vi.waitFor(async () => expect((await condition())?.reason).toBe(wanted), { timeout: 5000 })
  return (await condition()).message
}

test('the condition says what is missing, until the server answers', async () => {
  await send('POST', services, {
    metadata: { name },
    spec: {
      group: 'wardle.example.com',
      version: 'v1',
      groupPriorityMinimum: 17_000,
      versionPriority: 15,
      service: { namespace: 'default', name: 'wardle' },
      caBundle: btoa(certificates.ca),
    },
  })
  expect(await reason('ServiceNotFound')).toBe('service/wardle in "default" is not present')
  const unavailable = await send('GET', flunders)
  expect([unavailable.status, unavailable.body.message]).toEqual([503, 'service unavailable'])
  const ports = [{ name: 'https', port: 444 }]
  const { body: service } = await send('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'wardle' },
    spec: { ports },
  })
  expect(await reason('ServicePortError')).toBe('service/wardle in "default" is not listening on port 443')
  service.spec.ports[0].port = 443
  await send('PUT', '/api/v1/namespaces/default/services/wardle', service)
  expect(await reason('EndpointsNotFound')).toBe('cannot find endpointslices for service/wardle in "default"')
  const slice = {
    metadata: { name: 'wardle-1', labels: { 'kubernetes.io/service-name': 'wardle' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.1.1'], conditions: { ready: false } }],
    ports: [{ name: 'https', port: 8443, protocol: 'TCP' }],
  }
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
  const { body: made } = await send('POST', slices, slice)
  expect(await reason('MissingEndpoints')).toContain('have no addresses with port name "https"')
  remote.status = 500
  made.endpoints[0].conditions.ready = true
  await send('PUT', `${slices}/wardle-1`, made)
  expect(await reason('FailedDiscoveryCheck')).toMatch(
    /bad status from https:\/\/.*\/apis\/wardle.example.com\/v1: 500$/,
  )
  remote.status = 200
  expect(await reason('Passed')).toBe('all checks passed')
  expect(remote.requests.at(-1)?.headers).toMatchObject({ 'x-remote-user': 'system:kube-aggregator' })
})

test('requests go on with the identity of their user, which nobody can forge', async () => {
  const { status, body } = await send(
    'POST',
    `${flunders}?x=1`,
    { a: 1 },
    { 'x-remote-user': 'eve', 'x-remote-group': 'evil' },
  )
  expect([status, body.echo]).toEqual([201, '{"a":1}'])
  const last = remote.requests.at(-1)
  expect(last).toMatchObject({ method: 'POST', url: `${flunders}?x=1`, client: 'front-proxy-client' })
  expect(last?.headers).toMatchObject({
    'x-remote-user': 'kubernetes-admin',
    'x-remote-group': 'system:masters, system:authenticated',
    host: 'wardle.default.svc',
  })
  expect(last?.headers.authorization).toBeUndefined()
})

test('a user needs the right to a remote API', async () => {
  const eve = testClient(server, await server.client('eve'))
  const { status, body } = await eve.send(flunders)
  expect([status, body.message]).toEqual([
    403,
    'flunders.wardle.example.com is forbidden: User "eve" cannot list resource "flunders" in API group "wardle.example.com" in the namespace "default"',
  ])
  eve.close()
})

test('watches stream', async () => {
  const watch = client.watch(`${flunders}?watch=true`)
  expect((await watch.next(2)).map(({ object }) => object.metadata.name)).toEqual(['a', 'b'])
  watch.stop()
})

test('connections are handed on', async () => {
  const { port } = new URL(server.url)
  const socket = connect({
    host: '127.0.0.1',
    port: Number(port),
    ca: server.ca,
    ...server.admin,
    ALPNProtocols: ['http/1.1'],
  })
  const chunks: string[] = []
  socket.on('data', (chunk) => chunks.push(String(chunk)))
  socket.write(`GET ${flunders}/a/exec HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n`)
  await vi.waitFor(() => expect(chunks.join('')).toContain('101 Switching Protocols'))
  socket.write('hello')
  await vi.waitFor(() => expect(chunks.join('')).toMatch(/hello$/))
  expect(remote.requests.at(-1)?.headers).toMatchObject({ 'x-remote-user': 'kubernetes-admin', upgrade: 'echo' })
  socket.destroy()
})

test('discovery shows the groups of all servers', async () => {
  const { groups } = (await send('GET', '/apis')).body
  const names = groups.map((group: { name: string }) => group.name)
  expect(names).toContain('wardle.example.com')
  expect(names.indexOf('wardle.example.com')).toBeLessThan(names.indexOf('storage.k8s.io'))
  expect((await send('GET', '/apis/wardle.example.com')).body).toMatchObject({
    kind: 'APIGroup',
    name: 'wardle.example.com',
    preferredVersion: { groupVersion: 'wardle.example.com/v1', version: 'v1' },
  })
  expect((await send('GET', '/apis/wardle.example.com/v1')).body.kind).toBe('APIResourceList')
  const { items } = (await send('GET', '/apis', undefined, v2)).body
  expect(items.find(({ metadata }: { metadata: { name: string } }) => metadata.name === 'wardle.example.com')).toEqual({
    metadata: { name: 'wardle.example.com' },
    versions: [
      {
        version: 'v1',
        freshness: 'Current',
        resources: [
          {
            resource: 'flunders',
            singularResource: 'flunder',
            scope: 'Namespaced',
            responseKind: { group: 'wardle.example.com', version: 'v1', kind: 'Flunder' },
            verbs: ['get', 'list', 'watch', 'create'],
            subresources: [
              {
                subresource: 'status',
                responseKind: { group: 'wardle.example.com', version: 'v1', kind: 'Flunder' },
                verbs: ['get', 'update'],
              },
            ],
          },
        ],
      },
    ],
  })
})

test('the OpenAPI documents hold what other servers describe', async () => {
  const { paths } = (await send('GET', '/openapi/v3')).body
  expect(paths['apis/wardle.example.com/v1'].serverRelativeURL).toContain('?hash=1')
  expect(paths['apis/apps/v1']).toBeDefined()
  expect((await send('GET', '/openapi/v3/apis/wardle.example.com/v1')).body.info.title).toBe('wardle')
  const { body } = await send('GET', '/openapi/v2')
  expect(body.paths['/apis/wardle.example.com/v1/flunders']).toBeDefined()
  expect(body.paths['/other']).toBeUndefined()
  expect([body.definitions['wardle.Flunder'], body.definitions.unused]).toEqual([{ type: 'object' }, undefined])
})

test('a server with a certificate of somebody else is not trusted, unless the APIService says so', async () => {
  const { ca } = await testCertificates()
  const { body } = await send('GET', `${services}/${name}`)
  await send('PUT', `${services}/${name}`, { ...body, spec: { ...body.spec, caBundle: btoa(ca) } })
  expect(await reason('FailedDiscoveryCheck')).toContain('x509: certificate signed by unknown authority')
  const { body: now } = await send('GET', `${services}/${name}`)
  const { caBundle: _, ...spec } = now.spec
  await send('PUT', `${services}/${name}`, { ...now, spec: { ...spec, insecureSkipTLSVerify: true } })
  await reason('Passed')
  await send('DELETE', `${services}/${name}`)
  expect((await send('GET', flunders)).status).toBe(404)
})

test('each version that this server itself serves has an APIService', async () => {
  const { resources, objects } = server.server
  const failed = vi.fn()
  const { settled, stop } = keepLocalServices(resources, objects, failed)
  await settled
  const get = (one: string) => send('GET', `${services}/${one}`)
  expect((await get('v1.apps')).body).toMatchObject({
    metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
    status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
  })
  expect((await get('v1.')).status).toBe(200)
  const crd = {
    metadata: { name: 'things.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Cluster',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }
  await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd)
  await vi.waitFor(async () => expect((await get('v1.example.org')).status).toBe(200))
  await send('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.org')
  await vi.waitFor(async () => expect((await get('v1.example.org')).status).toBe(404))
  expect(failed).not.toHaveBeenCalled()
  stop()
})
