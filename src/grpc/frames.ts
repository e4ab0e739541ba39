import { code, GrpcError } from './status.ts'

const headerBytes = 5

/** Messages as they go over the wire: a flag for compression (1 byte, always 0 here), the length (4 bytes), the message. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(headerBytes + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, headerBytes)
  return framed
}

/** Cuts the chunks of a stream into messages. */
export class Frames {
  readonly #received: (message: Buffer) => void
  #chunks: Buffer[] = []
  #size = 0
  /** How many bytes there must be before it is worth to look. */
  #wanted = headerBytes

  constructor(received: (message: Buffer) => void) {
    this.#received = received
  }

  /** @throws GrpcError when a message is compressed: we do not offer that. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#wanted) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size)
    let at = 0
    this.#wanted = headerBytes
    while (bytes.length - at >= headerBytes) {
      if (bytes[at] !== 0) throw new GrpcError(code.internal, 'the server has sent a compressed message')
      const end = at + headerBytes + bytes.readUInt32BE(at + 1)
      if (end > bytes.length) {
        this.#wanted = end - at
        break
      }
      this.#received(bytes.subarray(at + headerBytes, end))
      at = end
    }
    this.#chunks = at < bytes.length ? [bytes.subarray(at)] : []
    this.#size = bytes.length - at
  }
}
