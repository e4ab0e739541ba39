import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { TestCertificates } from './certificates.ts'

export interface AggregatedServer {
  port: number
  /** What it has got: method, URL, headers, and the name in the client's certificate. */
  requests: { method: string; url: string; headers: Record<string, unknown>; client: string; body: string }[]
  /** Its answers to discovery: 200 unless this says otherwise. */
  status: number
  close(): Promise<void>
}

const list = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'wardle.example.com/v1',
  resources: [
    {
      name: 'flunders',
      singularName: 'flunder',
      namespaced: true,
      kind: 'Flunder',
      verbs: ['get', 'list', 'watch', 'create'],
    },
    { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get', 'update'] },
  ],
}

/** A small API server for the group wardle.example.com, behind TLS, that trusts a front proxy. */
export async function aggregatedServer(certificates: TestCertificates): Promise<AggregatedServer> {
  const requests: AggregatedServer['requests'] = []
  const result = { requests, status: 200 }
  const server: Server = createServer(
    { ...certificates.server, requestCert: true, rejectUnauthorized: false, ca: certificates.ca },
    async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? ''
      const { method = '', url = '', headers } = request
      requests.push({ method, url, headers, client: String(client), body })
      const json = (value: unknown, status = result.status) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
      }
      const { pathname, searchParams } = new URL(url, 'https://x')
      if (pathname === '/apis/wardle.example.com/v1') return json(list)
      if (pathname === '/openapi/v3')
        return json({
          paths: {
            'apis/wardle.example.com/v1': { serverRelativeURL: '/openapi/v3/apis/wardle.example.com/v1?hash=1' },
          },
        })
      if (pathname === '/openapi/v3/apis/wardle.example.com/v1')
        return json({ openapi: '3.0.0', info: { title: 'wardle' } })
      if (pathname === '/openapi/v2')
        return json({
          swagger: '2.0',
          paths: {
            '/apis/wardle.example.com/v1/flunders': { get: { schema: { $ref: '#/definitions/wardle.Flunder' } } },
            '/other': {},
          },
          definitions: { 'wardle.Flunder': { type: 'object' }, unused: {} },
        })
      if (searchParams.get('watch') === 'true') {
        response.writeHead(200, { 'content-type': 'application/json' })
        for (const name of ['a', 'b'])
          response.write(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })}\n`)
        return undefined
      }
      if (pathname.endsWith('/flunders'))
        return json({ kind: 'FlunderList', items: [], echo: body }, method === 'POST' ? 201 : 200)
      return json({ kind: 'Status', code: 404 }, 404)
    },
  )
  server.on('upgrade', (request, socket) => {
    requests.push({ method: 'UPGRADE', url: request.url ?? '', headers: request.headers, client: '', body: '' })
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(result, {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
