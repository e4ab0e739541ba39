import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { isIP, type Socket, connect as tcpConnect } from 'node:net'
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls'
import { Frames, frame } from './frames.ts'
import { broken, code, GrpcError, outcomeOf } from './status.ts'

/** Where a server listens: a Unix socket, or a host with a port, with or without TLS. */
export type Address = { socket: string } | { host: string; port: number; tls?: Trust }
export interface Trust {
  /** PEM. Default: the system's authorities. */
  ca?: Buffer
  /** The client's certificate and key, PEM, both or none. */
  cert?: Buffer
  key?: Buffer
}

export interface CallOptions {
  /** Ends the call with `deadlineExceeded`. Milliseconds; 0: as long as it takes. */
  timeoutMs?: number
  metadata?: Record<string, string>
}

export interface StreamSink {
  /** A message. When it throws, the stream is cancelled and ends with that error. */
  received(message: Buffer): void
  /** Called once, however it ends. Undefined: the server has ended it with success. */
  ended(error: Error | undefined): void
}

export interface Stream {
  send(message: Uint8Array): void
  /** Half-closes: no more messages from here. */
  finish(): void
  /** Ends the call, without calling `ended`. */
  cancel(): void
}

/**
 * A connection to one gRPC server over HTTP/2, opened by the first call, and again by the first call after it has broken.
 * Calls fail with a `GrpcError`; `unavailable` when there is no connection. Messages are bytes: see client.ts for typed ones.
 */
export interface Channel {
  /** Whether there is a connection, or one is made within `timeoutMs`; false as soon as it fails. */
  connected(timeoutMs: number): Promise<boolean>
  call(path: string, message: Uint8Array, options?: CallOptions): Promise<Buffer>
  stream(path: string, sink: StreamSink, options?: CallOptions): Stream
  close(): void
}

export interface ChannelOptions {
  /** Asks a silent server for a sign of life after so long, and gives it up after a third of that. 0: never. */
  keepAliveMs?: number
}

const connectMs = 10_000
/** Bytes that the server may send before we have read them: of one call, of all. */
const streamWindow = 4 << 20
const connectionWindow = 16 << 20

export function openChannel(address: Address, { keepAliveMs = 0 }: ChannelOptions = {}): Channel {
  let session: ClientHttp2Session | undefined
  let opening: Promise<ClientHttp2Session> | undefined
  let closed = false

  /** The connection, when it is usable: one that the server has told to go away takes no further calls. */
  const present = () => (session && !session.closed && !session.destroyed ? session : undefined)

  function open(): Promise<ClientHttp2Session> {
    opening ??= connectTo(address, keepAliveMs).then(
      (made) => {
        opening = undefined
        if (closed) {
          made.destroy()
          throw unavailable('the client is closed')
        }
        session = made
        return made
      },
      (error) => {
        opening = undefined
        throw unavailable(error instanceof Error ? error.message : String(error))
      },
    )
    return opening
  }

  const ready = (): ClientHttp2Session | Promise<ClientHttp2Session> => {
    if (closed) return Promise.reject(unavailable('the client is closed'))
    return present() ?? open()
  }

  return {
    async connected(timeoutMs) {
      if (present()) return true
      if (closed) return false
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<false>((resolve) => {
        timer = setTimeout(resolve, timeoutMs, false)
      })
      const made = open().then(
        () => true,
        () => false,
      )
      return Promise.race([made, late]).finally(() => clearTimeout(timer))
    },

    async call(path, message, options = {}) {
      const over = ready()
      return unary(over instanceof Promise ? await beforeDeadline(over, options) : over, path, message, options)
    },

    stream: (path, sink, options = {}) => streaming(ready(), path, sink, options),

    close() {
      closed = true
      session?.destroy()
    },
  }
}

const unavailable = (why: string) => new GrpcError(code.unavailable, why)
const tooLate = () => new GrpcError(code.deadlineExceeded, 'Deadline exceeded')

async function beforeDeadline<T>(work: Promise<T>, { timeoutMs = 0 }: CallOptions): Promise<T> {
  if (timeoutMs === 0) return work
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), timeoutMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

function connectTo(address: Address, keepAliveMs: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect('http://localhost', {
      createConnection: () => socketTo(address),
      settings: { enablePush: false, initialWindowSize: streamWindow },
      // A page of a big list passes through it at once.
      maxSessionMemory: 1000,
    })
    const timer = setTimeout(() => session.destroy(new Error('no connection in time')), connectMs)
    session.once('connect', () => {
      clearTimeout(timer)
      session.setLocalWindowSize(connectionWindow)
      if (keepAliveMs > 0) keepAlive(session, keepAliveMs)
      resolve(session)
    })
    // Also later errors end here: the calls that they break report them.
    session.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    session.once('close', () => {
      clearTimeout(timer)
      reject(new Error('the server has closed the connection'))
    })
  })
}

