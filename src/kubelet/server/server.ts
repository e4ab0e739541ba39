import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { ApiError, forbidden, internalError, unauthorized } from '../../api/errors.ts'
import type { ServerOptions } from '../settings.ts'
import { authorize } from './authorize.ts'
import { serve } from './routes.ts'
import type { Served } from './served.ts'
import { serveStream } from './streams.ts'

export interface KubeletServer {
  port: number
  close(): Promise<void>
}

/** The kubelet's own HTTPS server: logs, exec, attach and port-forward for the API server, statistics for metrics-server. */
export async function startServer(
  served: Served,
  { host, port, tls, clientCa }: ServerOptions,
): Promise<KubeletServer> {
  const sockets = new Set<Socket>()
  const server = createServer(
    { key: tls.key, cert: tls.cert, ca: clientCa, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    (request, response) => {
      handle(served, request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy()
        else sendError(response, error)
      })
    },
  )
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    checked(served, request)
      .then(() => serveStream(served, request, socket, head))
      .catch((error: unknown) => refuse(socket, error))
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  server.on('error', (error) => served.node.ctx.log.warn('kubelet server', { error: error.message }))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function handle(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/healthz' || request.url === '/livez') return void response.end('ok')
  const { method = 'GET', url: path = '/' } = request
  await checked(served, request)
  const stop = new AbortController()
  response.on('close', () => stop.abort())
  request.on('error', () => stop.abort())
  const { status, headers, body } = await serve(served, { method, path, signal: stop.signal })
  response.writeHead(status, headers)
  response.flushHeaders()
  for await (const chunk of body) {
    if (response.write(chunk)) continue
    await new Promise<void>((resolve) => {
      response.once('drain', resolve)
      stop.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
  response.end()
}

/** @throws ApiError 401, 403 for a request that may not be served */
async function checked({ node }: Served, request: IncomingMessage): Promise<void> {
  const socket = request.socket as TLSSocket
  const { subject } = socket.getPeerCertificate()
  if (!socket.authorized || !subject) throw unauthorized()
  const groups = [subject.O ?? []].flat()
  const user = [subject.CN ?? ''].flat()[0] ?? ''
  if (!(await authorize({ user, groups }, request.method ?? 'GET', node)))
    throw forbidden(
      { group: '', resource: 'nodes' },
      node.settings.nodeName,
      `user ${JSON.stringify(user)} cannot use nodes/proxy`,
    )
}

const asApiError = (error: unknown): ApiError => (error instanceof ApiError ? error : internalError(error))

function sendError(response: ServerResponse, error: unknown): void {
  const failure = asApiError(error)
  response.writeHead(failure.code, { 'content-type': 'application/json' }).end(JSON.stringify(failure.status))
}

function refuse(socket: Duplex, error: unknown): void {
  const failure = asApiError(error)
  const body = JSON.stringify(failure.status)
  const head = `HTTP/1.1 ${failure.code} ${failure.reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(head + body)
}
