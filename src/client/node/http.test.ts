import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Deployments } from '../../api/apps/v1/index.ts'
import { ConfigMaps } from '../../api/core/v1/index.ts'
import { type HttpClient, httpClient, warningTexts } from './http.ts'

interface Seen {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}
type Answer = (request: Seen, stream: ServerHttp2Stream, session: ServerHttp2Session) => void

let server: Http2Server | undefined
let client: HttpClient | undefined
const sessions = new Set<ServerHttp2Session>()
afterEach(() => {
  client?.close()
  for (const session of sessions) session.destroy()
  server?.close()
})

async function serve(answer: Answer) {
  const seen: Seen[] = []
  server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
    session.on('stream', (stream, headers) => {
      let body = ''
      stream.on('error', () => {})
      stream.on('data', (piece: Buffer) => {
        body += piece
      })
      stream.on('end', () => {
        const method = headers[':method'] ?? ''
        const request = { method, path: headers[':path'] ?? '', headers: headers as Record<string, string>, body }
        seen.push(request)
        answer(request, stream, session)
      })
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const warnings: string[] = []
  client = httpClient({
    server: `http://127.0.0.1:${port}`,
    token: 'secret',
    fieldManager: 'me',
    warn: (text) => warnings.push(text),
  })
  return { client, seen, warnings, port }
}

const json = (stream: ServerHttp2Stream, status: number, body: unknown, headers = {}) => {
  stream.respond({ ':status': status, 'content-type': 'application/json', ...headers })
  stream.end(JSON.stringify(body))
}
const status = (code: number, reason: string, message: string) => ({ kind: 'Status', code, reason, message })
const map = { metadata: { name: 'a', namespace: 'x', resourceVersion: '7' } }

test("sends requests in the API's form", async () => {
  const { client, seen, warnings } = await serve((_, stream) =>
    json(stream, 200, { kind: 'X', items: [map] }, { warning: '299 - "old \\"thing\\"", 299 - "b"' }),
  )
  const name = { namespace: 'x', name: 'a' }
  await client.get(ConfigMaps, name)
  const { items } = await client.list(Deployments, { labelSelector: 'a=b', limit: 5 })
  await client.create(ConfigMaps, map, { dryRun: true })
  await client.update(Deployments, map, { subresource: 'status' })
  await client.patch(ConfigMaps, name, [{ op: 'test' }], { type: 'json', fieldManager: 'you' })
  await client.delete(ConfigMaps, name, { propagationPolicy: 'Orphan', preconditions: { uid: 'u' } })
  await client.deleteCollection(ConfigMaps, { namespace: 'x', labelSelector: 'a' })
  await client.post(Deployments, name, 'eviction', { kind: 'Eviction' })
  await client.apply(ConfigMaps, { metadata: name, data: {} }, { force: true })
  expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /api/v1/namespaces/x/configmaps/a',
    'GET /apis/apps/v1/deployments?labelSelector=a%3Db&limit=5',
    'POST /api/v1/namespaces/x/configmaps?fieldManager=me&dryRun=All',
    'PUT /apis/apps/v1/namespaces/x/deployments/a/status?fieldManager=me',
    'PATCH /api/v1/namespaces/x/configmaps/a?fieldManager=you',
    'DELETE /api/v1/namespaces/x/configmaps/a',
    'DELETE /api/v1/namespaces/x/configmaps?labelSelector=a',
    'POST /apis/apps/v1/namespaces/x/deployments/a/eviction',
    'PATCH /api/v1/namespaces/x/configmaps/a?fieldManager=me&force=true',
  ])
  expect(JSON.parse(seen[2]?.body ?? '')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
  expect(seen[4]?.headers).toMatchObject({
    'content-type': 'application/json-patch+json',
    authorization: 'Bearer secret',
  })
  expect(JSON.parse(seen[5]?.body ?? '')).toMatchObject({ propagationPolicy: 'Orphan', preconditions: { uid: 'u' } })
  expect(seen[8]?.headers).toMatchObject({ 'content-type': 'application/apply-patch+yaml' })
  expect(JSON.parse(seen[8]?.body ?? '')).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: name, data: {} })
  expect(items[0]).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment' })
  expect(warnings.slice(0, 2)).toEqual(['old "thing"', 'b'])
  expect(warningTexts('')).toEqual([])
})