function socketTo(address: Address): Socket {
  if ('socket' in address) return tcpConnect(address.socket)
  const { host, port, tls } = address
  const socket = tls ? tlsConnect(secured(host, port, tls)) : tcpConnect({ host, port })
  socket.setNoDelay(true)
  return socket
}

/** TLS has no server name for an address; Node still checks the certificate against the address. */
const secured = (host: string, port: number, tls: Trust): ConnectionOptions => ({
  host,
  port,
  ...tls,
  ALPNProtocols: ['h2'],
  ...(isIP(host) === 0 && { servername: host }),
})

/** A peer that is gone without a word is found by asking it. */
function keepAlive(session: ClientHttp2Session, everyMs: number): void {
  const timer = setInterval(() => {
    // It may wait for its socket after it is destroyed.
    if (session.destroyed) return clearInterval(timer)
    const late = setTimeout(() => session.destroy(new Error('the server is silent')), everyMs / 3)
    late.unref()
    if (!session.ping(() => clearTimeout(late))) clearTimeout(late)
  }, everyMs)
  timer.unref()
  session.once('close', () => clearInterval(timer))
}

function headersOf(path: string, { timeoutMs = 0, metadata }: CallOptions) {
  return {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    // At most eight digits.
    ...(timeoutMs > 0 && { 'grpc-timeout': `${Math.min(timeoutMs, 99_999_999)}m` }),
    ...metadata,
  }
}

function begin(session: ClientHttp2Session, path: string, options: CallOptions): ClientHttp2Stream {
  try {
    return session.request(headersOf(path, options))
  } catch (error) {
    throw unavailable(error instanceof Error ? error.message : String(error))
  }
}

function unary(session: ClientHttp2Session, path: string, message: Uint8Array, options: CallOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = begin(session, path, options)
    let answer: Buffer | undefined
    const late = () => {
      stream.close(cancelled)
      reject(tooLate())
    }
    const timer = options.timeoutMs ? setTimeout(late, options.timeoutMs) : undefined
    const sink: StreamSink = {
      received(message) {
        answer = message
      },
      ended(error) {
        clearTimeout(timer)
        if (error) reject(error)
        else if (answer) resolve(answer)
        else reject(new GrpcError(code.internal, 'the server has sent no message'))
      },
    }
    follow(stream, sink)
    stream.end(frame(message))
  })
}

/** HTTP/2's error code CANCEL. */
const cancelled = 8

/** Passes on the messages that arrive on a stream, and how it ends, once. */
function follow(stream: ClientHttp2Stream, sink: StreamSink): void {
  let outcome: { error: GrpcError | undefined } | undefined
  let status = 200
  let why = 'the connection is lost'
  let over = false
  const finish = (error: Error | undefined) => {
    if (over) return
    over = true
    sink.ended(error)
  }
  const frames = new Frames((message) => {
    if (!over) sink.received(message)
  })
  stream.on('response', (headers) => {
    status = Number(headers[':status'])
    // A call without a message has its outcome in the headers.
    if (headers['grpc-status'] !== undefined) outcome = { error: outcomeOf(headers) }
  })
  stream.on('trailers', (trailers) => {
    outcome = { error: outcomeOf(trailers, status) }
  })
  stream.on('data', (chunk: Buffer) => {
    try {
      frames.push(chunk)
    } catch (error) {
      stream.close(cancelled)
      finish(error instanceof Error ? error : new Error(String(error)))
    }
  })
  stream.on('error', (error) => {
    why = error.message
  })
  stream.on('end', () => {
    if (outcome) finish(outcome.error)
  })
  stream.on('close', () => {
    if (outcome) finish(outcome.error)
    else if (status !== 200) finish(outcomeOf({}, status))
    else finish(broken(stream.rstCode ?? 0, why))
  })
}

/** Messages that are sent before there is a connection wait for it. */
function streaming(
  session: ClientHttp2Session | Promise<ClientHttp2Session>,
  path: string,
  sink: StreamSink,
  options: CallOptions,
): Stream {
  const early: Uint8Array[] = []
  let stream: ClientHttp2Stream | undefined
  let finished = false
  let isCancelled = false
  const start = (over: ClientHttp2Session) => {
    if (isCancelled) return
    stream = begin(over, path, options)
    follow(stream, {
      received: (message) => isCancelled || sink.received(message),
      ended: (error) => isCancelled || sink.ended(error),
    })
    for (const message of early) stream.write(frame(message))
    if (finished) stream.end()
  }
  // Never at once: the caller does not have the stream yet.
  Promise.resolve(session)
    .then(start)
    .catch((error) => isCancelled || sink.ended(error))
  return {
    send(message) {
      if (isCancelled || finished) return
      if (stream) stream.write(frame(message))
      else early.push(message)
    },
    finish() {
      finished = true
      stream?.end()
    },
    cancel() {
      isCancelled = true
      stream?.close(cancelled)
    },
  }
}
