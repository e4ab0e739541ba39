import { tooLarge } from '../../api/errors.ts'
import { joinPieces } from '../../apiserver/cache/item.ts'
import type {
  ClientCertificate,
  Headers,
  HttpRequest,
  HttpResponse,
  ResponseStream,
} from '../../apiserver/http/exchange.ts'

/** The server's front, which receives the requests. */
export type Handle = (request: HttpRequest, response: HttpResponse) => void

/** A request as undici's `fetch` hands it to its dispatcher: undici's `Dispatcher.DispatchOptions`, as far as needed. */
export interface DispatchOptions {
  method: string
  /** Includes the query. */
  path: string
  headers?: Record<string, string | string[]> | null
  body?: AsyncIterable<Uint8Array> | null
}

/** Receives the answer: undici's `Dispatcher.DispatchHandler`. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void
  onResponseStart?(controller: DispatchController, status: number, headers: Headers, statusText?: string): void
  onResponseData?(controller: DispatchController, chunk: Uint8Array): void
  onResponseEnd?(controller: DispatchController, trailers: Headers): void
  onResponseError?(controller: DispatchController, error: Error): void
}

export interface DispatchController {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: Error | null
  /** Names and values in turn. */
  readonly rawHeaders: string[]
  abort(reason: Error): void
  pause(): void
  resume(): void
}

export interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean
  /** Breaks open requests, and refuses new ones. */
  close(): void
}

/** Carries requests of undici's `fetch` to `handle`, as one user, without a network. */
export function dispatcherTo(handle: Handle, user: ClientCertificate): Dispatcher {
  const open = new Set<(error: Error) => void>()
  let closed = false
  return {
    dispatch(options, handler) {
      const exchange = exchangeOf(options, handler, user)
      open.add(exchange.break)
      exchange.response.onClose(() => open.delete(exchange.break))
      handler.onRequestStart?.(exchange.controller, null)
      queueMicrotask(() => {
        if (closed) exchange.break(networkError('connect ECONNREFUSED', 'ECONNREFUSED'))
        else if (!exchange.controller.aborted) handle(exchange.request, exchange.response)
      })
      return true
    },
    close() {
      closed = true
      for (const end of [...open]) end(networkError('other side closed', 'ECONNRESET'))
    },
  }
}

/** The error of Node's sockets. */
const networkError = (message: string, code: string): Error => Object.assign(new Error(message), { code })

/** One request, which is also undici's controller. */
function exchangeOf(options: DispatchOptions, handler: DispatchHandler, certificate: ClientCertificate) {
  const gone = new AbortController()
  const waiting: Uint8Array[] = []
  const closing: (() => void)[] = []
  let reason: Error | null = null
  let over = false
  let paused = false
  let ended = false
  let rawHeaders: string[] = []

  const controller: DispatchController = {
    get aborted() {
      return reason !== null
    },
    get paused() {
      return paused
    },
    get reason() {
      return reason
    },
    get rawHeaders() {
      return rawHeaders
    },
    abort(why) {
      if (over) return
      reason = why
      fail(why)
    },
    pause() {
      paused = true
    },
    resume() {
      paused = false
      drain()
    },
  }

  function close(): void {
    over = true
    waiting.length = 0
    gone.abort()
    for (const callback of closing) callback()
  }
  function fail(error: Error): void {
    if (over) return
    close()
    handler.onResponseError?.(controller, error)
  }
  function begin(status: number, headers: Headers): void {
    rawHeaders = Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((each) => [name, each]))
    handler.onResponseStart?.(controller, status, headers, '')
  }
  /** Buffers the rest for a client that reads slower than the server writes. */
  function drain(): void {
    while (!paused && !over) {
      const chunk = waiting.shift()
      if (chunk) handler.onResponseData?.(controller, chunk)
      else if (ended) {
        close()
        handler.onResponseEnd?.(controller, {})
      } else return
    }
  }
  const reset = () => fail(networkError('read ECONNRESET', 'ECONNRESET'))
  const stream: ResponseStream = {
    write(chunk) {
      if (over) return
      waiting.push(chunk)
      drain()
    },
    get backlog() {
      return waiting.reduce((sum, { length }) => sum + length, 0)
    },
    end() {
      ended = true
      drain()
    },
    abort: reset,
    onClose(callback) {
      if (over) callback()
      else closing.push(callback)
    },
  }

  const sent = Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const headers: HttpRequest['headers'] = Object.fromEntries(sent)
  const request: HttpRequest = {
    method: options.method,
    url: options.path,
    header(name) {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    values: (name) => [headers[name] ?? []].flat(),
    headers,
    body: (limit) => bodyOf(options.body, limit),
    certificate,
    signal: gone.signal,
  }
  const response = {
    send(status: number, headers: Headers, body: Uint8Array | string) {
      if (over) return
      begin(status, headers)
      if (options.method !== 'HEAD' && body.length > 0)
        stream.write(typeof body === 'string' ? new TextEncoder().encode(body) : body)
      stream.end()
    },
    stream(status: number, headers: Headers) {
      if (!over) begin(status, headers)
      return stream
    },
    abort: reset,
    onClose: stream.onClose,
  }
  return { request, response, controller, break: fail }
}

async function bodyOf(body: DispatchOptions['body'], limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > limit) throw tooLarge(`Request entity too large: limit is ${limit}`)
    chunks.push(chunk)
  }
  return joinPieces(chunks)
}
