import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials, type ServerDuplexStream, type sendUnaryData, status } from '@grpc/grpc-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Channel, openChannel } from './channel.ts'
import { Frames, frame } from './frames.ts'
import { code, GrpcError } from './status.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (let next = closing.pop(); next; next = closing.pop()) await next()
})

const bytes = (value: Buffer) => value
type Call = { request: Buffer; metadata: { get(name: string): unknown[] } }

/** gRPC's own library plays the server. */
async function serve(port = 0) {
  const server = new Server()
  const method = (path: string, stream = false) => ({
    path,
    requestStream: stream,
    responseStream: stream,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  })
  server.addService(
    {
      Echo: method('/test/Echo'),
      Fail: method('/test/Fail'),
      Never: method('/test/Never'),
      Whoami: method('/test/Whoami'),
      Chat: method('/test/Chat', true),
    },
    {
      Echo: ({ request }: Call, done: sendUnaryData<Buffer>) => done(null, request),
      Fail: (_: Call, done: sendUnaryData<Buffer>) => done({ code: status.OUT_OF_RANGE, details: 'für immer: 100 %' }),
      Never: () => {},
      Whoami: ({ metadata }: Call, done: sendUnaryData<Buffer>) =>
        done(null, Buffer.from(String(metadata.get('x-who')[0]))),
      Chat(stream: ServerDuplexStream<Buffer, Buffer>) {
        stream.on('data', (message: Buffer) => {
          if (`${message}` === 'fail') stream.emit('error', { code: status.ABORTED, details: 'as you wish' })
          else stream.write(message)
        })
        stream.on('end', () => stream.end())
      },
    },
  )
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    ),
  )
  closing.push(() => server.forceShutdown())
  return { port: bound, stop: () => server.forceShutdown() }
}

function open(port: number, options = {}): Channel {
  const channel = openChannel({ host: '127.0.0.1', port }, options)
  closing.push(() => channel.close())
  return channel
}

const failure = (work: Promise<unknown>) => work.then(String, (error: GrpcError) => error)

describe('a call', () => {
  test('gets its answer, also a big one, and many at a time', async () => {
    const channel = open((await serve()).port)
    const big = Buffer.alloc(3_000_000, 'x')
    expect((await channel.call('/test/Echo', big)).equals(big)).toBe(true)
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => channel.call('/test/Echo', Buffer.from(`${i}`))),
    )
    expect(answers.map(String)).toEqual(Array.from({ length: 300 }, (_, i) => `${i}`))
    expect((await channel.call('/test/Whoami', Buffer.alloc(0), { metadata: { 'x-who': 'me' } })).toString()).toBe('me')
  })

  test('fails with the words of the server', async () => {
    const channel = open((await serve()).port)
    const error = await failure(channel.call('/test/Fail', Buffer.alloc(0)))
    expect(error).toBeInstanceOf(GrpcError)
    expect(error).toMatchObject({ code: code.outOfRange, details: 'für immer: 100 %' })
    expect(await failure(channel.call('/test/Other', Buffer.alloc(0)))).toMatchObject({ code: code.unimplemented })
  })

  test('ends at its deadline, and the next one goes on', async () => {
    const channel = open((await serve()).port)
    const late = await failure(channel.call('/test/Never', Buffer.alloc(0), { timeoutMs: 20 }))
    expect(late).toMatchObject({ code: code.deadlineExceeded })
    expect(`${await channel.call('/test/Echo', Buffer.from('a'))}`).toBe('a')
  })

  test('fails when there is no server, and succeeds as soon as there is one', async () => {
    const first = await serve()
    first.stop()
    const channel = open(first.port)
    expect(await failure(channel.call('/test/Echo', Buffer.from('a')))).toMatchObject({ code: code.unavailable })
    expect(await channel.connected(1000)).toBe(false)
    await serve(first.port)
    expect(`${await channel.call('/test/Echo', Buffer.from('a'))}`).toBe('a')
    expect(await channel.connected(1000)).toBe(true)
  })

  test('fails when the server dies under it, and the next finds a new server', async () => {
    const first = await serve()
    const channel = open(first.port)
    await channel.call('/test/Echo', Buffer.from('a'))
    const lost = failure(channel.call('/test/Never', Buffer.alloc(0)))
    await new Promise((resolve) => setImmediate(resolve))
    first.stop()
    expect(await lost).toMatchObject({ name: 'GrpcError' })
    await serve(first.port)
    await vi.waitFor(async () => expect(`${await channel.call('/test/Echo', Buffer.from('b'))}`).toBe('b'))
  })

  test('fails when its client is closed', async () => {
    const channel = open((await serve()).port)
    await channel.call('/test/Echo', Buffer.from('a'))
    const lost = failure(channel.call('/test/Never', Buffer.alloc(0)))
    channel.close()
    expect(await lost).toMatchObject({ code: code.unavailable })
    expect(await failure(channel.call('/test/Echo', Buffer.from('a')))).toMatchObject({ code: code.unavailable })
  })

  test('goes over a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'k8ts-grpc-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const socket = join(folder, 'grpc.sock')
    const server = createHttp2().listen(socket)
    closing.push(() => server.close())
    server.on('stream', (stream: ServerHttp2Stream) => answer(stream, frame(Buffer.from('here'))))
    const channel = openChannel({ socket })
    closing.push(() => channel.close())
    expect(`${await channel.call('/x/Y', Buffer.alloc(0))}`).toBe('here')
  })
})

