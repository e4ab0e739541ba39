import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { constants, createDeflate } from 'node:zlib'
import dictionaries from 'spdy-transport/lib/spdy-transport/protocol/spdy/dictionary.js'
import { afterEach, expect, test } from 'vitest'
import { controlFrame, frameReader, kinds, words } from './spdy-frames.ts'
import { headerReader, headerWriter } from './spdy-headers.ts'
import { type SpdySession, spdySession } from './spdy-session.ts'
import type { SpdyStream } from './spdy-stream.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** Two sessions over a TCP connection; the server's side collects streams. */
async function pair(onStream: (stream: SpdyStream) => void): Promise<{ client: SpdySession; server: SpdySession }> {
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const accepted = once(listener, 'connection')
  const socket = connect(address.port, '127.0.0.1')
  const [other] = await accepted
  const client = spdySession(socket, { role: 'client' })
  const server = spdySession(other, { role: 'server', onStream })
  cleanups.push(client.close, server.close, () => listener.close())
  return { client, server }
}

test('streams carry headers and bytes both ways, and half-close', async () => {
  const { client } = await pair((stream) => {
    let got = ''
    stream.on('data', (chunk) => {
      got += chunk
    })
    stream.on('end', () => stream.end(`${stream.headers.streamtype}: ${got}`))
  })
  const answers = await Promise.all(
    ['stdin', 'data'].map(async (streamType) => {
      const stream = await client.open({ streamType })
      stream.end(`hello ${streamType}`)
      return text(stream)
    }),
  )
  expect(answers).toEqual(['stdin: hello stdin', 'data: hello data'])
})

test('more than any window goes through, intact and with back pressure', async () => {
  const size = 8 << 20
  const { client } = await pair((stream) => stream.pipe(stream))
  const stream = await client.open({ streamtype: 'data' })
  const sent = Buffer.alloc(size, 'abcdefghij')
  stream.end(sent)
  const received: Buffer[] = []
  for await (const chunk of stream) received.push(chunk as Buffer)
  expect(Buffer.concat(received).equals(sent)).toBe(true)
})

test('closing ends every stream and refuses new ones', async () => {
  const { client, server } = await pair(() => {})
  const stream = await client.open({ streamtype: 'error' })
  server.close()
  expect(await text(stream)).toBe('')
  await client.closed
  stream.write('nobody hears this')
  await expect(client.open({})).rejects.toThrow('closed')
})

test('a destroyed stream is reset on the other side, and only that one', async () => {
  const seen: SpdyStream[] = []
  const { client } = await pair((stream) => {
    seen.push(stream)
    stream.resume()
  })
  const doomed = await client.open({ name: 'doomed' })
  const other = await client.open({ name: 'other' })
  const ended = once(seen[0] as SpdyStream, 'end')
  doomed.destroy()
  await ended
  const otherEnded = once(seen[1] as SpdyStream, 'end')
  other.end('still there')
  await otherEnded
})

test('what is not SPDY ends the session', async () => {
  const listener = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  cleanups.push(() => listener.close())
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const session = spdySession(connect(address.port, '127.0.0.1'), { role: 'client' })
  await expect(session.open({})).rejects.toThrow()
  await session.closed
})

test('header blocks are one zlib stream: ours, and compressed ones with the dictionary', async () => {
  const write = headerWriter()
  const ours = headerReader()
  expect(await ours.read(write({ StreamType: 'stdin' }))).toEqual({ streamtype: 'stdin' })
  expect(await ours.read(write({ port: '80', requestid: '1' }))).toEqual({ port: '80', requestid: '1' })
  ours.close()

  const deflate = createDeflate({ dictionary: dictionaries['3'], flush: constants.Z_SYNC_FLUSH })
  const theirs = headerReader()
  for (const value of ['error', 'error', 'stdout']) {
    const pair = Buffer.concat([
      words(1),
      words(10),
      Buffer.from('streamtype'),
      words(value.length),
      Buffer.from(value),
    ])
    const chunks: Buffer[] = []
    const collect = (chunk: Buffer) => chunks.push(chunk)
    deflate.on('data', collect)
    await new Promise((resolve) => deflate.write(pair, resolve))
    deflate.off('data', collect)
    expect(await theirs.read(Buffer.concat(chunks))).toEqual({ streamtype: value })
  }
  deflate.destroy()
  theirs.close()
})

test('frames that arrive byte by byte', () => {
  const read = frameReader()
  const frame = controlFrame(kinds.ping, 0, words(7))
  const frames = [...frame].flatMap((byte) => read(Buffer.from([byte])))
  expect(frames).toEqual([{ type: 'control', kind: kinds.ping, flags: 0, body: words(7) }])
})
