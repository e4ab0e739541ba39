/**
 * What the API server does over HTTPS, in requests and events a second: `node bench/apiserver.ts`. Server (memory store)
 * and clients share the machine, the clients in a process of their own.
 */
import { fork } from 'node:child_process'
import { type ClientHttp2Session, connect } from 'node:http2'
import { pathToFileURL } from 'node:url'

interface Target {
  url: string
  ca: string
  key: string
  cert: string
}

interface Figure {
  name: string
  value: number
  unit: string
}

const seconds = Number(process.env.BENCH_SECONDS ?? 3)
const podCount = 5000

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

async function serve(): Promise<void> {
  const { startTestServer } = await import('../src/apiserver/testing.ts')
  const server = await startTestServer()
  const { ServiceAccounts } = await import('../src/api/core/v1/index.ts')
  await server.server.objects.create(ServiceAccounts, { metadata: { name: 'default', namespace: 'default' } })
  const client = fork(import.meta.filename, ['client'], { stdio: 'inherit' })
  client.send({ url: server.url, ca: server.ca, ...server.admin } satisfies Target)
  client.on('message', (figures: Figure[]) => {
    for (const { name, value, unit } of figures)
      console.log(`${name.padEnd(34)} ${value.toFixed(1).padStart(10)} ${unit}`)
    console.log(`${'server RSS'.padEnd(34)} ${(process.memoryUsage().rss / 1e6).toFixed(1).padStart(10)} MB`)
  })
  await new Promise((resolve) => client.on('exit', resolve))
  await server.close()
}

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

/** `concurrency` requests at a time for a while: how many a second. */
async function rate(concurrency: number, once: (i: number) => Promise<unknown>, most = Number.POSITIVE_INFINITY) {
  const begin = performance.now()
  const end = begin + seconds * 1000
  let next = 0
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < end && next < most) await once(next++)
    }),
  )
  return (next * 1000) / (performance.now() - begin)
}

async function measure(target: Target): Promise<Figure[]> {
  const sessions = Array.from({ length: 4 }, () => connect(target.url, target))
  const session = (i: number) => sessions[i % sessions.length] as ClientHttp2Session
  const pods = '/api/v1/namespaces/default/pods'
  const figures: Figure[] = []
  const add = (name: string, value: number, unit: string) => figures.push({ name, value, unit })

  const begin = performance.now()
  let created = 0
  const creator = async () => {
    while (created < podCount) {
      const i = created++
      await request(session(i), 'POST', pods, pod(i))
    }
  }
  await Promise.all(Array.from({ length: 64 }, creator))
  add(`POST pods (the first ${podCount})`, (podCount * 1000) / (performance.now() - begin), '/s')
  const configMap = (i: number) => ({ metadata: { name: `c-${i}` }, data: { a: 'b' } })
  const posts = await rate(64, (i) =>
    request(session(i), 'POST', '/api/v1/namespaces/default/configmaps', configMap(i)),
  )
  add('POST config maps', posts, '/s')
  add('GET pod', await rate(64, (i) => request(session(i), 'GET', `${pods}/web-${i % podCount}`)), '/s')

  const times: number[] = []
  for (let i = 0; i < 20; i++) {
    const start = performance.now()
    await request(session(0), 'GET', pods)
    times.push(performance.now() - start)
  }
  add(`LIST ${podCount} pods, median`, times.sort((a, b) => a - b)[10] ?? 0, 'ms')
  add('watch fan-out, 100 watchers', await fanOut(target, session(0)), 'events/s')
  for (const one of sessions) one.close()
  return figures
}

/** 100 watchers on 10 connections see the changes of one config map. */
async function fanOut(target: Target, writer: ClientHttp2Session): Promise<number> {
  const path = '/api/v1/namespaces/kube-public/configmaps'
  await request(writer, 'POST', path, { metadata: { name: 'w' }, data: { i: '0' } })
  const sessions = Array.from({ length: 10 }, () => connect(target.url, target))
  let lines = 0
  const streams = sessions.flatMap((session) =>
    Array.from({ length: 10 }, () => {
      const stream = session.request({ ':path': `${path}?watch=1` })
      stream.on('error', () => {})
      stream.on('data', (chunk: Buffer) => {
        for (const byte of chunk) if (byte === 10) lines++
      })
      return stream
    }),
  )
  while (lines < 100) await new Promise((resolve) => setTimeout(resolve, 5))
  lines = 0
  const changes = 1500
  const begin = performance.now()
  let next = 0
  const change = async () => {
    while (next < changes)
      await request(writer, 'PUT', `${path}/w`, { metadata: { name: 'w' }, data: { i: `${++next}` } })
  }
  await Promise.all(Array.from({ length: 8 }, change))
  const expected = Math.min(next, changes) * streams.length
  const deadline = performance.now() + 20_000
  while (lines < expected && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2))
  const perSecond = (lines * 1000) / (performance.now() - begin)
  for (const session of sessions) session.destroy()
  return perSecond
}

if (process.argv[2] === 'client')
  process.once('message', async (target: Target) => {
    process.send?.(await measure(target))
    process.disconnect?.()
  })
else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await serve()
