import type { Call, UserInfo } from '../../api/call.ts'
import { ApiError, internalError, methodNotAllowed, tooManyRequests, unauthorized } from '../../api/errors.ts'
import { anonymous } from '../authn/authenticator.ts'
import { accessForbidden } from '../authz/authorizer.ts'
import type { Answer } from '../registry/answer.ts'
import type { ServerCore } from '../server.ts'
import { userOf } from './authenticate.ts'
import { documents } from './documents.ts'
import { encodeAnswer } from './encode.ts'
import { ConnectionBroken, type HttpRequest, type HttpResponse } from './exchange.ts'
import { Metrics } from './metrics.ts'
import { type Format, negotiate } from './negotiate.ts'
import { streamThrough } from './node-answer.ts'
import { isTrue, parseInteger, parseOptions } from './parse-options.ts'
import { parseResourcePath, type ResourcePath } from './parse-path.ts'
import { readBody, readPatch } from './read-body.ts'
import type { HttpOptions } from './serve.ts'
import type { View } from './view.ts'
import { watchResponse } from './watch-response.ts'

/** What one request has gathered on its way. */
interface Exchange {
  request: HttpRequest
  response: HttpResponse
  path: string
  query: URLSearchParams
  user: UserInfo
  warnings: string[]
}

const noQuery = new URLSearchParams()

/** The HTTP side of the server: authenticates, reads the request as a call, runs it, and writes the answer. */
export function httpHandler(
  server: ServerCore,
  options: HttpOptions,
): (request: HttpRequest, response: HttpResponse) => void {
  const { resources } = server
  const maxInFlight = options.maxInFlight ?? 3000
  const metrics = new Metrics()
  const document = documents(server, options, metrics)

  return (request, response) => {
    const [path = '/', search] = splitUrl(request.url)
    const exchange: Exchange = {
      request,
      response,
      path,
      query: search === undefined ? noQuery : new URLSearchParams(search),
      user: anonymous,
      warnings: [],
    }
    metrics.inFlight++
    const begin = options.clock.now()
    answer(exchange)
      .catch((error: unknown) => fail(exchange, error))
      .then((code) => {
        metrics.inFlight--
        metrics.count(request.method, path, code, options.clock.now() - begin)
      })
      .catch((error: unknown) => options.log.error('answering failed', { path, error: String(error) }))
  }

  /** Answers, and says with which status. */
  async function answer(exchange: Exchange): Promise<number> {
    const { request, path } = exchange
    if (metrics.inFlight > maxInFlight) throw tooManyRequests('too many requests, please try again later', 1)
    exchange.user = await userOf(request, options)
    const target = parseResourcePath(path)
    if (target) return resource(exchange, target)
    const attributes = { user: exchange.user, verb: request.method.toLowerCase(), path }
    const { allowed, reason } = await options.authorize.authorize(attributes)
    if (!allowed) throw exchange.user === anonymous ? unauthorized() : accessForbidden(attributes, reason)
    return document(exchange)
  }

  async function resource(exchange: Exchange, target: ResourcePath): Promise<number> {
    const { request, user } = exchange
    if (user === anonymous) throw unauthorized()
    const verb = verbOf(exchange, target)
    const definition = resources.find(target.group, target.version, target.resource)?.definition
    const connects = target.subresource !== undefined && definition?.connects?.includes(target.subresource)
    // The query of these is another's: what a pod's log is to show, what a proxied page is asked.
    const callOptions = connects || exchange.query === noQuery ? {} : parseOptions(exchange.query, verb)
    const call: Call = {
      verb,
      user,
      group: target.group,
      version: target.version,
      resource: target.resource,
      options: callOptions,
      warn: (text) => exchange.warnings.push(text),
    }
    if (target.namespace !== undefined) call.namespace = target.namespace
    if (target.name !== undefined) call.name = target.name
    if (target.subresource !== undefined) call.subresource = target.subresource

    if (connects)
      return streamThrough(await server.connect(call, request, target.rest ?? ''), exchange.response, options.clock)
    const view = viewOf(exchange, definition?.answer === undefined)
    if (verb === 'watch') return startWatch(exchange, call, view)
    if (verb === 'get' || verb === 'list') return send(exchange, await server.run(call), view)
    const body = verb === 'patch' ? await readPatch(request) : await readBody(request)
    const { value, source, ...patchType } = body ?? {
      value: verb.startsWith('delete') ? queryDelete(exchange) : undefined,
    }
    return send(exchange, await server.run({ ...call, ...patchType, body: value }, source), view)
  }

  function viewOf({ request, query }: Exchange, transforms: boolean): View {
    const format = negotiate(request.header('accept'), transforms)
    return { format, includeObject: query.get('includeObject') ?? 'Metadata', now: options.clock.now() }
  }

  function startWatch(exchange: Exchange, call: Call, view: View): Promise<number> {
    const { response } = exchange
    metrics.watches++
    return new Promise((resolve) => {
      const stop = server.startWatch(call, {
        begin(served) {
          const stream = response.stream(200, { ...baseHeaders, 'content-type': view.format.contentType })
          stream.onClose(() => {
            metrics.watches--
            stop()
          })
          resolve(200)
          const watch = watchResponse(served, view, stream, () => stop())
          return {
            ...watch,
            end: (error) => (error instanceof ConnectionBroken ? response.abort() : watch.end(error)),
          }
        },
        refuse(error) {
          metrics.watches--
          resolve(fail(exchange, error))
        },
      })
    })
  }
}

