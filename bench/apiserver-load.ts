/**
 * The clients of the API server benchmark, in a process of their own. Their parent sends what to do next; they answer with
 * what they saw.
 */
import { type ClientHttp2Session, connect } from 'node:http2'

export interface Target {
  url: string
  ca: string
  key: string
  cert: string
}

export type Load = 'warm up' | 'create pods' | 'create config maps' | 'get' | 'list' | 'fan out'
export type Order = { target: Target } | { load: Load; pods: number; seconds: number }

/** A rate (of requests, of events), or the seconds of each request. */
export interface Seen {
  perSecond?: number
  /** Requests, or events, that `perSecond` was counted from. */
  count?: number
  samples?: number[]
}

const inFlight = 64
const watchers = 100
const pods = '/api/v1/namespaces/default/pods'

const pod = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `web-${i}`,
    labels: { app: `web-${i % 50}`, 'pod-template-hash': '7c5d8bf9f4' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c5d8bf9f4', uid: `${i}`, controller: true },
    ],
  },
  spec: {
    nodeName: `node-${i % 100}`,
    containers: [
      {
        name: 'web',
        image: 'nginx:1.29',
        ports: [{ containerPort: 80 }],
        env: [{ name: 'A', value: 'b' }],
        resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: { httpGet: { path: '/', port: 80 }, periodSeconds: 5 },
      },
    ],
  },
})

let sessions: ClientHttp2Session[] = []
let target: Target
const session = (i: number) => sessions[i % sessions.length] as ClientHttp2Session

function request(session: ClientHttp2Session, method: string, path: string, body?: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ':method': method, ':path': path, 'content-type': 'application/json' }
    const stream = session.request(headers, { endStream: body === undefined })
    let size = 0
    let status = 0
    stream.on('response', (answer) => {
      status = Number(answer[':status'])
    })
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    stream.on('end', () => (status < 300 ? resolve(size) : reject(new Error(`${method} ${path}: ${status}`))))
    stream.on('error', reject)
    if (body !== undefined) stream.end(JSON.stringify(body))
  })
}

/** Many requests at a time, for a while or until there have been `most`. */
async function rate(seconds: number, once: (i: number) => Promise<unknown>, most = Number.POSITIVE_INFINITY) {
  const begin = performance.now()
  const end = begin + seconds * 1000
  let next = 0
  const requester = async () => {
    while (performance.now() < end && next < most) await once(next++)
  }
  await Promise.all(Array.from({ length: inFlight }, requester))
  return { count: next, perSecond: (next * 1000) / (performance.now() - begin) }
}

let configMaps = 0

const loads: Record<Load, (count: number, seconds: number) => Promise<Seen>> = {
  // Goes the whole way but for the store.
  'warm up': () => rate(60, (i) => request(session(i), 'POST', `${pods}?dryRun=All`, pod(i)), 2000),
  'create pods': (count) => rate(600, (i) => request(session(i), 'POST', pods, pod(i)), count),
  'create config maps': (_, seconds) =>
    rate(seconds, (i) =>
      request(session(i), 'POST', '/api/v1/namespaces/default/configmaps', {
        metadata: { name: `c-${configMaps++}` },
        data: { a: 'b' },
      }),
    ),
  get: (count, seconds) => rate(seconds, (i) => request(session(i), 'GET', `${pods}/web-${i % count}`)),
  async list(count, seconds) {
    const samples: number[] = []
    const end = performance.now() + seconds * 1000
    while (samples.length < 5 || performance.now() < end) {
      const begun = performance.now()
      const bytes = await request(session(0), 'GET', pods)
      // Whole pods of this size have more than a kilobyte each.
      if (bytes < count * 1000) throw new Error(`a list of ${count} pods has only ${bytes} bytes`)
      samples.push((performance.now() - begun) / 1000)
    }
    return { samples }
  },
  'fan out': (_, seconds) => fanOut(Math.round(seconds * 500)),
}

/** Watchers on 10 connections see the changes of one config map. */
async function fanOut(changes: number): Promise<Seen> {
  const path = '/api/v1/namespaces/kube-public/configmaps'
  const writer = session(0)
  await request(writer, 'POST', path, { metadata: { name: 'watched' }, data: { i: '0' } }).catch(() => {})
  const own = Array.from({ length: 10 }, () => connect(target.url, target))
  let events = 0
  for (let i = 0; i < watchers; i++) {
    const stream = (own[i % own.length] as ClientHttp2Session).request({ ':path': `${path}?watch=1` })
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) events++
    })
  }
  const seen = async (count: number) => {
    const deadline = performance.now() + 20_000
    while (events < count) {
      if (performance.now() > deadline) throw new Error(`watchers saw ${events} of ${count} events within 20 s`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  // Each begins with what is there; other objects of the namespace are at rest.
  await seen(watchers)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const before = events
  const begun = performance.now()
  let next = 0
  const change = async () => {
    while (next < changes)
      await request(writer, 'PUT', `${path}/watched`, {
        metadata: { name: 'watched' },
        data: { i: `${Date.now()}-${++next}` },
      })
  }
  await Promise.all(Array.from({ length: 8 }, change))
  await seen(before + changes * watchers)
  const count = events - before
  const perSecond = (count * 1000) / (performance.now() - begun)
  for (const session of own) session.destroy()
  return { perSecond, count }
}

process.on('message', async (order: Order) => {
  if ('target' in order) {
    target = order.target
    sessions = Array.from({ length: 4 }, () => connect(target.url, target))
    process.send?.({})
  } else process.send?.(await loads[order.load](order.pods, order.seconds))
})
process.once('disconnect', () => process.exit(0))
