import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ClientCertificate, HttpRequest, HttpResponse, ResponseStream } from '../exchange.ts'
import { compressed } from './compress.ts'
import { readAll } from './read-all.ts'

/** One HTTP/1.1 request as the server's core sees it. */
export function http1Exchange(
  request: IncomingMessage,
  response: ServerResponse,
  certificate: ClientCertificate | undefined,
  bodyMs?: number,
): { req: HttpRequest; res: HttpResponse } {
  let gone: AbortController | undefined
  response.on('error', () => response.destroy())
  const req: HttpRequest = {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    header(name) {
      const value = request.headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    values: (name) => request.headersDistinct[name] ?? [],
    headers: request.headers,
    body: (limit) => readAll(request, limit, bodyMs),
    ...(certificate && { certificate }),
    get remoteAddress() {
      return request.socket.remoteAddress
    },
    get signal() {
      if (!gone) {
        const controller = new AbortController()
        gone = controller
        response.once('close', () => controller.abort())
      }
      return gone.signal
    },
  }
  const res: HttpResponse = {
    send(status, headers, body) {
      compressed(req.header('accept-encoding'), headers, body, (finalHeaders, bytes) => {
        if (response.destroyed || response.headersSent) return
        // What is left of a refused body is not read: the connection cannot be used again.
        const unread = !request.complete ? { connection: 'close' } : {}
        response.writeHead(status, { ...finalHeaders, ...unread, 'content-length': bytes.length })
        if (req.method === 'HEAD') response.end()
        else response.end(bytes)
      })
    },
    stream(status, headers) {
      if (!response.headersSent) {
        response.writeHead(status, headers)
        response.flushHeaders()
      }
      return streaming(response)
    },
    abort: () => void response.destroy(),
  }
  return { req, res }
}

function streaming(response: ServerResponse): ResponseStream {
  return {
    write(chunk) {
      if (!response.destroyed && !response.writableEnded) response.write(chunk)
    },
    get backlog() {
      return response.writableLength
    },
    end() {
      response.end()
    },
    abort() {
      response.destroy()
    },
    onClose(callback) {
      if (response.destroyed) callback()
      else response.once('close', callback)
    },
  }
}
