import { ApiError, badRequest, serviceUnavailable } from '../../api/errors.ts'
import type { HttpRequest, HttpResponse } from '../http/exchange.ts'
import { maxBodyBytes } from '../http/read-body.ts'
import type { Request } from '../registry/core.ts'
import type { NodeAnswer, NodeConnector } from './connector.ts'
import { nodeEndpoint, podTarget, type Target } from './target.ts'

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
  rest: string,
  nodes: NodeConnector | undefined,
): Promise<number> {
  const { call, core, served } = request
  const forwarded = new URLSearchParams(query)
  let target: Target
  if (call.subresource === 'log') {
    target = await podTarget(request, query)
    forwarded.delete('container')
  } else if (call.subresource === 'proxy' && served.type.resource === 'nodes')
    target = { node: await nodeEndpoint(request, call.name ?? ''), path: rest || '/' }
  else if (call.subresource === 'proxy')
    throw new ApiError(501, 'NotImplemented', `the proxy subresource of ${served.type.resource} is not served`)
  else throw badRequest(`${call.subresource} needs an upgrade of the connection`)
  if (!nodes) throw serviceUnavailable('this server has no way to reach nodes')
  const isLog = call.subresource === 'log'
  const body = isLog || http.method === 'GET' ? undefined : await http.body(maxBodyBytes)
  const contentType = http.header('content-type')
  const answer = await nodes
    .request(target.node, {
      method: isLog ? 'GET' : http.method,
      path: `${target.path}${forwarded.size > 0 ? `?${forwarded}` : ''}`,
      headers: contentType && body ? { 'content-type': contentType } : {},
      ...(body && { body }),
      signal: http.signal,
    })
    .catch((error: unknown) => {
      throw serviceUnavailable(`error trying to reach service: ${error instanceof Error ? error.message : error}`)
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
