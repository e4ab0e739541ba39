/** Over TCP each message has its length, two bytes, in front (RFC 1035, 4.2.2). */
export function withLength(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(2 + message.length)
  framed.writeUInt16BE(message.length, 0)
  framed.set(message, 2)
  return framed
}

/** Takes whole messages out of a stream of bytes. */
export function messageReader(received: (message: Uint8Array) => void): (chunk: Uint8Array) => void {
  let buffer = Buffer.alloc(0)
  return (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
      const end = 2 + buffer.readUInt16BE(0)
      const message = buffer.subarray(2, end)
      buffer = buffer.subarray(end)
      received(message)
    }
  }
}
