import { constants, createInflate } from 'node:zlib'
import dictionaries from 'spdy-transport/lib/spdy-transport/protocol/spdy/dictionary.js'
import { words } from './spdy-frames.ts'

export type Headers = Record<string, string>

/**
 * All header blocks that one side sends are one zlib stream. This writes it without compressing anything, in stored
 * blocks: each of them is complete by itself, and a handful of short headers is not worth a compressor's memory.
 */
export function headerWriter(): (headers: Headers) => Buffer {
  let start = Buffer.from([0x78, 0x01])
  return (headers) => {
    const pairs = Object.entries(headers)
    const plain = Buffer.concat([
      words(pairs.length),
      ...pairs.flatMap(([name, value]) => [counted(name.toLowerCase()), counted(value)]),
    ])
    if (plain.length > 0xffff) throw new Error('headers are too long')
    const stored = Buffer.from([0, 0, 0, 0, 0])
    stored.writeUInt16LE(plain.length, 1)
    stored.writeUInt16LE(plain.length ^ 0xffff, 3)
    const block = Buffer.concat([start, stored, plain, flush])
    start = Buffer.alloc(0)
    return block
  }
}

/** An empty stored block: on it Go's decompressor hands out what it has, instead of waiting for more. */
const flush = Buffer.from([0, 0, 0, 0xff, 0xff])

/** Reads the other side's header blocks. Callers give them in order, each after the last is read. */
export function headerReader(): { read(block: Buffer): Promise<Headers>; close(): void } {
  const inflate = createInflate({ dictionary: dictionaries['3'], finishFlush: constants.Z_SYNC_FLUSH })
  const chunks: Buffer[] = []
  let failed: Error | undefined
  let fail: (error: Error) => void = () => {}
  inflate.on('data', (chunk: Buffer) => chunks.push(chunk))
  inflate.on('error', (error) => {
    failed = error
    fail(error)
  })
  return {
    read: (block) =>
      new Promise((resolve, reject) => {
        if (failed) return reject(failed)
        fail = reject
        inflate.write(block, () => {
          // The last output is emitted in the same tick as this is called.
          try {
            resolve(parse(Buffer.concat(chunks.splice(0))))
          } catch (error) {
            reject(error)
          }
        })
      }),
    close: () => inflate.destroy(),
  }
}

const counted = (text: string) => {
  const bytes = Buffer.from(text)
  return Buffer.concat([words(bytes.length), bytes])
}

function parse(plain: Buffer): Headers {
  const headers: Headers = {}
  let at = 0
  const number = () => {
    at += 4
    return plain.readUInt32BE(at - 4)
  }
  const text = () => {
    const length = number()
    if (at + length > plain.length) throw new Error('malformed SPDY headers')
    at += length
    return plain.toString('utf8', at - length, at)
  }
  for (let left = number(); left > 0; left--) {
    const name = text()
    headers[name] = text()
  }
  return headers
}
