/** SPDY/3.1's frames, in bytes and back. Source: SPDY protocol, draft 3.1. */
export type Frame =
  | { type: 'data'; stream: number; fin: boolean; data: Buffer }
  | { type: 'control'; kind: number; flags: number; body: Buffer }

export const kinds = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const

/** A flag of data, synStream and synReply: the sender will send no more on this stream. */
export const fin = 1
const headSize = 8
/** Larger than any frame of exec or port-forward; a larger one is not SPDY. */
const maxLength = 16 << 20

/** Cuts what arrives into frames. Fails on what cannot be SPDY/3. */
export function frameReader(): (chunk: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    while (rest.length >= headSize) {
      const word = rest.readUInt32BE(0)
      const flags = rest.readUInt8(4)
      const length = rest.readUIntBE(5, 3)
      const control = word >>> 31 === 1
      if (length > maxLength || (control && ((word >>> 16) & 0x7fff) !== 3)) throw new Error('not a SPDY/3 frame')
      if (rest.length < headSize + length) break
      const body = rest.subarray(headSize, headSize + length)
      rest = rest.subarray(headSize + length)
      frames.push(
        control
          ? { type: 'control', kind: word & 0xffff, flags, body }
          : { type: 'data', stream: word, fin: (flags & fin) !== 0, data: body },
      )
    }
    return frames
  }
}

export const dataFrame = (stream: number, data: Buffer, flags = 0): Buffer => framed(stream, flags, data)

export const controlFrame = (kind: number, flags: number, body: Buffer): Buffer =>
  framed((0x80000000 | (3 << 16) | kind) >>> 0, flags, body)

/** Words of 32 bits. */
export const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

function framed(word: number, flags: number, body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(headSize + body.length)
  frame.writeUInt32BE(word, 0)
  frame.writeUInt8(flags, 4)
  frame.writeUIntBE(body.length, 5, 3)
  body.copy(frame, headSize)
  return frame
}
