import { ApiError } from '../../api/errors.ts'
import type { Audit, AuditTrail } from '../audit/trail.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import { isTrue } from './parse-options.ts'
import { parseResourcePath, type ResourcePath } from './parse-path.ts'

/** Begins the audit of a request. `url`: path and query. */
export function beginAudit(audit: Audit, request: HttpRequest, path: string, query: URLSearchParams): AuditTrail {
  const target = parseResourcePath(path)
  const verb = target ? verbOf(request.method, target, query) : request.method.toLowerCase()
  return audit.begin({
    verb,
    path,
    url: request.url,
    header: (name) => request.header(name),
    ...(request.remoteAddress !== undefined && { remoteAddress: request.remoteAddress }),
    ...(target && { object: target }),
    longRunning: verb === 'watch' || verb === 'proxy' || streaming.has(target?.subresource ?? ''),
  })
}

const streaming = new Set(['attach', 'exec', 'proxy', 'log', 'portforward'])

const verbs: Record<string, [one: string, all: string]> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', 'update'],
  PATCH: ['patch', 'patch'],
  DELETE: ['delete', 'deletecollection'],
}

/** The verb of a request, even of one that the server refuses. */
function verbOf(method: string, { name, watch, subresource }: ResourcePath, query: URLSearchParams): string {
  const watches = watch || isTrue(query.get('watch') ?? 'false')
  if (watches && (method === 'GET' || method === 'HEAD') && !subresource) return 'watch'
  const [one = method.toLowerCase(), all = one] = verbs[method] ?? []
  return name === undefined ? all : one
}

/** The response with the id of its audit, whose stages follow what is sent. */
export function auditedResponse(response: HttpResponse, trail: AuditTrail): HttpResponse {
  const id = { 'audit-id': trail.id }
  return {
    send(status, headers, body) {
      trail.started(status)
      response.send(status, { ...headers, ...id }, body)
      trail.ended()
    },
    stream(status, headers) {
      trail.started(status)
      const stream = response.stream(status, { ...headers, ...id })
      stream.onClose(() => trail.ended())
      return stream
    },
    abort() {
      response.abort()
      trail.ended()
    },
  }
}

/** By which means somebody tried to authenticate, as upstream names them. */
export function attemptedBy(request: HttpRequest): string {
  const method = (request.header('authorization') ?? '').split(' ')[0]?.toLowerCase()
  const means = [
    ...(method === 'basic' || method === 'bearer' ? [method] : []),
    ...(request.certificate ? ['x509'] : []),
  ]
  return means.join(', ')
}

/** Whether the request failed because nobody is known by its credentials. */
export const isUnauthenticated = (error: unknown): boolean => error instanceof ApiError && error.code === 401
