import { badRequest, serviceUnavailable } from '../../api/errors.ts'
import type { HttpRequest, HttpResponse } from '../http/exchange.ts'
import type { Request } from '../registry/core.ts'
import type { NodeAnswer, NodeConnector } from './connector.ts'
import { proxied } from './proxy.ts'
import { proxyTarget } from './proxy-target.ts'
import { podTarget } from './target.ts'

export interface ConnectExchange {
  request: HttpRequest
  response: HttpResponse
  /** Without the query. */
  path: string
  query: URLSearchParams
}

/** A client that reads slower than the node sends is waited for when so much has piled up. */
const backlogBytes = 1024 * 1024

/** Answers a subresource that the pod's node serves, or what runs in it: streams the answer through. Tells the status. */
export async function connectToNode(
  request: Request,
  exchange: ConnectExchange,
  rest: string,
  nodes: NodeConnector | undefined,
): Promise<number> {
  const { subresource } = request.call
  if (subresource !== 'log' && subresource !== 'proxy')
    throw badRequest(`${subresource} needs an upgrade of the connection`)
  if (subresource === 'proxy' && rest === '' && /^(GET|HEAD)$/.test(exchange.request.method))
    return redirectToRoot(exchange)
  if (!nodes) throw serviceUnavailable('this server has no way to reach nodes')
  const answer = await (subresource === 'log' ? logs(request, exchange, nodes) : proxy(request, exchange, rest, nodes))
  await stream(answer, exchange.response, request.core.clock.after)
  return answer.status
}

/** Relative links of a page lead right only where its address ends in a slash. */
function redirectToRoot({ request, response, path }: ConnectExchange): number {
  const search = request.url.indexOf('?')
  response.send(301, { location: `${path}/${search < 0 ? '' : request.url.slice(search)}` }, '')
  return 301
}

async function logs(
  request: Request,
  { request: { signal }, query }: ConnectExchange,
  nodes: NodeConnector,
): Promise<NodeAnswer> {
  const { node, path } = await podTarget(request, query)
  const forwarded = new URLSearchParams(query)
  forwarded.delete('container')
  const search = forwarded.size > 0 ? `?${forwarded}` : ''
  const answer = await nodes
    .request(node, { method: 'GET', path: path + search, headers: {}, signal })
    .catch((error: unknown) => {
      throw serviceUnavailable(`error trying to reach service: ${error instanceof Error ? error.message : error}`)
    })
  return { ...answer, headers: { 'content-type': answer.headers['content-type'] ?? 'text/plain' } }
}

async function proxy(
  request: Request,
  { request: http }: ConnectExchange,
  rest: string,
  nodes: NodeConnector,
): Promise<NodeAnswer> {
  const search = http.url.indexOf('?')
  return proxied(await proxyTarget(request), `${rest || '/'}${search < 0 ? '' : http.url.slice(search)}`, http, nodes)
}

async function stream(
  { status, headers, body }: NodeAnswer,
  response: HttpResponse,
  after: (ms: number, callback: () => void) => void,
): Promise<void> {
  const out = response.stream(status, { 'cache-control': 'no-cache, private', ...headers })
  let closed = false
  out.onClose(() => {
    closed = true
  })
  try {
    for await (const chunk of body) {
      if (closed) return
      out.write(chunk)
      while (!closed && out.backlog > backlogBytes) await new Promise<void>((resolve) => after(20, resolve))
    }
    out.end()
  } catch {
    if (!closed) out.abort()
  }
}
