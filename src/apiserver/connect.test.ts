import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { startTestServer, type TestServer } from '../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../test/support/test-client.ts'
import { Pods, ServiceAccounts } from '../api/core/v1/index.ts'

let server: TestServer
let client: TestClient
let kubelet: Server
const asked: string[] = []

/** A kubelet that answers with what it was asked for, and echoes on upgraded connections. */
beforeAll(async () => {
  server = await startTestServer()
  client = testClient(server, server.admin)
  kubelet = createServer({ ...server.serving, requestCert: true, ca: server.ca }, (request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'text/plain' })
    response.write('first line\n', () => response.end('second line\n'))
  })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false })
  kubelet.on('upgrade', (request, socket, head) => {
    asked.push(request.url ?? '')
    sockets.handleUpgrade(request, socket, head, (ws) => ws.on('message', (data) => ws.send(data)))
  })
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve))
  const { port } = kubelet.address() as AddressInfo
  const node = {
    metadata: { name: 'n1' },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  }
  expect((await client.send('/api/v1/nodes', { method: 'POST', body: node })).status).toBe(201)
  await server.server.objects.create(ServiceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  for (const [name, nodeName] of [
    ['web', 'n1'],
    ['pending', ''],
  ])
    await server.server.objects.create(Pods, {
      metadata: { name, namespace: 'default' },
      spec: { ...(nodeName && { nodeName }), containers: [{ name: 'main', image: 'i' }] },
    })
})
afterAll(async () => {
  client.close()
  kubelet.closeAllConnections()
  kubelet.close()
  await server.close()
})

const pods = '/api/v1/namespaces/default/pods'

test('logs are streamed from the node', async () => {
  const answer = await client.send(`${pods}/web/log?follow=true&tailLines=2`)
  expect(answer).toMatchObject({ status: 200, text: 'first line\nsecond line\n' })
  expect(asked.at(-1)).toBe('/containerLogs/default/web/main?follow=true&tailLines=2')
  expect((await client.send(`${pods}/web/log?container=none`)).body.message).toBe(
    'container none is not valid for pod web',
  )
  expect((await client.send(`${pods}/pending/log`)).body.message).toBe('pod pending does not have a host assigned')
  expect((await client.send(`${pods}/none/log`)).status).toBe(404)
})

test('nodes are reached through their proxy subresource', async () => {
  const answer = await client.send('/api/v1/nodes/n1/proxy/stats/summary?only=cpu')
  expect(answer).toMatchObject({ status: 200, text: 'first line\nsecond line\n' })
  expect(asked.at(-1)).toBe('/stats/summary?only=cpu')
  expect((await client.send('/api/v1/nodes/n1:x/proxy/stats')).status).toBe(400)
  expect((await client.send('/api/v1/nodes/none/proxy/stats')).status).toBe(404)
  expect((await client.send(`${pods}/web/exec?command=sh`)).status).toBe(400)
})

function open(path: string, pair = server.admin): Promise<{ echo?: string; status?: number }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}`, ['v5.channel.k8s.io'], {
      ca: server.ca,
      ...pair,
    })
    socket.on('open', () => socket.send('hello'))
    socket.on('message', (data) => {
      resolve({ echo: String(data) })
      socket.close()
    })
    socket.on('unexpected-response', (_, response) => resolve({ status: response.statusCode ?? 0 }))
    socket.on('error', reject)
  })
}

test('exec goes through to the kubelet, both ways', async () => {
  expect(await open(`${pods}/web/exec?command=sh&command=-c&stdin=true&stdout=true&tty=false`)).toEqual({
    echo: 'hello',
  })
  expect(asked.at(-1)).toBe('/exec/default/web/main?command=sh&command=-c&input=1&output=1')
  expect(await open(`${pods}/web/portforward?ports=80`)).toEqual({ echo: 'hello' })
  expect(asked.at(-1)).toBe('/portForward/default/web?ports=80')
})

test('refuses exec without rights, or into a missing pod, before it reaches any node', async () => {
  const jane = await server.client('jane')
  expect(await open(`${pods}/web/exec?command=sh`, jane)).toEqual({ status: 403 })
  expect(await open(`${pods}/none/exec?command=sh`)).toEqual({ status: 404 })
  expect(await open(`${pods}/pending/exec?command=sh`)).toEqual({ status: 400 })
  expect(await open('/nothing')).toEqual({ status: 400 })
})

test('logs and watches work over a WebSocket', async () => {
  expect(await messages(`${pods}/web/log`, ['binary.k8s.io'], 2)).toEqual(['first line\n', 'second line\n'])
  expect(await messages(`${pods}/web/log`, [], 1)).toEqual(['first line\n'])
  expect(await messages(`${pods}/web/log`, ['base64.binary.k8s.io'], 1)).toEqual([btoa('first line\n')])
  const events = await messages(`${pods}?watch=true`, [], 2)
  expect(events.map((text) => JSON.parse(text).object.metadata.name).sort()).toEqual(['pending', 'web'])
  expect(await open(`${pods}/none/log`)).toEqual({ status: 404 })
  expect(await open(`${pods}/web/log`)).toEqual({ status: 400 })
})

function messages(path: string, protocols: string[], count: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const got: string[] = []
    const tls = { ca: server.ca, ...server.admin }
    const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}`, protocols, tls)
    socket.on('message', (data) => {
      if (got.push(String(data)) < count) return
      resolve(got.slice(0, count))
      socket.close()
    })
    socket.on('error', reject)
  })
}
