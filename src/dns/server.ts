import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { type Answer, decode, type OptAnswer, type Packet, type Question } from 'dns-packet'
import type { Log } from '../api/log.ts'
import { answer, soaAt } from './answer.ts'
import { followed } from './follow.ts'
import { forward } from './forward.ts'
import { messageReader, withLength } from './framing.ts'
import { encodeResponse, isResponse, opcodeOf, type Response, sizeLimit } from './message.ts'
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

type Transport = 'udp' | 'tcp'

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
  let isClosed = false
  socket.on('message', (message, from) => {
    reply(options, message, 'udp', (answer) => {
      // The socket may have closed while the question was forwarded; then `send` throws.
      if (!isClosed) socket.send(answer, from.port, from.address, () => {})
    })
  })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(port, host, () => {
      socket.off('error', reject)
      socket.on('error', (error) => options.log.warn('UDP socket', { error: error.message }))
      resolve(() => {
        isClosed = true
        return new Promise((closed) => socket.close(() => closed()))
      })
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
        reply(options, message, 'tcp', (answer) => {
          if (socket.writable) socket.write(withLength(answer))
        })
      }),
    )
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      server.on('error', (error) => options.log.warn('TCP server', { error: error.message }))
      resolve(async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise<void>((closed) => server.close(() => closed()))
      })
    })
  })
}

/** Answers one message by `send`, where it is a query. Nothing that goes wrong with one message ends the process. */
function reply(
  options: DnsOptions,
  message: Uint8Array,
  transport: Transport,
  send: (answer: Uint8Array) => void,
): void {
  respond(options, message, transport)
    .then((answer) => answer && send(answer))
    .catch((error: unknown) => options.log.warn('cannot answer a query', { transport, error: String(error) }))
}

/** The reply to one message, encoded; undefined when it is not even a query. */
async function respond(
  options: DnsOptions,
  message: Uint8Array,
  transport: Transport,
): Promise<Uint8Array | undefined> {
  if (message.length < 12 || isResponse(message)) return undefined
  const refuse = (rcode: Response['rcode'], edns?: OptAnswer) =>
    encodeResponse(message, { rcode }, sizeLimit(transport, edns), edns)
  if (opcodeOf(message) !== 0) return refuse('NOTIMP')
  let query: Packet
  try {
    query = decode(Buffer.from(message))
  } catch {
    return refuse('FORMERR')
  }
  const question = query.questions?.[0]
  if (!question || query.questions?.length !== 1) return refuse('FORMERR')
  const edns = query.additionals?.find((record) => record.type === 'OPT')
  if (edns && edns.ednsVersion !== 0) return refuse('BADVERS', edns)
  if (question.class !== 'IN') return refuse('REFUSED', edns)
  try {
    const response = await ownResponse(options, query, question, transport)
    if (response) return encodeResponse(message, response, sizeLimit(transport, edns), edns)
    return await forward(message, options.upstreams, transport)
  } catch (error) {
    options.log.debug('cannot resolve a name', { name: question.name, error: String(error) })
    return refuse('SERVFAIL', edns)
  }
}

/** The answer for the cluster's own names; undefined for others. */
async function ownResponse(
  { zone, upstreams }: DnsOptions,
  query: Packet,
  question: Question,
  transport: Transport,
): Promise<Response | undefined> {
  const reply = answer(zone, question)
  if (!reply) return undefined
  const answers = await followed(zone, reply, { ...query, type: question.type }, (asked) =>
    forward(asked, upstreams, transport),
  )
  // An alias that leads to nothing is as a name without records.
  if (answers.length === 0 && reply.answers.length > 0) {
    return { ...reply, isAuthoritative: true, answers, authorities: [soaAt(zone, question.name)] }
  }
  return { ...reply, isAuthoritative: true, answers: turned(answers) }
}

/**
 * Clients that take the first address are spread over all of them by turning the order at each reply. Resolvers want a
 * name's CNAME before what it leads to.
 */
let turn = 0
function turned(answers: Answer[]): Answer[] {
  if (answers.length < 2) return answers
  const aliases = answers.filter(({ type }) => type === 'CNAME')
  const others = answers.filter(({ type }) => type !== 'CNAME')
  turn = (turn + 1) % 0xffff
  const start = turn % Math.max(1, others.length)
  return [...aliases, ...others.slice(start), ...others.slice(0, start)]
}
