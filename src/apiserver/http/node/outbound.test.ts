import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type TestCertificates, testCertificates } from '../../../../test/support/certificates.ts'
import type { OutboundRequest } from '../../outbound/outbound.ts'
import { nodeOutbound } from './outbound.ts'

let certificates: TestCertificates
const outbound = nodeOutbound()
const opened: Server[] = []

beforeAll(async () => {
  certificates = await testCertificates()
})
afterEach(() => {
  for (const server of opened.splice(0)) {
    server.close()
    if ('closeAllConnections' in server) (server as ReturnType<typeof createHttp>).closeAllConnections()
  }
})
afterAll(() => outbound.close())

/** The port of a server that answers so. */
async function serving(listener: RequestListener, options: ServerOptions = {}): Promise<number> {
  return listening(createServer({ ...certificates.server, ...options }, listener))
}

async function listening(server: Server): Promise<number> {
  opened.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const post = (port: number, more: Partial<OutboundRequest> = {}) =>
  outbound.send({
    method: 'POST',
    url: `https://127.0.0.1:${port}/hook?timeout=5s`,
    ca: certificates.ca,
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode('{"a":1}'),
    timeoutMs: 5000,
    maxBytes: 1000,
    ...more,
  })

const echo: RequestListener = (request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    response.setHeader('x-seen', `${request.method} ${request.url} ${request.headers.host}`)
    response.writeHead(201).end(body)
  })
}

test('a request and its answer go over as they are, and over one connection', async () => {
  const sockets = new Set<Socket>()
  const port = await serving((request, response) => {
    sockets.add(request.socket)
    echo(request, response)
  })
  for (let i = 0; i < 3; i++) {
    const answer = await post(port)
    expect(answer).toMatchObject({ status: 201, headers: { 'x-seen': `POST /hook?timeout=5s 127.0.0.1:${port}` } })
    expect(new TextDecoder().decode(answer.body)).toBe('{"a":1}')
  }
  expect(sockets.size).toBe(1)
})

test('a connection that the other side has closed meanwhile is replaced', async () => {
  const port = await serving((request, response) => {
    request.resume()
    request.on('end', () => response.end('ok', () => setImmediate(() => request.socket.destroy())))
  })
  for (let i = 0; i < 5; i++) expect((await post(port)).status).toBe(200)
})

test('a Service is reached at an address, under its own name', async () => {
  const port = await serving(echo)
  const url = 'https://hook.default.svc:443/x'
  const connectTo = { host: '127.0.0.1', port }
  await expect(post(port, { url, connectTo })).rejects.toThrow(
    /^Post "https:\/\/hook.default.svc:443\/x": tls: failed to verify certificate: x509: .*hook.default.svc/,
  )
  const named = await post(port, { url, connectTo, serverName: 'localhost' })
  expect(named.headers['x-seen']).toBe('POST /x hook.default.svc')
})

test('the server shows its own certificate, and knows the authority it is given only', async () => {
  const client = await certificates.client('front-proxy-client')
  const port = await serving(
    (request, response) => response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN),
    { requestCert: true, rejectUnauthorized: true, ca: certificates.ca },
  )
  expect(new TextDecoder().decode((await post(port, { client })).body)).toBe('front-proxy-client')
  const { ca } = await testCertificates()
  await expect(post(port, { client, ca })).rejects.toThrow('x509: certificate signed by unknown authority')
})

test('a side that hangs, or writes too much, or goes away, costs no more than its limit', async () => {
  const hanging = await serving((_, response) => response.write('{'))
  await expect(post(hanging, { timeoutMs: 50 })).rejects.toThrow(
    `Post "https://127.0.0.1:${hanging}/hook?timeout=5s": context deadline exceeded`,
  )
  const abort = new AbortController()
  const aborted = post(hanging, { signal: abort.signal })
  abort.abort()
  await expect(aborted).rejects.toThrow(': context canceled')
  const long = await serving((_, response) => response.end('x'.repeat(1001)))
  await expect(post(long)).rejects.toThrow('the answer is longer than 1000 bytes')
  const cut = await serving((_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('x')
    setImmediate(() => response.destroy())
  })
  await expect(post(cut)).rejects.toThrow(/EOF|aborted/)
  const silent = await serving((request) => request.socket.destroy())
  await expect(post(silent)).rejects.toThrow(': EOF')
})

test('nobody listens', async () => {
  const server = createHttp()
  const port = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  await expect(post(port)).rejects.toThrow(`dial tcp 127.0.0.1:${port}: connect: connection refused`)
})
