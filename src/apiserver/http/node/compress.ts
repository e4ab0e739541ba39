import { constants, gzip } from 'node:zlib'
import type { Headers } from '../exchange.ts'

/** Smaller answers are not worth it; as upstream. */
const threshold = 128 * 1024

/** Hands on the body, compressed when the client asked for it and it is large. */
export function compressed(
  acceptEncoding: string | undefined,
  headers: Headers,
  body: Uint8Array | string,
  done: (headers: Headers, bytes: Uint8Array) => void,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (bytes.length < threshold || !acceptEncoding || !/\bgzip\b/.test(acceptEncoding)) {
    done(headers, bytes)
    return
  }
  gzip(bytes, { level: constants.Z_BEST_SPEED }, (error, smaller) => {
    if (error) done(headers, bytes)
    else done({ ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' }, smaller)
  })
}
