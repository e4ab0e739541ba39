import type { Readable } from 'node:stream'
import { badRequest, tooLarge } from '../../api/errors.ts'

/** All of a body. Rejects with 413 as soon as it is longer than `limit`; the rest is thrown away. */
export function readAll(stream: Readable, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
      else {
        chunks.length = 0
        reject(tooLarge(`Request entity too large: limit is ${limit}`))
      }
    })
    stream.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    stream.on('error', () => reject(badRequest('the request was cut short')))
    stream.on('close', () => reject(badRequest('the request was cut short')))
  })
}