/** A server of our own can answer what gRPC's library would not. */
function answer(stream: ServerHttp2Stream, body: Buffer, trailers: Record<string, string> = { 'grpc-status': '0' }) {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(body)
}

async function odd(respond: (stream: ServerHttp2Stream) => void) {
  const server = createHttp2()
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {})
    respond(stream)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return open((server.address() as AddressInfo).port)
}

describe('an odd server', () => {
  const ask = (channel: Channel) => failure(channel.call('/x/Y', Buffer.alloc(0)))

  test('that speaks HTTP only', async () => {
    const channel = await odd((stream) => {
      stream.respond({ ':status': 503 })
      stream.end('down')
    })
    expect(await ask(channel)).toMatchObject({ code: code.unavailable, details: /503/ })
  })

  test.each([
    ['sends no message', Buffer.alloc(0), {}, code.internal],
    ['sends a compressed message', Buffer.from([1, 0, 0, 0, 1, 0]), {}, code.internal],
    ['sends no status', frame(Buffer.from('x')), { 'grpc-status': undefined }, code.unavailable],
    ['sends an odd status', frame(Buffer.from('x')), { 'grpc-status': 'odd', 'grpc-message': '%' }, code.unknown],
  ])('that %s', async (_, body, trailers, expected) => {
    const all = { 'grpc-status': '0', ...trailers }
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
    const channel = await odd((stream) => answer(stream, body, sent as Record<string, string>))
    expect(await ask(channel)).toMatchObject({ code: expected })
  })

  test('that refuses the stream is unavailable, and one that cancels it has cancelled it', async () => {
    expect(await ask(await odd((stream) => stream.close(7)))).toMatchObject({ code: code.unavailable })
    expect(await ask(await odd((stream) => stream.close(8)))).toMatchObject({ code: code.cancelled })
  })

  test('that accepts connections and is silent does not keep a caller longer than its deadline', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const channel = open((server.address() as AddressInfo).port, { keepAliveMs: 30 })
    const work = channel.call('/x/Y', Buffer.alloc(0), { timeoutMs: 5000 })
    // The keep-alive gives it up long before.
    expect(await failure(work)).toMatchObject({ code: code.unavailable })
  })
})

describe('a stream', () => {
  const chat = (channel: Channel, path = '/test/Chat') => {
    const seen: string[] = []
    const ends: unknown[] = []
    const sink = { received: (message: Buffer) => void seen.push(`${message}`), ended: (e: unknown) => ends.push(e) }
    return { stream: channel.stream(path, sink), seen, ends }
  }

  test('carries messages both ways, from before there is a connection on, until it is finished', async () => {
    const { stream, seen, ends } = chat(open((await serve()).port))
    stream.send(Buffer.from('a'))
    stream.send(Buffer.from('b'))
    await vi.waitFor(() => expect(seen).toEqual(['a', 'b']))
    stream.send(Buffer.from('c'))
    stream.finish()
    await vi.waitFor(() => expect(ends).toEqual([undefined]))
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('ends with the error of the server, once', async () => {
    const { stream, ends } = chat(open((await serve()).port))
    stream.send(Buffer.from('fail'))
    await vi.waitFor(() => expect(ends).toHaveLength(1))
    expect(ends[0]).toMatchObject({ code: 10, details: 'as you wish' })
  })

  test('says nothing more once it is cancelled', async () => {
    const server = await serve()
    const channel = open(server.port)
    const { stream, seen, ends } = chat(channel)
    stream.send(Buffer.from('a'))
    await vi.waitFor(() => expect(seen).toEqual(['a']))
    stream.cancel()
    stream.send(Buffer.from('b'))
    await channel.call('/test/Echo', Buffer.from('x'))
    server.stop()
    expect([seen, ends]).toEqual([['a'], []])
  })

  test('ends when the server is not there, or dies', async () => {
    const server = await serve()
    const one = chat(open(server.port))
    one.stream.send(Buffer.from('a'))
    await vi.waitFor(() => expect(one.seen).toEqual(['a']))
    server.stop()
    await vi.waitFor(() => expect(one.ends).toHaveLength(1))
    const other = chat(open(server.port))
    await vi.waitFor(() => expect(other.ends).toHaveLength(1))
    expect(other.ends[0]).toMatchObject({ code: code.unavailable })
  })

  test('is cancelled by what its receiver throws, and ends with that', async () => {
    const channel = open((await serve()).port)
    const ends: unknown[] = []
    const received = () => {
      throw new Error('not that')
    }
    channel.stream('/test/Chat', { received, ended: (e) => ends.push(e) }).send(Buffer.from('a'))
    await vi.waitFor(() => expect(ends).toMatchObject([{ message: 'not that' }]))
  })
})

test('messages are cut out of chunks of any size', () => {
  const messages = ['', 'a', 'bc'.repeat(500), 'd'].map((text) => Buffer.from(text))
  const whole = Buffer.concat(messages.map(frame))
  for (const size of [1, 2, 3, 5, 7, 64, 1000, whole.length]) {
    const seen: string[] = []
    const frames = new Frames((message) => seen.push(`${message}`))
    for (let at = 0; at < whole.length; at += size) frames.push(whole.subarray(at, at + size))
    expect(seen).toEqual(messages.map(String))
  }
})
