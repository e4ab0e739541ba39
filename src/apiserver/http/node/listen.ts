import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { ClientCertificate } from '../exchange.ts'
import type { ApiServer } from '../serve.ts'
import { certificateReader } from './client-certificate.ts'
import { http1Exchange } from './http1.ts'
import { http2Exchange } from './http2.ts'

export interface ListenOptions {
  /** Default 127.0.0.1. */
  host?: string
  /** 0: any free one. */
  port: number
  tls: {
    /** PEM */
    key: string
    cert: string
    /** Signs the certificates of clients. PEM. */
    clientCa?: string
    /** Signs the certificates of front proxies. PEM. */
    proxyCa?: string
    /** Default: TLS 1.2. */
    minVersion?: 'TLSv1.2' | 'TLSv1.3'
    /** Those of TLS 1.2, by OpenSSL's names, and of TLS 1.3. Default: Node's. */
    ciphers?: string
  }
  patience?: Partial<Patience>
  /**
   * The chance that an HTTP/2 connection is given up after a request, so that its client finds another server. 0 to 0.02.
   */
  goawayChance?: number
  /** A client has connected, and has sent nothing yet. */
  accepted?(): void
  /** Takes over a connection for exec, attach and port-forward. Absent: the server refuses such requests. */
  upgrade?: UpgradeHandler
}

/** How long a client may take, in milliseconds. Default: upstream's. */
export interface Patience {
  /** For the headers of a request. */
  headersMs: number
  /** For a body that the server reads: a minute. */
  bodyMs: number
  /** Until its next request, over a connection of HTTP/2. */
  idleMs: number
}

const upstreamsPatience = { headersMs: 32_000, idleMs: 90_000 }

/** Must end `socket`, one way or the other. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  certificate: ClientCertificate | undefined,
) => void

export interface Listener {
  host: string
  port: number
  /** Takes no more connections, and asks clients to give up theirs when their requests are answered. */
  drain(): void
  /** Stops listening and closes all connections. */
  close(): Promise<void>
}

/** Of all headers of a request, as in Go. Tokens of identity providers with many groups are longer than Node's 16 KiB. Bytes. */
const maxHeaderSize = 1024 * 1024

/** Serves `server` over HTTPS, with HTTP/2 and HTTP/1.1. Rejects when it cannot listen on the port. */
export function listen(server: Pick<ApiServer, 'handle'>, options: ListenOptions): Promise<Listener> {
  const { host = '127.0.0.1', port, tls } = options
  const patience: Omit<Patience, 'bodyMs'> & Partial<Patience> = { ...upstreamsPatience, ...options.patience }
  const authorities = [tls.clientCa, tls.proxyCa].filter((ca) => ca !== undefined)
  const certificateOf = certificateReader({
    ...(tls.clientCa !== undefined && { clients: tls.clientCa }),
    ...(tls.proxyCa !== undefined && { proxies: tls.proxyCa }),
  })
  const certificates = new WeakMap<object, ClientCertificate>()
  const sockets = new Set<TLSSocket>()

  const http1 = createServer(
    {
      keepAliveTimeout: 120_000,
      headersTimeout: patience.headersMs,
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(10_000, patience.headersMs),
      maxHeaderSize,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      const { req, res } = http1Exchange(request, response, certificates.get(request.socket), patience.bodyMs)
      server.handle(req, res)
    },
  )
  // It never listens by itself, but this is when it begins to look for clients that are too slow.
  http1.emit('listening')
  http1.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (options.upgrade) options.upgrade(request, socket, head, certificates.get(request.socket))
    else socket.end('HTTP/1.1 501 Not Implemented\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })

  const http2 = createHttp2Server({
    settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024, maxHeaderListSize: maxHeaderSize },
    maxSessionMemory: 1000,
  })
  const alive = new Set<ServerHttp2Session>()
  const sessions = new WeakMap<ServerHttp2Session, ClientCertificate | undefined>()
  http2.on('session', (session: ServerHttp2Session) => {
    alive.add(session)
    session.on('close', () => alive.delete(session))
    sessions.set(session, certificates.get(session.socket) ?? certificateOf(session.socket as TLSSocket))
    session.on('error', () => session.destroy())
    closeWhenIdle(session, patience.idleMs)
  })
  http2.on('stream', (stream: ServerHttp2Stream, headers, _flags, raw: string[]) => {
    stream.on('error', () => stream.destroy())
    const session = stream.session as ServerHttp2Session | undefined
    if (!session) return
    const { req, res } = http2Exchange(stream, headers, raw, sessions.get(session), patience.bodyMs)
    server.handle(req, res)
    // Requests under way are still answered; watches go on, until they end by themselves.
    if (options.goawayChance && Math.random() < options.goawayChance) session.close()
  })

  const listener = createTlsServer(
    {
      key: tls.key,
      cert: tls.cert,
      ALPNProtocols: ['h2', 'http/1.1'],
      requestCert: authorities.length > 0,
      rejectUnauthorized: false,
      ...(authorities.length > 0 && { ca: authorities }),
      ...(tls.minVersion && { minVersion: tls.minVersion }),
      ...(tls.ciphers && { ciphers: tls.ciphers }),
    },
    (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      socket.setNoDelay(true)
      const certificate = certificateOf(socket)
      if (certificate) certificates.set(socket, certificate)
      if (socket.alpnProtocol === 'h2') http2.emit('connection', socket)
      else http1.emit('connection', socket)
    },
  )
  listener.on('tlsClientError', () => {})
  if (options.accepted) listener.on('connection', options.accepted)

  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen({ host, port }, () => {
      listener.off('error', reject)
      listener.on('error', () => {})
      resolve({
        host,
        port: (listener.address() as AddressInfo).port,
        drain() {
          listener.close()
          for (const session of alive) session.close()
          http1.closeIdleConnections()
        },
        close: () =>
          new Promise((closed) => {
            listener.close(() => closed())
            for (const socket of sockets) socket.destroy()
            http1.close()
          }),
      })
    })
  })
}

/** One that only waits is not idle: its watches are streams. */
function closeWhenIdle(session: ServerHttp2Session, idleMs: number): void {
  let open = 0
  session.on('stream', (stream) => {
    open++
    stream.once('close', () => open--)
  })
  const look = () => {
    if (open === 0) session.close()
    else session.setTimeout(idleMs, look)
  }
  session.setTimeout(idleMs, look)
}
