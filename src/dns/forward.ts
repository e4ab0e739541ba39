import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { messageReader, withLength } from './framing.ts'

const timeoutMs = 2000

/**
 * Asks the upstream servers in turn, over the transport the client came by, and answers the first reply as it is.
 * @throws when none answers in 2 s each, or there is none.
 */
export async function forward(message: Uint8Array, upstreams: string[], transport: 'udp' | 'tcp'): Promise<Uint8Array> {
  let failure = new Error('there is no upstream server')
  for (const upstream of upstreams) {
    try {
      return await (transport === 'udp' ? overUdp : overTcp)(message, ...addressOf(upstream))
    } catch (error) {
      failure = error as Error
    }
  }
  throw failure
}

function addressOf(upstream: string): [host: string, port: number] {
  if (isIPv6(upstream)) return [upstream, 53]
  const colon = upstream.lastIndexOf(':')
  return colon < 0
    ? [upstream, 53]
    : [upstream.slice(0, colon).replace(/^\[|\]$/g, ''), Number(upstream.slice(colon + 1))]
}

function overUdp(message: Uint8Array, host: string, port: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    const timer = setTimeout(() => end(new Error(`${host} does not answer`)), timeoutMs)
    let isOver = false
    const end = (error?: Error, reply?: Uint8Array) => {
      // To close a socket twice throws.
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      socket.close()
      if (reply) resolve(reply)
      else reject(error)
    }
    socket.on('error', (error) => end(error))
    socket.on('message', (reply) => {
      // Only the reply to this question: its id is the first two bytes.
      if (reply[0] === message[0] && reply[1] === message[1]) end(undefined, reply)
    })
    socket.connect(port, host, () => socket.send(message))
  })
}

function overTcp(message: Uint8Array, host: string, port: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.on('error', fail)
    socket.on('timeout', () => fail(new Error(`${host} does not answer`)))
    socket.on('end', () => fail(new Error(`${host} closed the connection`)))
    socket.on('connect', () => socket.write(withLength(message)))
    socket.on(
      'data',
      messageReader((reply) => {
        socket.destroy()
        resolve(reply)
      }),
    )
  })
}
