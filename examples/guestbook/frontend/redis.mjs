import { connect } from 'node:net'

/** One redis command on a connection of its own: RESP, the protocol that redis speaks, needs no library for this. */
export function redis(host, ...command) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 6379 })
    const received = []
    socket.setTimeout(3000, () => socket.destroy(new Error(`${host} does not answer`)))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      received.push(chunk)
      const reply = parse(Buffer.concat(received), 0)
      if (!reply) return
      socket.destroy()
      if (reply.value instanceof Error) reject(reply.value)
      else resolve(reply.value)
    })
    socket.on('end', () => reject(new Error(`${host} closed the connection`)))
    const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`)
    socket.write(`*${command.length}\r\n${parts.join('')}`)
  })
}

/** The reply that starts at `at`, with where it ends; undefined while it has not arrived whole. */
function parse(buffer, at) {
  const end = buffer.indexOf('\r\n', at)
  if (end < 0) return undefined
  const line = buffer.toString('utf8', at + 1, end)
  let next = end + 2
  switch (String.fromCharCode(buffer[at])) {
    case '+':
      return { value: line, next }
    case '-':
      return { value: new Error(line), next }
    case ':':
      return { value: Number(line), next }
    case '$': {
      const length = Number(line)
      if (length < 0) return { value: null, next }
      if (buffer.length < next + length + 2) return undefined
      return { value: buffer.toString('utf8', next, next + length), next: next + length + 2 }
    }
    case '*': {
      const items = []
      for (let i = 0; i < Number(line); i++) {
        const item = parse(buffer, next)
        if (!item) return undefined
        items.push(item.value)
        next = item.next
      }
      return { value: items, next }
    }
    default:
      return { value: new Error(`not a redis reply: ${line}`), next }
  }
}
