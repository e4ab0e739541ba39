import type { Readable } from 'node:stream'
import { badRequest, tooLarge } from '../../../api/errors.ts'

/** All of a body. Rejects with 413 as soon as it is longer than `limit`; the rest is thrown away. */
export function readAll(stream: Readable, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    let settled = false
    const cut = () => {
      if (!settled) reject(badRequest('the request was cut short'))
    }
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= limit) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      if (!settled) reject(tooLarge(`Request entity too large: limit is ${limit}`))
      settled = true
    })
    stream.on('end', () => {
      settled = true
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    })
    stream.on('error', cut)
    stream.on('close', cut)
  })
}
