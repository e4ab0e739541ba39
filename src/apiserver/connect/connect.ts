import { badRequest, messageOf, serviceUnavailable } from '../../api/errors.ts'
import type { Request } from '../registry/core.ts'
import type { NodeAnswer, NodeConnector } from './connector.ts'
import { proxied } from './proxy.ts'
import { proxyTarget } from './proxy-target.ts'
import { podTarget } from './target.ts'

/** A client's request for a subresource that a node serves. */
export interface ConnectRequest {
  method: string
  /** Path and query. */
  url: string
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The whole body. Rejects with ApiError 413 if it is longer than `limit` bytes. */
  body(limit: number): Promise<Uint8Array>
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}

/** Requests a subresource from the pod's node, or from the pod. @throws ApiError 400, 404, 413, 503 */
export async function connectToNode(
  request: Request,
  asked: ConnectRequest,
  rest: string,
  nodes: NodeConnector | undefined,
): Promise<NodeAnswer> {
  const { subresource } = request.call
  if (subresource !== 'log' && subresource !== 'proxy')
    throw badRequest(`${subresource} needs an upgrade of the connection`)
  const mark = asked.url.indexOf('?')
  const path = mark < 0 ? asked.url : asked.url.slice(0, mark)
  const search = mark < 0 ? '' : asked.url.slice(mark)
  if (subresource === 'proxy' && rest === '' && /^(GET|HEAD)$/.test(asked.method))
    return redirectTo(`${path}/${search}`)
  if (!nodes) throw serviceUnavailable('this server has no way to reach nodes')
  if (subresource === 'log') return logs(request, asked, new URLSearchParams(search), nodes)
  return proxied(await proxyTarget(request), `${rest || '/'}${search}`, asked, nodes)
}

/** Relative links of a page work only if its address ends in a slash. */
const redirectTo = (location: string): NodeAnswer => ({ status: 301, headers: { location }, body: nothing() })

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function logs(
  request: Request,
  { signal }: ConnectRequest,
  query: URLSearchParams,
  nodes: NodeConnector,
): Promise<NodeAnswer> {
  const { node, path } = await podTarget(request, query)
  query.delete('container')
  const search = query.size > 0 ? `?${query}` : ''
  const answer = await nodes
    .request(node, { method: 'GET', path: path + search, headers: {}, signal })
    .catch((error: unknown) => {
      throw serviceUnavailable(`error trying to reach service: ${messageOf(error)}`)
    })
  return { ...answer, headers: { 'content-type': answer.headers['content-type'] ?? 'text/plain' } }
}