function splitUrl(url: string): [string, string?] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url] : [url.slice(0, mark), url.slice(mark + 1)]
}

const verbs: Record<string, { one: Call['verb']; all: Call['verb'] }> = {
  GET: { one: 'get', all: 'list' },
  HEAD: { one: 'get', all: 'list' },
  POST: { one: 'create', all: 'create' },
  PUT: { one: 'update', all: 'update' },
  PATCH: { one: 'patch', all: 'patch' },
  DELETE: { one: 'delete', all: 'deletecollection' },
}

function verbOf({ request, query }: Exchange, target: ResourcePath): Call['verb'] {
  const { method } = request
  const { group, resource, name, subresource } = target
  const verb = verbs[method]
  const fits = name === undefined ? method !== 'PUT' && method !== 'PATCH' : method !== 'POST' || subresource
  if (!verb || !fits) throw methodNotAllowed({ group, resource }, method.toLowerCase())
  const watches = target.watch || isTrue(query.get('watch') ?? 'false')
  if (method === 'GET' && watches && !subresource) return 'watch'
  return name === undefined ? verb.all : verb.one
}

/** DeleteOptions may stand in the query when there is no body. */
function queryDelete({ query }: Exchange): unknown {
  const grace = query.get('gracePeriodSeconds')
  const propagationPolicy = query.get('propagationPolicy')
  const orphan = query.get('orphanDependents')
  return {
    ...(grace && { gracePeriodSeconds: parseInteger(grace) }),
    ...(propagationPolicy !== null && { propagationPolicy }),
    ...(orphan !== null && { orphanDependents: isTrue(orphan) }),
  }
}

const baseHeaders = { 'cache-control': 'no-cache, private' }

function send(exchange: Exchange, answer: Answer, view: View): number {
  const status = (answer.kind !== 'list' && answer.code) || 200
  const headers: Record<string, string | string[]> = { ...baseHeaders, 'content-type': view.format.contentType }
  if (exchange.warnings.length > 0) headers.warning = warnings(exchange.warnings)
  exchange.response.send(status, headers, encodeAnswer(answer, view))
  return status
}

/** RFC 7234 warn-code 299; control characters cannot be sent. */
const warnings = (texts: string[]): string[] =>
  [...new Set(texts)].map((text) => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`)

/** Answers a failure as a Status, and tells its code; 0: there is no answer. */
function fail(exchange: Exchange, error: unknown): number {
  if (error instanceof ConnectionBroken) {
    exchange.response.abort()
    return 0
  }
  const known = error instanceof ApiError ? error : internalError(error)
  const view = { format: formatOfFailure(exchange.request.header('accept')), includeObject: 'None', now: 0 }
  const headers: Record<string, string | string[]> = { ...baseHeaders, 'content-type': view.format.contentType }
  if (known.retryAfterSeconds) headers['retry-after'] = `${known.retryAfterSeconds}`
  if (exchange.warnings.length > 0) headers.warning = warnings(exchange.warnings)
  exchange.response.send(known.code, headers, encodeAnswer({ kind: 'object', object: known.status }, view))
  return known.code
}

/** As the client asked for; JSON where it is that which went wrong. */
function formatOfFailure(accept: string | undefined): Format {
  try {
    return negotiate(accept, false)
  } catch {
    return negotiate(undefined)
  }
}

export type { Exchange }
