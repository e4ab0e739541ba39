import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '../../api/errors.ts'
import { connections } from './connection.ts'
import { authHeaders, type Credentials } from './credentials.ts'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Includes the query. */
  path: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  signal?: AbortSignal
  /** Limit for the whole answer; default 60 s. Streams have none. */
  timeoutMs?: number
}

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface HttpStream {
  status: number
  headers: IncomingHttpHeaders
  /** The body; ends when the server ends it or it breaks (`error`). */
  stream: ClientHttp2Stream
}

/**
 * Authenticated requests to one API server over HTTP/2. Failures are `ApiError`s made of the server's Status, or network
 * errors. Retries answers 429 and 5xx with Retry-After, 10 times. Retries on a new connection requests that a departing
 * server did not begin to process, and reads that a broken connection cut off.
 */
export interface Transport {
  readonly server: string
  request(request: HttpRequest): Promise<HttpAnswer>
  /** Resolves when an answer with status 2xx has begun. */
  stream(request: HttpRequest): Promise<HttpStream>
  close(): void
}

export interface TransportOptions extends Credentials {
  /** `https://127.0.0.1:6443`; a path in it goes before all paths. */
  server: string
  userAgent?: string
  /** Gets the bearer token of each request, in the place of other credentials. */
  bearer?(): Promise<string>
}

const mostRetries = 10
const defaultTimeoutMs = 60_000

export function http2Transport({ server, userAgent = 'k8ts', bearer, ...credentials }: TransportOptions): Transport {
  const url = new URL(server)
  const prefix = url.pathname.replace(/\/$/, '')
  const pool = connections(url.origin, credentials)
  const authenticate = authHeaders(credentials)

  /** Sends it and waits for the answer's headers. */
  function begin({ method, path, headers, body, signal }: HttpRequest): Promise<HttpStream> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const all = { 'user-agent': userAgent, accept: 'application/json', ...headers, ...authenticate() }
      const stream = pool.request({ ...all, ':method': method, ':path': prefix + path }, body === undefined)
      const abort = () => stream.close(constants.NGHTTP2_CANCEL)
      signal?.addEventListener('abort', abort, { once: true })
      stream.once('close', () => {
        signal?.removeEventListener('abort', abort)
        reject(signal?.aborted ? signal.reason : new NotAnswered(`${method} ${path}: the connection broke`, stream))
      })
      stream.once('error', (error: Error) => reject(new NotAnswered(error.message, stream, error)))
      stream.once('response', (answer) => resolve({ status: Number(answer[':status']), headers: answer, stream }))
      if (body !== undefined) stream.end(body)
    })
  }

  async function attempt(request: HttpRequest, whole: boolean): Promise<HttpStream | HttpAnswer> {
    const token = await bearer?.()
    const headers = token === undefined ? request.headers : { ...request.headers, authorization: `Bearer ${token}` }
    const answer = await begin({ ...request, ...(headers && { headers }) })
    const failed = answer.status >= 400
    if (!whole && !failed) return answer
    const body = await readAll(answer.stream)
    if (failed) throw errorOf(answer.status, answer.headers, body)
    return { status: answer.status, headers: answer.headers, body }
  }

  async function retrying(request: HttpRequest, whole: boolean): Promise<HttpStream | HttpAnswer> {
    for (let tries = 0; ; tries++) {
      try {
        return await attempt(request, whole)
      } catch (error) {
        const waitMs = tries < mostRetries && !request.signal?.aborted ? retryAfterMs(error, request, tries) : undefined
        if (waitMs === undefined) throw error
        if (waitMs) await delay(waitMs, undefined, { signal: request.signal })
      }
    }
  }

  return {
    server,
    async request({ timeoutMs = defaultTimeoutMs, signal, ...request }) {
      const timer = AbortSignal.timeout(timeoutMs)
      try {
        const either = signal ? AbortSignal.any([timer, signal]) : timer
        return (await retrying({ ...request, signal: either }, true)) as HttpAnswer
      } catch (error) {
        if (!timer.aborted || signal?.aborted) throw error
        throw new Error(`${request.method} ${server}${request.path}: no answer within ${timeoutMs / 1000} s`)
      }
    },
    stream: (request) => retrying(request, false) as Promise<HttpStream>,
    close: () => pool.close(),
  }
}

/** A request that got no answer. */
class NotAnswered extends Error {
  /** The server has announced that it did not begin to process it. */
  readonly untouched: boolean
  /** The connection existed; otherwise it could not be made, and another attempt would fail, too. */
  readonly wasConnected: boolean

  constructor(message: string, stream: ClientHttp2Stream, cause?: Error) {
    super(message, { cause })
    this.name = 'NetworkError'
    this.untouched = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
    this.wasConnected = stream.sentHeaders !== undefined && stream.id !== undefined && !isConnectError(cause)
  }
}

function isConnectError(error: Error | undefined): boolean {
  const { syscall, code = '' } = (error ?? {}) as { syscall?: string; code?: string }
  return syscall === 'connect' || syscall === 'getaddrinfo' || /CERT|SELF_SIGNED|^ERR_(TLS|SSL)|VERIFY/.test(code)
}

/** Undefined: no retry. */
function retryAfterMs(error: unknown, { method }: HttpRequest, tries: number): number | undefined {
  if (error instanceof ApiError) {
    const again = error.code === 429 || error.code >= 500
    const seconds = error.status.details?.retryAfterSeconds
    return again && seconds !== undefined ? seconds * 1000 : undefined
  }
  if (!(error instanceof NotAnswered)) return undefined
  if (error.untouched) return 0
  return method === 'GET' && error.wasConnected && tries === 0 ? 0 : undefined
}

function readAll(stream: ClientHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let ended = false
    stream.on('data', (piece: Buffer) => pieces.push(piece))
    stream.once('end', () => {
      ended = true
    })
    stream.once('error', reject)
    stream.once('close', () => {
      if (ended && stream.rstCode === constants.NGHTTP2_NO_ERROR) resolve(Buffer.concat(pieces))
      else reject(new NotAnswered('the connection broke in the middle of an answer', stream))
    })
  })
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** The Status in an answer; if not an API server answered, a Status made of its text. */
function errorOf(code: number, headers: IncomingHttpHeaders, body: Buffer): ApiError {
  const text = body.toString('utf8')
  const after = Number.parseInt(headers['retry-after'] ?? '', 10)
  const retryAfter = Number.isNaN(after) ? {} : { retryAfterSeconds: after }
  try {
    const status = JSON.parse(text) as Partial<ApiError['status']>
    if (status.kind === 'Status') {
      const details = { ...status.details, ...retryAfter }
      const reason = status.reason ?? reasons[code] ?? ''
      return new ApiError(status.code ?? code, reason, status.message ?? text, details)
    }
  } catch {
    // Not JSON: a proxy's page, or a plain text.
  }
  const message = text.trim().slice(0, 1000) || `the server answered with status ${code}`
  return new ApiError(code, reasons[code] ?? 'Unknown', message, { ...retryAfter })
}
