import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { badRequest } from '../../api/errors.ts'
import type { RemoteStreams } from '../../runtime/stream/stream.ts'

/** The first byte of each message says which stream it belongs to (KEP-4006). */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/**
 * What the versions of the protocol differ in: the form of the outcome (a Status; before version 4 only a failure's text),
 * whether messages are base64 text, whether a first, empty message says that the program runs. None named: the oldest.
 */
interface Version {
  status: boolean
  base64: boolean
  opening: boolean
}

const versions: Record<string, Version> = {
  'v5.channel.k8s.io': { status: true, base64: false, opening: false },
  'v4.channel.k8s.io': { status: true, base64: false, opening: true },
  'v4.base64.channel.k8s.io': { status: true, base64: true, opening: true },
  'channel.k8s.io': { status: false, base64: false, opening: true },
  'base64.channel.k8s.io': { status: false, base64: true, opening: true },
  '': { status: false, base64: false, opening: true },
}
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'
/** A client that reads slower than the container writes is waited for. */
const maxBacklog = 1024 * 1024

function accept(protocols: string[], request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim())
  const chosen = protocols.find((p) => offered.includes(p))
  if (chosen === undefined)
    throw badRequest(`no supported WebSocket protocol among ${offered.join(', ')}; known: ${protocols.join(', ')}`)
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: () => chosen || false,
    perMessageDeflate: false,
  })
  if (chosen === tunnelProtocol) {
    // `ws` refuses a name with a slash: it does not see this one, and its part of the answer is given here.
    delete request.headers['sec-websocket-protocol']
    server.on('headers', (lines) => lines.push(`Sec-WebSocket-Protocol: ${chosen}`))
  }
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve))
}

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data)

/** exec and attach over a WebSocket, translated to the runtime's streams. */
export async function serveWebSocket(
  open: () => Promise<RemoteStreams>,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const remote = await open()
  const ws = await accept(Object.keys(versions), request, socket, head).catch((error: unknown) => {
    remote.close()
    throw error
  })
  const version = versions[ws.protocol] ?? { status: false, base64: false, opening: true }
  const send = (channel: number, data: Buffer, sent?: () => void): void =>
    ws.send(
      version.base64 ? `${channel}${data.toString('base64')}` : Buffer.concat([Buffer.from([channel]), data]),
      sent,
    )
  if (version.opening)
    send(remote.stdout ? channels.stdout : remote.stderr ? channels.stderr : channels.error, Buffer.alloc(0))
  const status: Buffer[] = []
  remote.error.on('data', (chunk: Buffer) => status.push(chunk))
  const outputs = [
    remote.stdout && forward(ws, remote.stdout, (data, sent) => send(channels.stdout, data, sent)),
    remote.stderr && forward(ws, remote.stderr, (data, sent) => send(channels.stderr, data, sent)),
    ended(remote.error),
  ]
  ws.on('message', (data) => receive(remote, ws, version.base64 ? unbase64(bytesOf(data)) : bytesOf(data)))
  ws.on('close', () => remote.close())
  ws.on('error', () => remote.close())
  await Promise.race([Promise.all(outputs), remote.closed])
  // The connection broke before the end of the program: no further output will come.
  const outcome = Buffer.concat(status)
  const report = version.status ? outcome : failureText(outcome)
  if (report.length > 0) send(channels.error, report)
  ws.close(1000)
  remote.close()
}

/** The first character is the channel's digit. */
const unbase64 = (message: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(message[0] ?? 48) - 48]), Buffer.from(message.subarray(1).toString(), 'base64')])

/** The message of a Status that is a failure. */
function failureText(outcome: Buffer): Buffer {
  if (outcome.length === 0) return outcome
  const { status, message = '' } = JSON.parse(outcome.toString()) as { status?: string; message?: string }
  return Buffer.from(status === 'Success' ? '' : message)
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

async function forward(
  ws: WebSocket,
  stream: Readable,
  send: (chunk: Buffer, sent: () => void) => void,
): Promise<void> {
  stream.on('data', (chunk: Buffer) => {
    if (ws.bufferedAmount > maxBacklog) stream.pause()
    send(chunk, () => {
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
