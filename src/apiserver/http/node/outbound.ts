import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { Outbound, OutboundAnswer, OutboundRequest } from '../../outbound/outbound.ts'
import { dialError } from './dial-error.ts'

export interface NodeOutbound extends Outbound {
  /** Closes the connections that wait for more requests. */
  close(): void
}

/** Sends requests over connections that stay open, one set for each other side and its certificates. */
export function nodeOutbound(): NodeOutbound {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new Agent({ keepAlive: true }) }
  return {
    async send(request) {
      const url = new URL(request.url)
      const aborted = AbortSignal.timeout(Math.max(1, request.timeoutMs))
      const signal = request.signal ? AbortSignal.any([request.signal, aborted]) : aborted
      try {
        return await sent(url, request, signal, agents)
      } catch (error) {
        const why = signal.aborted
          ? aborted.aborted
            ? 'context deadline exceeded'
            : 'context canceled'
          : dialError(error, request.connectTo ?? { host: hostOf(url), port: portOf(url) })
        throw new Error(`${goMethods[request.method]} ${JSON.stringify(request.url)}: ${why}`, { cause: error })
      }
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

/** Clients match on the words of Go's HTTP client, which names the method so. */
const goMethods = { GET: 'Get', POST: 'Post' }

/** The other side may close a waiting connection just as a request comes: that request starts again, on a new one. */
async function sent(url: URL, request: OutboundRequest, signal: AbortSignal, agents: Agents): Promise<OutboundAnswer> {
  for (;;) {
    const attempt = once(url, request, signal, agents)
    try {
      return await attempt.answer
    } catch (error) {
      if (signal.aborted || !attempt.wasStale()) throw error
    }
  }
}

interface Agents {
  http: HttpAgent
  https: Agent
}

function once(url: URL, request: OutboundRequest, signal: AbortSignal, agents: Agents) {
  const secure = url.protocol === 'https:'
  const options = { ...optionsOf(url, request), ...(secure && tlsOf(url, request)), signal }
  const client = secure
    ? httpsRequest({ ...options, agent: agents.https })
    : httpRequest({ ...options, agent: agents.http })
  let answered = false
  const answer = new Promise<OutboundAnswer>((resolve, reject) => {
    client.on('error', reject)
    client.on('response', (message) => {
      answered = true
      bodyOf(message, request.maxBytes).then((body) => resolve(answerOf(message, body)), reject)
    })
    client.end(request.body)
  })
  return { answer, wasStale: () => client.reusedSocket && !answered }
}

function optionsOf(url: URL, { method, headers = {}, body, connectTo }: OutboundRequest): RequestOptions {
  return {
    method,
    host: connectTo?.host ?? hostOf(url),
    port: connectTo?.port ?? portOf(url),
    path: `${url.pathname}${url.search}`,
    headers: { host: url.host, ...headers, ...(body && { 'content-length': `${body.length}` }) },
    ...((url.username || url.password) && {
      auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`,
    }),
  }
}

function tlsOf(url: URL, { ca, client, connectTo, serverName = hostOf(url) }: OutboundRequest): RequestOptions {
  const isAddress = isIP(serverName) !== 0
  return {
    // An address is no name that TLS can ask for: the certificate has to hold the address it connects to, or this one.
    servername: isAddress ? '' : serverName,
    ...(isAddress &&
      connectTo && { checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate) }),
    ...(ca !== undefined && { ca }),
    ...client,
  }
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

const portOf = ({ port, protocol }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80)

function bodyOf(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    message.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > maxBytes) message.destroy(new Error(`the answer is longer than ${maxBytes} bytes`))
      else chunks.push(chunk)
    })
    message.on('end', () => resolve(Buffer.concat(chunks)))
    message.on('error', reject)
    // A body that ends before its length is no answer.
    message.on('close', () => reject(new Error('unexpected EOF')))
  })
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: Buffer): OutboundAnswer {
  const plain = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')])
  return { status: statusCode, headers: Object.fromEntries(plain), body }
}
