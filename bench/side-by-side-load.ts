/**
 * The clients of the side-by-side benchmark, in a process of their own: 32 connections with one request at a time each, as
 * 32 programs would. Their parent sends what to do next; they answer with what they saw.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'

export const loads = ['config maps', 'pods', 'get', 'patch', 'list', 'list selected', 'list paged', 'watch'] as const
export type Load = (typeof loads)[number]
interface Pair {
  key: string
  cert: string
}
/** The clients are `target`; `admin` gives them their rights. */
interface Start {
  target: Pair
  admin: Pair
  url: string
  ca: string
  pods: number
}
export type Order = Start | { load: Load | 'warm up'; seconds: number }

export interface Seen {
  /** Requests, or events. */
  count: number
  seconds: number
  /** Of one request, in seconds; with a watch, from the write to the last watcher. */
  p50: number
  p99: number
}

const clients = 32
const watchers = 500
const ns = '/api/v1/namespaces/default'
const watched = '/api/v1/namespaces/kube-public/configmaps'

const pod = (i: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `web-${i}`, labels: { app: `web-${i % 50}`, 'pod-template-hash': '7c5d8bf9f4' } },
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
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } })

let pods = 0
let made = 0
let sessions: ClientHttp2Session[] = []

function request(client: number, method: string, path: string, body?: unknown, type = 'application/json') {
  return new Promise<number>((resolve, reject) => {
    const session = sessions[client % sessions.length] as ClientHttp2Session
    const headers = { ':method': method, ':path': path, accept: 'application/json', 'content-type': type }
    const stream = session.request(headers, { endStream: body === undefined })
    let status = 0
    let size = 0
    let text = ''
    stream.on('response', (answer) => {
      status = Number(answer[':status'])
    })
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (status >= 300) text += chunk
    })
    stream.on('end', () => (status < 300 ? resolve(size) : reject(new Error(`${method} ${path}: ${status} ${text}`))))
    stream.on('error', reject)
    if (body !== undefined) stream.end(JSON.stringify(body))
  })
}

/** Each of some clients makes one request after the other. */
async function rate(each: { seconds: number; most?: number; from?: number }, once: Once): Promise<Seen> {
  const { seconds, most = Number.POSITIVE_INFINITY, from = clients } = each
  const samples: number[] = []
  const begun = performance.now()
  const end = begun + seconds * 1000
  let next = 0
  const client = async (id: number) => {
    for (let before = performance.now(); before < end && next < most; ) {
      await once(next++, id)
      const now = performance.now()
      samples.push((now - before) / 1000)
      before = now
    }
  }
  await Promise.all(Array.from({ length: from }, (_, id) => client(id)))
  return seen(samples, (performance.now() - begun) / 1000)
}
type Once = (i: number, client: number) => Promise<unknown>

function seen(samples: number[], seconds: number, count = samples.length): Seen {
  const sorted = samples.sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return { count, seconds, p50: at(0.5), p99: at(0.99) }
}

/** A list has to hold at least so many pods of a kilobyte each. */
const list = (query: string, count: number) => (seconds: number) =>
  rate({ seconds, from: 4 }, async (_, id) => {
    const bytes = await request(id, 'GET', `${ns}/pods${query}`)
    if (bytes < count * 1000) throw new Error(`a list of ${count} pods has only ${bytes} bytes`)
  })

const measured: Record<Load | 'warm up', (seconds: number) => Promise<Seen>> = {
  // Goes the whole way but for the store.
  'warm up': (seconds) => rate({ seconds }, (i, id) => request(id, 'POST', `${ns}/pods?dryRun=All`, pod(i))),
  'config maps': (seconds) =>
    rate({ seconds }, (_, id) => request(id, 'POST', `${ns}/configmaps`, configMap(`c-${made++}`))),
  pods: () => rate({ seconds: 600, most: pods }, (i, id) => request(id, 'POST', `${ns}/pods`, pod(i))),
  get: (seconds) => rate({ seconds }, (i, id) => request(id, 'GET', `${ns}/pods/web-${i % pods}`)),
  patch: (seconds) =>
    rate({ seconds }, (i, id) =>
      request(
        id,
        'PATCH',
        `${ns}/pods/web-${i % pods}`,
        { metadata: { annotations: { 'example.com/round': `${i}` } } },
        'application/strategic-merge-patch+json',
      ),
    ),
  list: (seconds) => list('', pods)(seconds),
  'list selected': (seconds) => list('?labelSelector=app%3Dweb-7', pods / 50)(seconds),
  'list paged': (seconds) => list('?limit=500', Math.min(500, pods))(seconds),
  watch,
}

/** Eight clients change a config map each; 500 watchers see all changes. */
async function watch(seconds: number): Promise<Seen> {
  const writers = 8
  for (let i = 0; i < writers; i++) await request(i, 'POST', watched, configMap(`watched-${i}`)).catch(() => {})
  let events = 0
  const streams: ClientHttp2Stream[] = []
  const open = (client: number) =>
    new Promise<void>((resolve, reject) => {
      const session = sessions[client] as ClientHttp2Session
      const stream = session.request({ ':path': `${watched}?watch=1`, accept: 'application/json' })
      streams.push(stream)
      stream.on('error', () => {})
      stream.on('response', ({ ':status': status }) =>
        status === 200 ? resolve() : reject(new Error(`watch: ${status}`)),
      )
      stream.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) events++
      })
    })
  // Each client opens one after the other: more at a time would be too many for one user's share of the server.
  const openAll = async (client: number) => {
    for (let i = client; i < watchers; i += clients) await open(client)
  }
  await Promise.all(sessions.map((_, client) => openAll(client)))
  /** Until no event has come for a moment, and there have been enough. */
  const all = async (count: number) => {
    const deadline = performance.now() + 60_000
    while (events < count) {
      if (performance.now() > deadline) throw new Error(`watchers saw ${events} of ${count} events`)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  await all(watchers * writers)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const before = events
  const begun = performance.now()
  const writes = await rate({ seconds, from: writers }, (i, id) =>
    request(id, 'PATCH', `${watched}/watched-${id}`, { data: { a: `${i}` } }, 'application/merge-patch+json'),
  )
  await all(before + writes.count * watchers)
  const took = (performance.now() - begun) / 1000
  for (const stream of streams) stream.close()
  return { ...writes, count: events - before, seconds: took }
}

/** Rights as most clients have them: of a role, by RBAC. Members of system:masters would go around it. */
const binding = {
  metadata: { name: 'bench' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bench' }],
}

async function start(order: Start): Promise<void> {
  const { url, ca } = order
  pods = order.pods
  made = 0
  sessions = [connect(url, { ca, ...order.admin })]
  await request(0, 'POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', binding)
  // What the controller manager would have made: admission asks for it.
  await request(0, 'POST', `${ns}/serviceaccounts`, { metadata: { name: 'default' } })
  sessions[0]?.destroy()
  sessions = Array.from({ length: clients }, () => connect(url, { ca, ...order.target }))
  const isAllowed = () => request(0, 'GET', `${ns}/pods`).then(Boolean, () => false)
  for (const end = performance.now() + 10_000; !(await isAllowed()); )
    if (performance.now() > end) throw new Error('the user bench has got no rights')
}

process.on('message', async (order: Order) => {
  try {
    if ('target' in order) {
      await start(order)
      process.send?.({})
    } else process.send?.(await measured[order.load](order.seconds))
  } catch (error) {
    process.send?.({ error: String(error) })
  }
})
process.once('disconnect', () => process.exit(0))
