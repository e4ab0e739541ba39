import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { ClientCertificate, HttpRequest, HttpResponse, ResponseStream } from '../exchange.ts'
import { compressed } from './compress.ts'
import { readAll } from './read-all.ts'

/** One HTTP/2 stream as the server's core sees it. */
export function http2Exchange(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: string[],
  certificate: ClientCertificate | undefined,
  bodyMs?: number,
): { req: HttpRequest; res: HttpResponse } {
  let gone: AbortController | undefined
  let refusesBody = false
  const req: HttpRequest = {
    method: headers[':method'] ?? 'GET',
    url: headers[':path'] ?? '/',
    header(name) {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    values: (name) => raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === name),
    headers,
    body: (limit) =>
      readAll(stream, limit, bodyMs).catch((error: unknown) => {
        refusesBody = true
        throw error
      }),
    ...(certificate && { certificate }),
    get remoteAddress() {
      return stream.session?.socket.remoteAddress
    },
    get signal() {
      if (!gone) {
        const controller = new AbortController()
        gone = controller
        stream.once('close', () => controller.abort())
      }
      return gone.signal
    },
  }

  const res: HttpResponse = {
    send(status, headersOut, body) {
      if (stream.destroyed || stream.closed) return
      compressed(req.header('accept-encoding'), headersOut, body, (finalHeaders, bytes) => {
        if (stream.destroyed || stream.closed) return
        stream.respond({ ':status': status, ...finalHeaders })
        // Ends the stream also for a client that goes on sending.
        if (refusesBody) stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR))
        // An answer such as 204 has ended with its head.
        if (req.method === 'HEAD' || bytes.length === 0) stream.end()
        else stream.end(bytes)
        // An unread body would keep the stream open.
        if (!stream.readableEnded) stream.resume()
      })
    },
    stream(status, headersOut) {
      if (!stream.destroyed && !stream.closed) stream.respond({ ':status': status, ...headersOut })
      return streaming(stream)
    },
    // Not the stream alone: to some clients that looks like the end of an answer.
    abort: () => stream.session?.destroy(),
  }
  return { req, res }
}

function streaming(stream: ServerHttp2Stream): ResponseStream {
  return {
    write(chunk) {
      if (!stream.destroyed && !stream.writableEnded) stream.write(chunk)
    },
    get backlog() {
      return stream.writableLength
    },
    end() {
      if (!stream.destroyed) stream.end()
    },
    abort() {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    },
    onClose(callback) {
      if (stream.destroyed) callback()
      else stream.once('close', callback)
    },
  }
}
