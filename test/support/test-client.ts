import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import type { TestServer } from './api-server.ts'
import type { Pair } from './certificates.ts'

export interface TestAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** The parsed body. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export interface TestRequest {
  method?: string
  headers?: Record<string, string>
  /** An object is sent as JSON. */
  body?: unknown
}

/** Plain requests over HTTP/2, for tests of what goes over the wire. */
export interface TestClient {
  send(path: string, request?: TestRequest): Promise<TestAnswer>
  /** A watch: its events as they come. */
  watch(path: string, headers?: Record<string, string>): TestWatch
  close(): void
}

export interface TestWatch {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every shape
  events: { type: string; object: any }[]
  /** Resolves when there are so many events; rejects after five seconds. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  next(count: number): Promise<{ type: string; object: any }[]>
  readonly ended: Promise<void>
  status: Promise<number>
  stop(): void
}

export function testClient({ url, ca }: TestServer, pair?: Pair, token?: string): TestClient {
  const session: ClientHttp2Session = connect(url, { ca, ...pair })
  session.on('error', () => {})
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return {
    send(path, { method = 'GET', headers = {}, body } = {}) {
      return new Promise((resolve, reject) => {
        const json = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
        const type = json && !headers['content-type'] ? { 'content-type': 'application/json' } : {}
        const all = { ':method': method, ':path': path, ...authorization, ...type, ...headers }
        const stream = session.request(all, { endStream: body === undefined })
        const chunks: Buffer[] = []
        let answered: TestAnswer['headers'] = {}
        stream.on('response', (given) => {
          answered = given as TestAnswer['headers']
        })
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('error', reject)
        stream.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: Number(answered[':status']), headers: answered, text, body: parsed(text) })
        })
        if (body !== undefined) stream.end(json ? JSON.stringify(body) : body)
      })
    },
    watch: (path, headers = {}) => watching(session.request({ ':path': path, ...authorization, ...headers })),
    close: () => session.destroy(),
  }
}

function watching(stream: ClientHttp2Stream): TestWatch {
  const watch: TestWatch = {
    events: [],
    next: (count) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`${watch.events.length} events, not ${count}`)), 5000)
        const look = () => {
          if (watch.events.length < count) return
          clearTimeout(timer)
          stream.off('data', look)
          resolve(watch.events)
        }
        stream.on('data', look)
        look()
      }),
    ended: new Promise((resolve) => stream.on('close', () => resolve())),
    status: new Promise((resolve) => stream.on('response', (headers) => resolve(Number(headers[':status'])))),
    stop: () => stream.close(),
  }
  let rest = ''
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    watch.events.push(...lines.map((line) => JSON.parse(line)))
  })
  return watch
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
