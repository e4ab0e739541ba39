import { internalError, methodNotAllowed, serviceUnavailable } from '../../api/errors.ts'
import type { HttpRequest, HttpResponse } from '../http/exchange.ts'
import type { Request } from '../registry/core.ts'
import type { NodeAnswer, NodeConnector } from './connector.ts'
import { podTarget } from './target.ts'

export interface ConnectExchange {
  request: HttpRequest
  response: HttpResponse
  query: URLSearchParams
}

/** A client that reads slower than the node sends is waited for when so much has piled up. */
const backlogBytes = 1024 * 1024

/** Answers a subresource that the pod's node serves: streams the node's answer through. Tells the status. */
export async function connectToNode(
  request: Request,
  { request: http, response, query }: ConnectExchange,
  _rest: string,
  nodes: NodeConnector | undefined,
): Promise<number> {
  const { call, core } = request
  if (call.subresource !== 'log')
    throw methodNotAllowed(request.served.type, `${call.subresource} without an upgrade of the connection`)
  const { node, path } = await podTarget(request, query)
  if (!nodes) throw serviceUnavailable('this server has no way to reach nodes')
  const forwarded = new URLSearchParams(query)
  forwarded.delete('container')
  const search = forwarded.size > 0 ? `?${forwarded}` : ''
  const answer = await nodes
    .request(node, { method: 'GET', path: `${path}${search}`, headers: {}, signal: http.signal })
    .catch((error: unknown) => {
      throw internalError(error)
    })
  await stream(answer, response, core.clock.after)
  return answer.status
}

async function stream(
  { status, headers, body }: NodeAnswer,
  response: HttpResponse,
  after: (ms: number, callback: () => void) => void,
): Promise<void> {
  const contentType = headers['content-type'] ?? 'text/plain'
  const out = response.stream(status, { 'content-type': contentType, 'cache-control': 'no-cache, private' })
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
