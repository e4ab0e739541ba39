import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import { type Credentials, tlsOptions } from './credentials.ts'

/** HTTP/2 connections to one server: opens them on demand, reopens broken ones, and pings while streams are open. */
export interface Connections {
  /** Begins a request; the stream reports a failure by `error`. */
  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream
  /** Breaks open connections; requests under way fail. */
  close(): void
}

/** client-go's times: a connection silent for this long gets a ping; without an answer for this long, it is dead. */
const pingEveryMs = 30_000
const pingTimeoutMs = 15_000
/** Bytes in flight; with HTTP/2's default of 64 kB, a large list takes many round trips. */
const windowBytes = 4 << 20
/** Used until the server announces how many streams it allows. */
const streamsUntilSettings = 100

export function connections(server: string, credentials: Credentials): Connections {
  const open = new Set<Connection>()

  function usable(): Connection {
    for (const connection of open) if (connection.hasRoom()) return connection
    const connection = openConnection(server, credentials, () => open.delete(connection))
    open.add(connection)
    return connection
  }

  return {
    request: (headers, endStream) => usable().request(headers, endStream),
    close() {
      for (const connection of [...open]) connection.destroy()
    },
  }
}

interface Connection {
  hasRoom(): boolean
  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream
  destroy(): void
}

function openConnection(server: string, credentials: Credentials, gone: () => void): Connection {
  const session: ClientHttp2Session = connect(server, {
    ...tlsOptions(credentials),
    settings: { initialWindowSize: windowBytes, enablePush: false },
  })
  session.once('connect', () => session.setLocalWindowSize(2 * windowBytes))
  let streams = 0
  let usable = true
  const end = () => {
    usable = false
    clearInterval(pinger)
    gone()
  }
  // Failures reach the requests under way through their own streams.
  session.on('error', end)
  session.on('close', end)
  session.on('goaway', end)
  // Idle connections keep no process alive.
  session.unref()

  const pinger = setInterval(() => {
    if (streams === 0 || session.connecting) return
    const dead = setTimeout(() => session.destroy(new Error('the connection to the server is dead')), pingTimeoutMs)
    dead.unref()
    const sent = !session.destroyed && session.ping(() => clearTimeout(dead))
    if (!sent) clearTimeout(dead)
  }, pingEveryMs)
  pinger.unref()

  return {
    hasRoom: () =>
      usable &&
      !session.closed &&
      !session.destroyed &&
      streams < Math.min(session.remoteSettings?.maxConcurrentStreams ?? streamsUntilSettings, 1000),
    request(headers, endStream) {
      const stream = session.request(headers, { endStream })
      if (streams++ === 0) session.ref()
      stream.once('close', () => {
        if (--streams > 0) return
        if (usable) session.unref()
        // The server has said goodbye, and this was the last one it answered.
        else session.close()
      })
      return stream
    },
    destroy() {
      end()
      session.destroy()
    },
  }
}
