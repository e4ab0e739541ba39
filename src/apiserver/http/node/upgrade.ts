import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Call } from '../../../api/call.ts'
import { ApiError, badRequest, internalError, serviceUnavailable } from '../../../api/errors.ts'
import type { AuditTrail } from '../../audit/trail.ts'
import { withoutToken } from '../../authn/chain.ts'
import { forwardedHeaders } from '../../connect/proxy.ts'
import { proxyTarget } from '../../connect/proxy-target.ts'
import { podTarget } from '../../connect/target.ts'
import { attemptedBy, beginAudit, isUnauthenticated } from '../audited.ts'
import type { HttpRequest } from '../exchange.ts'
import { parseResourcePath } from '../parse-path.ts'
import type { ApiServer } from '../serve.ts'
import type { NodeAggregatedConnector } from './aggregated-connector.ts'
import type { KubeletConnector } from './kubelet-connector.ts'
import type { UpgradeHandler } from './listen.ts'
import { webSocketAnswer } from './web-socket-answer.ts'

/** Headers of the client's connection alone, or that the kubelet must not see. */
const notForwarded = new Set(['host', 'authorization', 'origin', 'cookie', 'content-length'])

const handedOn = new Set(['exec', 'attach', 'portforward', 'proxy'])

/**
 * Takes over the connections of exec, attach, port-forward and proxies: finds the pod's node, or the pod, sends it the same
 * upgrade request, and then copies bytes both ways, of any protocol (SPDY/3.1, WebSocket). Watches and logs
 * may be had over a WebSocket too; these end here.
 */
export function upgradeToKubelet(
  server: ApiServer,
  connector: KubeletConnector,
  aggregated?: NodeAggregatedConnector,
): UpgradeHandler {
  return (request, socket, head, certificate) => {
    const http: HttpRequest = {
      method: request.method ?? 'GET',
      url: request.url ?? '/',
      header(name) {
        const value = request.headers[name]
        return Array.isArray(value) ? value.join(', ') : value
      },
      values: (name) => request.headersDistinct[name] ?? [],
      headers: request.headers,
      body: async () => new Uint8Array(0),
      ...(certificate && { certificate }),
      remoteAddress: request.socket.remoteAddress,
      signal: closeSignal(socket),
    }
    const [path = '', search = ''] = http.url.split('?', 2)
    const target = parseResourcePath(path)
    if (server.aggregates(path)) {
      handOn(server, aggregated, request, http, socket, head).catch((error: unknown) =>
        refuse(socket, error instanceof ApiError ? error : internalError(error)),
      )
      return
    }
    if (target && !handedOn.has(target.subresource ?? '') && /^websocket$/i.test(request.headers.upgrade ?? ''))
      return server.handle(http, webSocketAnswer(request, socket, head))
    const query = new URLSearchParams(search)
    const trail = server.audit && beginAudit(server.audit, http, path, query)
    if (trail) socket.once('close', () => trail.ended())
    forward(server, connector, request, http, socket, head, query, trail).catch((error: unknown) => {
      const known = error instanceof ApiError ? error : internalError(error)
      if (isUnauthenticated(error)) trail?.unauthenticated(attemptedBy(http))
      trail?.panicked(error)
      trail?.responseObject(() => known.status)
      trail?.started(known.code)
      refuse(socket, known)
    })
  }
}

function closeSignal(socket: Duplex): AbortSignal {
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  return gone.signal
}

async function forward(
  server: ApiServer,
  connector: KubeletConnector,
  request: IncomingMessage,
  http: HttpRequest,
  socket: Duplex,
  head: Buffer,
  query: URLSearchParams,
  trail: AuditTrail | undefined,
): Promise<void> {
  const path = http.url.split('?', 1)[0] ?? ''
  const target = parseResourcePath(path)
  if (!target?.subresource) throw badRequest('this URL has nothing to upgrade to')
  const user = await server.userOf(http, trail)
  const { group, version, resource, namespace, name, subresource } = target
  const verb = http.method === 'POST' ? 'create' : 'get'
  const call: Call = { verb, user, group, version, resource, subresource, options: {} }
  if (trail) call.annotate = trail.annotate
  if (namespace !== undefined) call.namespace = namespace
  if (name !== undefined) call.name = name
  const prepared = await server.prepareConnect(call, query, target.rest ?? '')
  if (target.subresource === 'proxy') {
    const to = await proxyTarget(prepared)
    const opening = 'node' in to ? connector.open(to.node) : connector.openPod(to.pod)
    const backend = await opening.catch(unreachable)
    const headers = { ...forwardedHeaders(http), connection: 'Upgrade', upgrade: http.headers.upgrade }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${[value ?? ''].flat().join(', ')}`)
    const search = http.url.slice(path.length)
    backend.write(`${http.method} ${target.rest ?? '/'}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    if (head.length > 0) backend.write(head)
    trail?.started(101)
    return pipeBoth(socket, backend)
  }
  const { node, path: kubeletPath } = await podTarget(prepared, query)
  const kubelet = await connector.open(node).catch(unreachable)
  const container = kubeletPath.split('/').length > 4
  if (container) query.delete('container')
  kubelet.write(requestHead(request, `${kubeletPath}${kubeletQuery(query)}`, `${node.host}:${node.port}`))
  if (head.length > 0) kubelet.write(head)
  trail?.started(101)
  pipeBoth(socket, kubelet)
}

/** Hands a connection on to the API server that serves its URL. */
async function handOn(
  server: ApiServer,
  connector: NodeAggregatedConnector | undefined,
  request: IncomingMessage,
  http: HttpRequest,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const way = await server.aggregatedWay(http, await server.userOf(http))
  if (!way || !connector) throw serviceUnavailable('service unavailable')
  const backend = await connector.open(way.target).catch(unreachable)
  const headers = { ...way.headers, connection: 'Upgrade', upgrade: request.headers.upgrade ?? '' }
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
  backend.write(`${http.method} ${http.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) backend.write(head)
  pipeBoth(socket, backend)
}

function unreachable(error: Error): never {
  throw serviceUnavailable(`error dialing backend: ${error.message}`)
}

/** kubectl sends `stdin`, `stdout`, `stderr`; the kubelet's own API calls them `input`, `output`, `error`. */
const kubeletNames: Record<string, string> = { stdin: 'input', stdout: 'output', stderr: 'error' }

function kubeletQuery(query: URLSearchParams): string {
  const renamed = new URLSearchParams()
  for (const [name, value] of query) {
    const kubeletName = kubeletNames[name]
    if (!kubeletName && name !== 'tty') renamed.append(name, value)
    else if (/^(true|1)$/i.test(value)) renamed.append(kubeletName ?? name, '1')
  }
  return renamed.size > 0 ? `?${renamed}` : ''
}

function requestHead({ method, rawHeaders }: IncomingMessage, path: string, host: string): string {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`]
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const lower = name.toLowerCase()
    const value = rawHeaders[i + 1] ?? ''
    if (notForwarded.has(lower) || lower.startsWith('impersonate-')) continue
    const shown = lower === 'sec-websocket-protocol' ? withoutToken(value) : value
    if (shown !== '' || value === '') lines.push(`${name}: ${shown}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

function pipeBoth(a: Duplex, b: Duplex): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}

/** Answers a Status, and ends the connection. */
export function refuse(socket: Duplex, { status, reason }: ApiError): void {
  const body = JSON.stringify(status)
  socket.end(
    `HTTP/1.1 ${status.code} ${reason}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
