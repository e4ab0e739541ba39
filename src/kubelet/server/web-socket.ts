import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { badRequest } from '../../api/errors.ts'
import type { StreamOptions } from '../../runtime/runtime.ts'
import { openStream, type RemoteStreams } from '../../runtime/stream/stream.ts'

/** The first byte of each message says which stream it belongs to (KEP-4006). */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

const execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io']
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'
/** A client that reads slower than the container writes is waited for. */
const maxBacklog = 1024 * 1024

function accept(protocols: string[], request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim())
  const chosen = protocols.find((p) => offered.includes(p))
  if (!chosen)
    throw badRequest(`no supported WebSocket protocol among ${offered.join(', ')}; known: ${protocols.join(', ')}`)
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => chosen, perMessageDeflate: false })
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve))
}

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)

/** exec and attach over a WebSocket, versions 5 and 4 of the protocol, translated to the runtime's streams. */
export async function serveWebSocket(
  url: string,
  options: StreamOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const remote = await openStream(url, options)
  const ws = await accept(execProtocols, request, socket, head).catch((error: unknown) => {
    remote.close()
    throw error
  })
  const status: Buffer[] = []
  remote.error.on('data', (chunk: Buffer) => status.push(chunk))
  const outputs = [
    remote.stdout && forward(ws, channels.stdout, remote.stdout),
    remote.stderr && forward(ws, channels.stderr, remote.stderr),
    ended(remote.error),
  ]
  ws.on('message', (data) => receive(remote, ws, bytesOf(data)))
  ws.on('close', () => remote.close())
  ws.on('error', () => remote.close())
  await Promise.race([Promise.all(outputs), remote.closed])
  // Out of the connection before the end of the program: what it has told so far is all there is.
  if (status.length > 0) ws.send(Buffer.concat([Buffer.from([channels.error]), ...status]))
  ws.close(1000)
  remote.close()
}

function receive(remote: RemoteStreams, ws: WebSocket, message: Buffer): void {
  const [channel] = message
  const data = message.subarray(1)
  if (channel === channels.stdin && remote.stdin) {
    if (remote.stdin.write(data)) return
    ws.pause()
    remote.stdin.once('drain', () => ws.resume())
  } else if (channel === channels.resize) remote.resize?.write(data)
  else if (channel === channels.close && data[0] === channels.stdin) remote.stdin?.end()
}

async function forward(ws: WebSocket, channel: number, stream: Readable): Promise<void> {
  const prefix = Buffer.from([channel])
  stream.on('data', (chunk: Buffer) => {
    if (ws.bufferedAmount > maxBacklog) stream.pause()
    ws.send(Buffer.concat([prefix, chunk]), () => {
      if (ws.bufferedAmount <= maxBacklog) stream.resume()
    })
  })
  await ended(stream)
}

const ended = (stream: Readable): Promise<void> =>
  new Promise((resolve) => {
    stream.once('end', resolve)
    stream.once('close', resolve)
    stream.once('error', () => resolve())
  })

/** Port-forward of kubectl since 1.31: the bytes of a SPDY connection in binary messages, handed on as they are. */
export async function serveTunnel(
  connect: () => Promise<{ socket: Duplex; head: Buffer }>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const runtime = await connect()
  const ws = await accept([tunnelProtocol], request, socket, head).catch((error: unknown) => {
    runtime.socket.destroy()
    throw error
  })
  const close = () => {
    ws.close()
    runtime.socket.destroy()
  }
  const send = (chunk: Buffer) => {
    if (ws.bufferedAmount > maxBacklog) runtime.socket.pause()
    ws.send(chunk, () => {
      if (ws.bufferedAmount <= maxBacklog) runtime.socket.resume()
    })
  }
  if (runtime.head.length > 0) send(runtime.head)
  runtime.socket.on('data', send)
  runtime.socket.on('close', close)
  runtime.socket.on('error', close)
  ws.on('message', (data) => {
    if (runtime.socket.write(bytesOf(data))) return
    ws.pause()
    runtime.socket.once('drain', () => ws.resume())
  })
  ws.on('close', close)
  ws.on('error', close)
}
