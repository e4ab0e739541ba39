import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { type Answer, decode, encode, type Packet, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet'
import type { Log } from '../api/log.ts'
import { answer } from './answer.ts'
import { followed } from './follow.ts'
import { forward } from './forward.ts'
import { messageReader, withLength } from './framing.ts'
import type { Zone } from './zone.ts'

export interface DnsOptions {
  zone: Zone
  /** Each address gets UDP and TCP. */
  listen: { host: string; port: number }[]
  /** Servers (`10.0.0.2`, `10.0.0.2:5353`) that answer what is not the cluster's. */
  upstreams: string[]
  log: Log
}

export interface DnsServer {
  close(): Promise<void>
}

const authoritative = 1 << 10
const recursionAvailable = 1 << 7
const rcode = { ok: 0, formatError: 1, serverFailure: 2, nameError: 3, notImplemented: 4 }
const smallestUdp = 512
const largestUdp = 4096
const idleTcpMs = 10_000

/** Serves the zone over UDP and TCP; resolves when every address is listened on. */
export async function serveDns(options: DnsOptions): Promise<DnsServer> {
  const closers: (() => Promise<void>)[] = []
  const close = async () => {
    await Promise.all(closers.map((end) => end()))
  }
  try {
    for (const { host, port } of options.listen) {
      closers.push(await listenUdp(options, host, port), await listenTcp(options, host, port))
    }
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

function listenUdp(options: DnsOptions, host: string, port: number): Promise<() => Promise<void>> {
  const socket: UdpSocket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', reuseAddr: true })
  socket.on('message', (message, from) => {
    void respond(options, message, 'udp').then((reply) => {
      if (reply) socket.send(reply, from.port, from.address, () => {})
    })
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, () => {
      socket.off('error', reject)
      socket.on('error', (error) => options.log.warn('UDP socket', { error: error.message }))
      resolve(() => new Promise((closed) => socket.close(() => closed())))
    })
  })
}

function listenTcp(options: DnsOptions, host: string, port: number): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.setTimeout(idleTcpMs, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.on(
      'data',
      messageReader((message) => {
        void respond(options, message, 'tcp').then((reply) => {
          if (reply && socket.writable) socket.write(withLength(reply))
        })
      }),
    )
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve(async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise<void>((closed) => server.close(() => closed()))
      })
    })
  })
}

/** The reply to one message, encoded; undefined when it is not even a query. */
async function respond(
  { zone, upstreams, log }: DnsOptions,
  message: Uint8Array,
  transport: 'udp' | 'tcp',
): Promise<Uint8Array | undefined> {
  let query: Packet
  try {
    query = decode(Buffer.from(message))
  } catch {
    return message.length >= 12 ? errorReply(message, rcode.formatError) : undefined
  }
  if (query.type !== 'query') return undefined
  const question = query.questions?.[0]
  if (!question || query.questions?.length !== 1) return errorReply(message, rcode.formatError)
  const reply = answer(zone, question)
  if (!reply) {
    try {
      return await forward(message, upstreams, transport)
    } catch (error) {
      log.debug('forwarding failed', { name: question.name, error: (error as Error).message })
      return errorReply(message, rcode.serverFailure)
    }
  }
  const target = await followed(zone, reply.answers, { ...query, type: question.type }, (asked) =>
    forward(asked, upstreams, transport),
  )
  const edns = query.additionals?.find((a) => a.type === 'OPT')
  const authorities = reply.answers.length === 0 ? [soa(zone.domain)] : []
  const packet: Packet = {
    id: query.id,
    type: 'response',
    flags:
      authoritative |
      recursionAvailable |
      ((query.flags ?? 0) & RECURSION_DESIRED) |
      (reply.exists ? rcode.ok : rcode.nameError),
    questions: [question],
    // Resolvers want a name's CNAME before what it leads to.
    answers: target.length > 0 ? [...reply.answers, ...target] : shuffled(reply.answers),
    authorities,
    additionals: [...reply.additionals, ...(edns ? [{ ...optRecord }] : [])],
  }
  const encoded = encode(packet)
  if (transport === 'tcp') return encoded
  const limit = Math.min(largestUdp, Math.max(smallestUdp, edns && 'udpPayloadSize' in edns ? edns.udpPayloadSize : 0))
  if (encoded.length <= limit) return encoded
  return encode({
    ...packet,
    answers: [],
    additionals: edns ? [{ ...optRecord }] : [],
    flags: (packet.flags ?? 0) | TRUNCATED_RESPONSE,
  })
}

const optRecord: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: largestUdp,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as Answer

/** Negative answers may be kept for 30 s by who asked (RFC 2308). */
const soa = (domain: string): Answer => ({
  type: 'SOA',
  name: domain,
  ttl: 30,
  data: {
    mname: `ns.dns.${domain}`,
    rname: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: 30,
  },
})

/** Clients that take the first address are spread over all of them by turning the order at each reply. */
let turn = 0
function shuffled<T>(items: T[]): T[] {
  if (items.length < 2) return items
  turn = (turn + 1) % 0xffff
  const start = turn % items.length
  return [...items.slice(start), ...items.slice(0, start)]
}

function errorReply(message: Uint8Array, code: number): Uint8Array {
  const reply = Buffer.alloc(12)
  reply.set(message.subarray(0, 2))
  reply.writeUInt16BE(0x8000 | recursionAvailable | code, 2)
  return reply
}
