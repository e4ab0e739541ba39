import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Headers, HttpResponse, ResponseStream } from '../exchange.ts'

/** The protocols that a client may request, and which send bytes in base64. Without one: binary. */
const protocols: Record<string, { base64: boolean }> = {
  '': { base64: false },
  'binary.k8s.io': { base64: false },
  'base64.binary.k8s.io': { base64: true },
}

/**
 * The answer of a request that asks for a WebSocket in place of a long body: an event of a watch is a text message, a
 * piece of a log a binary one. An answer that is no stream is plain HTTP, and so refuses the WebSocket.
 */
export function webSocketAnswer(request: IncomingMessage, socket: Duplex, head: Buffer): HttpResponse {
  const send: HttpResponse['send'] = (status, headers, body) => {
    const bytes = Buffer.from(body)
    socket.write(httpHead(status, { ...headers, 'content-length': `${bytes.length}` }))
    socket.end(bytes)
  }
  return {
    send,
    abort: () => void socket.destroy(),
    stream(status, headers) {
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
      const chosen = offered.find((name) => Object.hasOwn(protocols, name))
      if (status !== 200) return plain(socket, status, headers)
      const isWatch = /[?&]watch=|\/watch\//.test(request.url ?? '')
      if (chosen === undefined && !isWatch) {
        send(400, { 'content-type': 'text/plain' }, `no supported WebSocket protocol among ${offered.join(', ')}\n`)
        return ended
      }
      const server = new WebSocketServer({
        noServer: true,
        handleProtocols: () => chosen || false,
        perMessageDeflate: false,
      })
      const out = queued()
      server.handleUpgrade(request, socket, head, (ws) => out.open(ws))
      socket.once('close', out.closed)
      const base64 = protocols[chosen ?? '']?.base64
      return {
        ...out.stream,
        get backlog() {
          return out.stream.backlog
        },
        write: isWatch
          ? (chunk) => {
              for (const line of new TextDecoder().decode(chunk).split('\n')) if (line) out.send(line)
            }
          : (chunk) => out.send(base64 ? Buffer.from(chunk).toString('base64') : chunk),
      }
    },
  }
}

/** A stream that queues its actions until its WebSocket is open. */
function queued() {
  let ws: WebSocket | undefined
  let isClosed = false
  const early: ((ws: WebSocket) => void)[] = []
  const closing: (() => void)[] = []
  const act = (action: (ws: WebSocket) => void) => {
    if (ws) action(ws)
    else early.push(action)
  }
  const closed = () => {
    if (isClosed) return
    isClosed = true
    for (const callback of closing) callback()
  }
  return {
    open(opened: WebSocket) {
      ws = opened
      ws.on('close', closed)
      ws.on('error', closed)
      for (const action of early.splice(0)) action(ws)
    },
    closed,
    send: (data: Uint8Array | string) => act((ws) => ws.send(data)),
    stream: {
      write() {},
      get backlog() {
        return ws?.bufferedAmount ?? 0
      },
      end: () => act((ws) => ws.close(1000)),
      abort: () => act((ws) => ws.terminate()),
      onClose(callback) {
        if (isClosed) callback()
        else closing.push(callback)
      },
    } satisfies ResponseStream,
  }
}

/** A failure that has a body: the connection ends with it. */
function plain(socket: Duplex, status: number, headers: Headers): ResponseStream {
  socket.write(httpHead(status, headers))
  return {
    write: (chunk) => socket.write(chunk),
    get backlog() {
      return socket.writableLength
    },
    end: () => socket.end(),
    abort: () => socket.destroy(),
    onClose: (callback) => socket.once('close', callback),
  }
}

const ended: ResponseStream = { write() {}, backlog: 0, end() {}, abort() {}, onClose: (callback) => callback() }

function httpHead(status: number, headers: Headers): string {
  const lines = [`HTTP/1.1 ${status} Refused`, 'connection: close']
  for (const [name, value] of Object.entries(headers)) for (const one of [value].flat()) lines.push(`${name}: ${one}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
