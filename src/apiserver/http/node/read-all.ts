import type { Readable } from 'node:stream'
import { clearTimeout, setTimeout } from 'node:timers'
import { badRequest, timeout, tooLarge } from '../../../api/errors.ts'

/** Upstream's `--request-timeout`. */
const minute = 60_000

/**
 * All of a body. Rejects with 413 as soon as it is longer than `limit`, and with 504 when it is not there after `patienceMs`;
 * the rest is thrown away.
 */
export function readAll(stream: Readable, limit: number, patienceMs = minute): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let most = limit
    let length = 0
    let settled = false
    const timer = setTimeout(() => {
      settled = true
      chunks.length = 0
      most = 0
      reject(timeout('Timeout: request did not complete within the allotted timeout'))
    }, patienceMs)
    const cut = () => {
      clearTimeout(timer)
      if (!settled) reject(badRequest('the request was cut short'))
    }
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= most) {
        chunks.push(chunk)
        return
      }
      chunks.length = 0
      if (!settled) reject(tooLarge(`Request entity too large: limit is ${limit}`))
      settled = true
    })
    stream.on('end', () => {
      clearTimeout(timer)
      settled = true
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    })
    stream.on('error', cut)
    stream.on('close', cut)
  })
}
