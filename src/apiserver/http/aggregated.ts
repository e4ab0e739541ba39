import type { AccessAttributes } from '../../api/access.ts'
import type { UserInfo } from '../../api/call.ts'
import { messageOf, serviceUnavailable } from '../../api/errors.ts'
import type { Aggregation } from '../aggregation/aggregation.ts'
import type { AggregatedTarget } from '../aggregation/connector.ts'
import { isIdentityHeader } from '../aggregation/identity-headers.ts'
import type { RemoteApi } from '../aggregation/remote-api.ts'
import { accessRefused } from '../authz/authorizer.ts'
import { forwardedHeaders } from '../connect/proxy.ts'
import type { HttpRequest } from './exchange.ts'
import { streamThrough } from './node-answer.ts'
import { isTrue } from './parse-options.ts'
import { parseResourcePath } from './parse-path.ts'
import type { Exchange } from './send.ts'
import type { HttpOptions } from './serve.ts'
import { throughGate } from './through-gate.ts'

/** More than an object may have: an aggregated server has limits of its own. Bytes. */
const maxBodyBytes = 64 * 1024 * 1024

/** Where a request for a remote API goes, once its user is allowed to make it. @throws ApiError 403, 503 */
export async function aggregatedWay(
  api: RemoteApi,
  user: UserInfo,
  request: HttpRequest,
  path: string,
  query: URLSearchParams,
  { aggregation, authorize }: { aggregation: Aggregation; authorize: HttpOptions['authorize'] },
): Promise<{ target: AggregatedTarget; headers: Record<string, string | string[]> }> {
  const attributes = attributesOf(user, request.method, path, query)
  const decision = await authorize.authorize(attributes)
  if (!decision.allowed) throw accessRefused(attributes, decision)
  const { target, headers } = aggregation.way(api, user)
  const own = Object.entries(forwardedHeaders(request)).filter(([name]) => !isIdentityHeader(name))
  return { target, headers: { ...Object.fromEntries(own), host: target.serverName, ...headers } }
}

/** Sends a request to the API server that serves it, and streams its answer back. Returns the status. */
export function aggregated(
  exchange: Exchange,
  api: RemoteApi,
  aggregation: Aggregation,
  options: Pick<HttpOptions, 'authorize' | 'clock' | 'gate'>,
): Promise<number> {
  const { request, user, path, query } = exchange
  const attributes = attributesOf(user, request.method, path, query)
  return throughGate(options.gate, exchange, attributes, async () => {
    const { target, headers } = await aggregatedWay(api, user, request, path, query, { ...options, aggregation })
    const sends = request.method !== 'GET' && request.method !== 'HEAD'
    const body = sends ? await request.body(maxBodyBytes) : undefined
    if (body) headers['content-length'] = `${body.length}`
    const { method, url, signal } = request
    const answering = aggregation.connector?.request(target, {
      method,
      path: url,
      headers,
      signal,
      ...(body && { body }),
    })
    const answer = await answering?.catch((error: unknown) => {
      throw serviceUnavailable(`error trying to reach service: ${messageOf(error)}`)
    })
    if (!answer) throw serviceUnavailable('service unavailable')
    const plain = Object.entries(answer.headers).filter(([name]) => !ofConnection.has(name))
    return streamThrough({ ...answer, headers: Object.fromEntries(plain) }, exchange.response, options.clock)
  })
}

const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'trailer'])

const verbs: Record<string, [one: string, all: string]> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
}

function attributesOf(user: UserInfo, method: string, path: string, query: URLSearchParams): AccessAttributes {
  const target = parseResourcePath(path)
  if (!target) return { user, verb: method.toLowerCase(), path }
  const { rest: _, watch, ...names } = target
  const [one, all] = verbs[method] ?? [method.toLowerCase(), method.toLowerCase()]
  const watches = method === 'GET' && !target.subresource && (watch || isTrue(query.get('watch') ?? 'false'))
  return { user, verb: watches ? 'watch' : target.name === undefined ? all : one, ...names }
}