test('a Status becomes an ApiError, and so does any other error body', async () => {
  const answers: [number, unknown][] = [
    [409, status(409, 'AlreadyExists', 'configmaps "a" already exists')],
    [502, 'bad gateway'],
  ]
  const { client } = await serve((_, stream) => json(stream, ...(answers.shift() ?? [500, ''])))
  await expect(client.create(ConfigMaps, map)).rejects.toMatchObject({ code: 409, reason: 'AlreadyExists' })
  await expect(client.create(ConfigMaps, map)).rejects.toMatchObject({ code: 502, message: '"bad gateway"' })
})

test('retries a 429 after the time that the server names', async () => {
  let times = 0
  const { client } = await serve((_, stream) =>
    ++times < 3
      ? json(stream, 429, status(429, 'TooManyRequests', 'slow'), { 'retry-after': '0' })
      : json(stream, 200, map),
  )
  await expect(client.create(ConfigMaps, map)).resolves.toMatchObject(map)
  expect(times).toBe(3)
})

test('opens a new connection after a GOAWAY, and sends a refused request again', async () => {
  let times = 0
  const { client } = await serve((_, stream, session) => {
    times++
    if (times === 1) session.goaway(0)
    if (times === 2) return stream.close(7)
    json(stream, 200, map)
  })
  await client.create(ConfigMaps, map)
  await client.create(ConfigMaps, map)
  expect(times).toBe(3)
  expect(sessions.size).toBeGreaterThan(1)
})

test('repeats a read that a broken connection cut off, but not a write', async () => {
  let times = 0
  const { client } = await serve((_, stream, session) => {
    if (++times % 2) session.destroy()
    else json(stream, 200, map)
  })
  await expect(client.get(ConfigMaps, { name: 'a', namespace: 'x' })).resolves.toMatchObject(map)
  await expect(client.create(ConfigMaps, map)).rejects.toThrow()
  expect(times).toBe(3)
})

test('fails at once with a clear error if there is no server', async () => {
  const { client, port } = await serve(() => {})
  client.close()
  server?.close()
  const other = httpClient({ server: `http://127.0.0.1:${port}` })
  await expect(other.get(ConfigMaps, { name: 'a', namespace: 'default' })).rejects.toThrow('ECONNREFUSED')
  other.close()
})

test("a watch delivers batches, ends in good order, and fails with the server's error", async () => {
  const line = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`
  let end = ''
  let sendTheRest = () => {}
  const { client } = await serve((_, stream) => {
    stream.respond({ ':status': 200 })
    stream.write(line('ADDED', map) + line('MODIFIED', map).slice(0, 20))
    sendTheRest = () => {
      stream.write(line('MODIFIED', map).slice(20))
      stream.end(end)
    }
  })
  const types: string[] = []
  const watch = () =>
    client.watch(ConfigMaps, { signal: new AbortController().signal, resourceVersion: '1' }, (batch) => {
      types.push(...batch.map(({ type }) => type))
      if (types.at(-1) === 'ADDED') sendTheRest()
    })
  await watch()
  expect(types).toEqual(['ADDED', 'MODIFIED'])
  end = line('ERROR', status(410, 'Expired', 'too old'))
  await expect(watch()).rejects.toMatchObject({ code: 410, message: 'too old' })
})

test('a watch can be stopped; a connection that breaks makes it fail', async () => {
  let cut = () => {}
  const { client } = await serve((_, stream, session) => {
    stream.respond({ ':status': 200 })
    stream.write(`${JSON.stringify({ type: 'ADDED', object: map })}\n`)
    cut = () => session.destroy()
  })
  const stop = new AbortController()
  await client.watch(ConfigMaps, { signal: stop.signal }, () => stop.abort())
  await expect(client.watch(ConfigMaps, { signal: new AbortController().signal }, () => cut())).rejects.toThrow()
})
