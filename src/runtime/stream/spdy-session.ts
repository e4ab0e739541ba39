import type { Duplex } from 'node:stream'
import { controlFrame, dataFrame, type Frame, fin, frameReader, kinds, words } from './spdy-frames.ts'
import { type Headers, headerReader, headerWriter } from './spdy-headers.ts'
import { SpdyStream } from './spdy-stream.ts'

export interface SpdySession {
  /** Opens a stream; resolves when the other side has accepted it, fails when it refuses. */
  open(headers: Headers): Promise<SpdyStream>
  /** Ends the connection and every stream. */
  close(): void
  /** Resolves when the connection is over, for any reason. */
  readonly closed: Promise<void>
}

export interface SessionOptions {
  /** The side of the connection that this is; a client's streams have odd numbers. */
  role: 'client' | 'server'
  /** What was read from the socket beyond the HTTP upgrade. */
  head?: Buffer
  /** A stream that the other side has opened; it is accepted already. */
  onStream?(stream: SpdyStream): void
}

/**
 * SPDY/3.1 as Kubernetes speaks it (exec, attach and port-forward with kubectl before 1.30, and with CRI runtimes): streams
 * with headers in both directions over one upgraded connection. Like the library on their side it does not use SPDY's flow
 * control (which that library never answers) but the connection's own: a stream that is not read holds up the others.
 */
export function spdySession(socket: Duplex, { role, head, onStream }: SessionOptions): SpdySession {
  const streams = new Map<number, SpdyStream>()
  const opening = new Map<number, { accept(stream: SpdyStream): void; refuse(error: Error): void }>()
  const encode = headerWriter()
  const decoder = headerReader()
  const cut = frameReader()
  let nextId = role === 'client' ? 1 : 2
  let over = false

  const send = (frame: Buffer, done?: (error?: Error | null) => void) => {
    if (over || socket.destroyed) done?.(new Error('the connection is closed'))
    else socket.write(frame, done)
  }
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<void>()
  const end = (why: Error) => {
    if (over) return
    over = true
    for (const { refuse } of opening.values()) refuse(why)
    for (const stream of streams.values()) stream.receiveReset()
    streams.clear()
    opening.clear()
    decoder.close()
    socket.destroy()
    tellClosed()
  }
  const newStream = (id: number, headers: Headers) => {
    const stream = new SpdyStream(id, headers, {
      data: (data, done) => send(dataFrame(id, data), done),
      end: (done) => send(dataFrame(id, Buffer.alloc(0), fin), done),
      reset: () => send(controlFrame(kinds.rstStream, 0, words(id, cancelled))),
      closed: () => streams.delete(id),
    })
    streams.set(id, stream)
    return stream
  }

  /** What each control frame means; others (settings, window updates) mean nothing to us. */
  const controls: Record<number, (body: Buffer, flags: number) => Promise<void> | void> = {
    async [kinds.synStream](body, flags) {
      const id = idOf(body)
      const headers = await decoder.read(body.subarray(10))
      send(controlFrame(kinds.synReply, 0, Buffer.concat([words(id), encode({})])))
      const stream = newStream(id, headers)
      onStream?.(stream)
      if (flags & fin) stream.receiveEnd()
    },
    async [kinds.synReply](body, flags) {
      const id = idOf(body)
      await decoder.read(body.subarray(4))
      const stream = streams.get(id)
      if (stream) opening.get(id)?.accept(stream)
      opening.delete(id)
      if (flags & fin) stream?.receiveEnd()
    },
    [kinds.rstStream](body) {
      const id = idOf(body)
      opening.get(id)?.refuse(new Error(`the other side has refused the stream (status ${body.readUInt32BE(4)})`))
      opening.delete(id)
      streams.get(id)?.receiveReset()
    },
    async [kinds.headers](body) {
      // Their content is of no use here, but the decompressor must see it.
      await decoder.read(body.subarray(4))
    },
    [kinds.ping](body) {
      const ours = body.readUInt32BE(0) % 2 === (role === 'client' ? 1 : 0)
      if (!ours) send(controlFrame(kinds.ping, 0, body))
    },
    [kinds.goAway]: () => {
      for (const { refuse } of opening.values()) refuse(new Error('the other side is closing the connection'))
    },
  }

  const handle = async (frame: Frame) => {
    if (frame.type === 'control') return controls[frame.kind]?.(frame.body, frame.flags)
    const stream = streams.get(frame.stream)
    if (frame.data.length > 0) await stream?.receive(frame.data)
    if (frame.fin) stream?.receiveEnd()
  }
  const run = async () => {
    if (head?.length) for (const frame of cut(head)) await handle(frame)
    for await (const chunk of socket) for (const frame of cut(chunk as Buffer)) await handle(frame)
  }
  // An error event between two reads would otherwise end the process.
  socket.on('error', () => {})
  run().then(
    () => end(new Error('the connection was closed')),
    (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
  )

  return {
    closed,
    close: () => end(new Error('the connection was closed')),
    open: (headers) =>
      new Promise((accept, refuse) => {
        if (over) return refuse(new Error('the connection is closed'))
        const id = nextId
        nextId += 2
        newStream(id, headers)
        opening.set(id, { accept, refuse })
        // The stream, no associated one, priority 0.
        const body = Buffer.concat([words(id, 0), Buffer.alloc(2), encode(headers)])
        send(controlFrame(kinds.synStream, 0, body))
      }),
  }
}

/** A status of rstStream: the stream is not needed any more. */
const cancelled = 5
const idOf = (body: Buffer) => body.readUInt32BE(0) & 0x7fffffff
