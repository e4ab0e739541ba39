import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'
import { EndpointsResource, Pods, ServiceAccounts, Services } from '../../api/core/v1/index.ts'
import type { NodeAnswer, NodeConnector, NodeRequest, PodEndpoint } from './connector.ts'

let server: TestServer
let client: TestClient
let last: { pod: PodEndpoint; request: NodeRequest }
let answer: NodeAnswer
const base = '/api/v1/namespaces/default'

async function* body(text: string) {
  yield new TextEncoder().encode(text)
}

/** A network in which every pod answers the same. */
const nodes: NodeConnector = {
  request: () => Promise.reject(new Error('no node is asked')),
  async requestPod(pod, request) {
    last = { pod, request }
    return answer
  },
}

beforeAll(async () => {
  server = await startTestServer({ nodes })
  client = testClient(server, server.admin)
  const { objects } = server.server
  const namespace = 'default'
  await objects.create(ServiceAccounts, { metadata: { name: 'default', namespace } })
  for (const [name, podIP] of [
    ['web', '10.1.2.3'],
    ['evil', '127.0.0.1'],
  ] as const) {
    await objects.create(Pods, {
      metadata: { name, namespace },
      spec: { containers: [{ name: 'main', image: 'i', ports: [{ containerPort: 8080 }] }] },
    })
    const body = { status: { podIP, podIPs: [{ ip: podIP }] } }
    const headers = { 'content-type': 'application/merge-patch+json' }
    await client.send(`${base}/pods/${name}/status`, { method: 'PATCH', body, headers })
  }
  await objects.create(Services, {
    metadata: { name: 'front', namespace },
    spec: {
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'tls', port: 443, targetPort: 8443 },
      ],
    },
  })
  await objects.create(EndpointsResource, {
    metadata: { name: 'front', namespace },
    subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ name: 'http', port: 8080 }] }],
  })
})
afterAll(async () => {
  client.close()
  await server.close()
})

test('requests go to the pod, or to an endpoint of the service, as they are', async () => {
  answer = { status: 201, headers: { 'content-type': 'text/plain', 'x-own': 'yes' }, body: body('made') }
  const headers = { 'x-mine': '1', authorization: 'Bearer x', 'content-type': 'text/x' }
  const made = await client.send(`${base}/pods/web:81/proxy/a%2Fb?limit=x`, { method: 'POST', body: 'hello', headers })
  expect(made).toMatchObject({ status: 201, text: 'made', headers: { 'x-own': 'yes' } })
  expect(last.pod).toEqual({ scheme: 'http', host: '10.1.2.3', port: 81 })
  expect(last.request).toMatchObject({ method: 'POST', path: '/a%2Fb?limit=x', headers: { 'x-mine': '1' } })
  expect(last.request.headers.authorization).toBeUndefined()
  expect(new TextDecoder().decode(last.request.body)).toBe('hello')
  for (const [path, pod] of [
    ['pods/web/proxy/', { scheme: 'http', port: 8080 }],
    ['pods/https:web:443/proxy/', { scheme: 'https', port: 443 }],
    ['services/front:http/proxy/', { scheme: 'http', port: 8080 }],
    ['services/front:80/proxy/', { scheme: 'http', port: 8080 }],
    ['services/https:front:http/proxy/', { scheme: 'https', port: 8080 }],
  ] as const) {
    answer = { status: 200, headers: {}, body: body('ok') }
    expect(await client.send(`${base}/${path}`), path).toMatchObject({ status: 200, text: 'ok' })
    expect(last.pod, path).toEqual({ host: '10.1.2.3', ...pod })
  }
})

test('the proxy reports a target that it cannot reach', async () => {
  for (const [path, status, message] of [
    ['pods/none/proxy/', 404, 'pods "none" not found'],
    ['pods/evil/proxy/', 400, 'address not allowed'],
    ['services/front:81/proxy/', 503, 'no service port 81 found for service "front"'],
    ['services/front:tls/proxy/', 503, 'no endpoints available for service "front"'],
    ['pods/ftp:web:1/proxy/', 400, 'invalid pod request "ftp:web:1"'],
  ] as const)
    expect(await client.send(`${base}/${path}`), path).toMatchObject({ status, body: { message } })
})

test('pages of the other end stay inside the proxy', async () => {
  const { status, headers } = await client.send(`${base}/pods/web/proxy?a=b`)
  expect([status, headers.location]).toEqual([301, `${base}/pods/web/proxy/?a=b`])
  answer = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: body('<a href="/é">é</a>') }
  const page = await client.send(`${base}/pods/web:1/proxy/`)
  expect(page.text).toBe(`<a href="${base}/pods/web:1/proxy/é">é</a>`)
  answer = { status: 302, headers: { location: '/login' }, body: body('') }
  expect((await client.send(`${base}/pods/web/proxy/x`)).headers.location).toBe(`${base}/pods/web/proxy/login`)
  answer = { status: 302, headers: { location: 'https://elsewhere/login' }, body: body('') }
  expect((await client.send(`${base}/pods/web/proxy/x`)).headers.location).toBe('https://elsewhere/login')
})
