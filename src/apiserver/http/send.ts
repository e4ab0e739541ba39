import type { UserInfo } from '../../api/call.ts'
import { ApiError, internalError } from '../../api/errors.ts'
import type { AuditTrail } from '../audit/trail.ts'
import type { Answer } from '../registry/answer.ts'
import type { CborCodec } from './cbor-codec.ts'
import { encodeAnswer, objectShown } from './encode.ts'
import { ConnectionBroken, type HttpRequest, type HttpResponse } from './exchange.ts'
import { type Format, negotiate } from './negotiate.ts'
import type { RequestForm } from './request-metrics.ts'
import type { View } from './view.ts'

/** What one request has gathered on its way. */
export interface Exchange {
  request: HttpRequest
  response: HttpResponse
  path: string
  query: URLSearchParams
  user: UserInfo
  warnings: string[]
  /** Present when requests are audited. */
  audit?: AuditTrail
  /** Set where CBOR is served. */
  cbor?: CborCodec
  /** What it is counted as. Set for requests for resources. */
  form?: RequestForm
}

export const baseHeaders = { 'cache-control': 'no-cache, private' }

/** Sends an answer, and returns its status. */
export function send(exchange: Exchange, answer: Answer, view: View): number {
  const status = (answer.kind !== 'list' && answer.code) || 200
  const headers: Record<string, string | string[]> = { ...baseHeaders, 'content-type': view.format.contentType }
  if (exchange.warnings.length > 0) headers.warning = warnings(exchange.warnings)
  exchange.audit?.responseObject(() => objectShown(answer, view))
  const bytes = encodeAnswer(answer, view)
  exchange.form?.size?.observe(bytes.length)
  exchange.response.send(status, headers, bytes)
  return status
}

/** RFC 7234 warn-code 299; control characters cannot be sent. */
const warnings = (texts: string[]): string[] =>
  [...new Set(texts)].map((text) => `299 - ${JSON.stringify(text.replace(/[^\x20-\x7e]/g, '?'))}`)

/** Answers a failure as a Status, and returns its code; 0: there is no answer. */
export function fail(exchange: Exchange, error: unknown): number {
  if (error instanceof ConnectionBroken) {
    exchange.response.abort()
    return 0
  }
  exchange.audit?.panicked(error)
  const known = error instanceof ApiError ? error : internalError(error)
  exchange.audit?.responseObject(() => known.status)
  const { cbor } = exchange
  const format = formatOfFailure(exchange.request.header('accept'), cbor !== undefined)
  const view = { format, includeObject: 'None', now: 0, ...(cbor && { cbor }) }
  const headers: Record<string, string | string[]> = { ...baseHeaders, 'content-type': view.format.contentType }
  if (known.retryAfterSeconds) headers['retry-after'] = `${known.retryAfterSeconds}`
  if (exchange.warnings.length > 0) headers.warning = warnings(exchange.warnings)
  exchange.response.send(known.code, headers, encodeAnswer({ kind: 'object', object: known.status }, view))
  return known.code
}

/** The format that the client asked for; JSON when the server does not have it. */
function formatOfFailure(accept: string | undefined, hasCbor: boolean): Format {
  try {
    return negotiate(accept, false, hasCbor)
  } catch {
    return negotiate(undefined)
  }
}
