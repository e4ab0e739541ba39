import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { ApiError, forbidden, internalError, unauthorized } from '../../api/errors.ts'
import type { ServerOptions } from '../options.ts'
import type { Node } from '../pods/node-services.ts'
import type { KubePod } from '../pods/pod.ts'
import { authorize } from './authorize.ts'
import { serveLogs } from './container-logs.ts'
import { serveMetrics, serveResourceMetrics, serveSummary } from './metrics.ts'
import { serveStream } from './streams.ts'

/** What the server serves from. */
export interface Served {
  node: Node
  pods(): KubePod[]
}

export interface KubeletServer {
  port: number
  close(): Promise<void>
}

type Handler = (served: Served, url: URL, response: ServerResponse, request: IncomingMessage) => Promise<void> | void

const routes: Record<string, Handler> = {
  pods: (served, _, response) =>
    sendJson(response, 200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: served.pods() }),
  containerLogs: serveLogs,
  metrics: (served, url, response, request) =>
    url.pathname === '/metrics/resource'
      ? serveResourceMetrics(served, url, response, request)
      : serveMetrics(served, url, response, request),
  stats: serveSummary,
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
      .then((url) => serveStream(served, url, request, socket, head))
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
  const url = await checked(served, request)
  const handler = routes[url.pathname.split('/')[1] ?? '']
  if (handler) await handler(served, url, response, request)
  else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n')
}

/** The URL of a request that may be served. @throws ApiError 401, 403 */
async function checked({ node }: Served, request: IncomingMessage): Promise<URL> {
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
  return new URL(request.url ?? '/', 'https://kubelet')
}

export function sendJson(response: ServerResponse, code: number, value: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

const asApiError = (error: unknown): ApiError => (error instanceof ApiError ? error : internalError(error))

function sendError(response: ServerResponse, error: unknown): void {
  const failure = asApiError(error)
  sendJson(response, failure.code, failure.status)
}

function refuse(socket: Duplex, error: unknown): void {
  const failure = asApiError(error)
  const body = JSON.stringify(failure.status)
  const head = `HTTP/1.1 ${failure.code} ${failure.reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`
  socket.end(head + body)
}
