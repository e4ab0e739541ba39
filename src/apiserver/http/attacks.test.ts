import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { type TestClient, testClient } from '../../../test/support/test-client.ts'

/** Clients that want too much, or never finish: others do not notice. */

const maps = '/api/v1/namespaces/default/configmaps'
const json = { 'content-type': 'application/json' }
const mebibyte = 1024 * 1024

let server: TestServer
/** Over the same store. */
let impatient: TestServer
let client: TestClient
beforeAll(async () => {
  server = await startTestServer()
  const patience = { headersMs: 300, bodyMs: 300, idleMs: 300 }
  impatient = await startTestServer({ store: server.store, bootstrap: false, patience })
  client = testClient(server, server.admin)
  await client.send(maps, { method: 'POST', body: { metadata: { name: 'web' }, data: { a: 'b' } } })
})
afterAll(async () => {
  client.close()
  await server.close()
  await impatient.close()
})

async function session({ url, ca, admin }: TestServer): Promise<ClientHttp2Session> {
  const opened = connectHttp2(url, { ca, ...admin })
  opened.on('error', () => {})
  await new Promise((resolve) => opened.once('connect', resolve))
  return opened
}
const socket = ({ url, ca, admin }: TestServer): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const port = Number(new URL(url).port)
    const opened = connectTls({ ca, ...admin, port, host: '127.0.0.1' }, () => resolve(opened))
    opened.once('error', reject)
  })

describe('an object of another place is not reached', () => {
  test.each([
    '/api/v1/configmaps/web',
    '/api/v1/configmaps/default%2Fweb',
    '/api/v1/namespaces/default%2Fweb/configmaps',
    '/api/v1/namespaces/..%2Fdefault/configmaps/web',
    '/api/v1/namespaces/kube-system%2F..%2Fdefault/configmaps/web',
    '/api/v1/namespaces/default/../default/configmaps/web',
    '/api/v1/namespaces/default/nodes/web',
    '/api/v1/namespaces/default/nodes',
    `${maps}/%2e%2e`,
    `${maps}/..`,
    `${maps}/web%00`,
    `${maps}/web%2Fstatus`,
    `${maps}/%2Fweb`,
    `/api/v1/watch/configmaps/default%2Fweb`,
    '/api//v1/namespaces/default/configmaps/web',
    '//api/v1/namespaces/default/configmaps/web',
  ])('%s', async (path) => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }
      const body = method === 'GET' || method === 'DELETE' ? undefined : '{"metadata":{"name":"web"},"data":{"a":"c"}}'
      const answer = await client.send(path, { method, headers, ...(body && { body }) })
      expect([400, 404, 405], answer.text).toContain(answer.status)
    }
    expect((await client.send(`${maps}/web`)).body.data).toEqual({ a: 'b' })
  })
})

describe('a body', () => {
  const filled = (length: number) => {
    const [head, tail] = ['{"metadata":{"name":"big"},"data":{"a":"', '"}}']
    return head + 'x'.repeat(length - head.length - tail.length) + tail
  }
  const tooLarge = { status: 413, body: { reason: 'RequestEntityTooLarge', code: 413 } }

  test('of 3 MiB is read, and one of a byte more is not', async () => {
    const exact = await client.send(maps, { method: 'POST', headers: json, body: filled(3 * mebibyte) })
    expect([exact.status, exact.body.message]).toEqual([422, expect.stringContaining('Too long')])
    const more = { headers: json, body: filled(3 * mebibyte + 1) }
    expect(await client.send(maps, { method: 'POST', ...more })).toMatchObject(tooLarge)
    expect(await client.send(`${maps}/web`, { method: 'PUT', ...more })).toMatchObject(tooLarge)
    const patch = { ...more, headers: { 'content-type': 'application/merge-patch+json' } }
    expect(await client.send(`${maps}/web`, { method: 'PATCH', ...patch })).toMatchObject(tooLarge)
    expect(await client.send(`${maps}/web`, { method: 'DELETE', ...more })).toMatchObject(tooLarge)
  })

  test('that goes on for ever is refused as soon as it is too long, and its memory is free', async () => {
    const over = await session(server)
    const stream = over.request({ ':method': 'POST', ':path': maps, ...json })
    stream.on('error', () => {})
    const status = new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))
    const closed = new Promise<void>((resolve) => stream.on('close', resolve))
    stream.resume()
    const before = process.memoryUsage().arrayBuffers
    const chunk = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    const more = () => {
      if (stream.destroyed || stream.closed) return
      sent += chunk.length
      stream.write(chunk, () => setImmediate(more))
    }
    more()
    expect(await status).toBe(413)
    await closed
    expect(sent).toBeLessThan(40 * mebibyte)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * mebibyte)
    over.destroy()
  })

  test('with compression is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * mebibyte, 'a'))
    const headers = { ...json, 'content-encoding': 'gzip' }
    expect((await client.send(maps, { method: 'POST', headers, body: bomb })).status).toBe(400)
  })

  const nested = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
  const deep = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"web"},"data":${nested}}`
  test.each([
    ['POST', 'application/json', deep],
    ['POST', 'application/yaml', deep],
    ['POST', 'application/yaml', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['PUT', 'application/json', deep],
    ['PATCH', 'application/merge-patch+json', deep],
    ['PATCH', 'application/strategic-merge-patch+json', deep],
    ['PATCH', 'application/apply-patch+yaml', deep],
    ['PATCH', 'application/json-patch+json', `[{"op":"add","path":"/data","value":${nested}}]`],
  ])('of 10,000 levels is refused: %s %s', async (method, type, body) => {
    const path = method === 'POST' ? maps : `${maps}/web?fieldManager=deep`
    const answer = await client.send(path, { method, headers: { 'content-type': type }, body })
    expect([answer.status, answer.body.reason]).toEqual([400, 'BadRequest'])
  })

  test('with the names that objects inherit is kept as it is, and changes no other object', async () => {
    const data = '{"__proto__":"a","constructor":"b","toString":"c"}'
    const text = `{"metadata":{"name":"odd","__proto__":{"polluted":1}},"data":${data},"__proto__":{"polluted":1}}`
    for (const [method, type, path] of [
      ['POST', 'application/json', maps],
      ['PUT', 'application/json', `${maps}/odd`],
      ['PATCH', 'application/merge-patch+json', `${maps}/odd`],
      ['PATCH', 'application/strategic-merge-patch+json', `${maps}/odd`],
    ] as const)
      expect((await client.send(path, { method, headers: { 'content-type': type }, body: text })).status).toBeLessThan(
        300,
      )
    const { text: kept } = await client.send(`${maps}/odd`)
    expect(kept).toContain(`"data":${data}`)
    expect('polluted' in {}).toBe(false)
    const operations = ['/__proto__/polluted', '/constructor/prototype/polluted', '/metadata/__proto__/polluted']
    for (const path of operations) {
      const body = JSON.stringify([{ op: 'add', path, value: 1 }])
      await client.send(`${maps}/odd`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json-patch+json' },
        body,
      })
    }
    expect('polluted' in {}).toBe(false)
    expect((await client.send(`${maps}/odd`)).status).toBe(200)
  })

  test('with a key twice: the last one counts, a warning says so, and strictness refuses it', async () => {
    const body = '{"metadata":{"name":"twice"},"data":{"a":"1","a":"2"}}'
    const strict = await client.send(`${maps}?fieldValidation=Strict`, { method: 'POST', headers: json, body })
    expect(strict.body).toMatchObject({ code: 400, message: expect.stringContaining('duplicate field "data.a"') })
    const warned = await client.send(`${maps}?fieldValidation=Warn`, { method: 'POST', headers: json, body })
    expect([warned.status, warned.body.data]).toEqual([201, { a: '2' }])
    expect(warned.headers.warning).toContain('duplicate field')
  })
})

describe('a client that is slow', () => {
  test('with a body gets 504, and its stream ends', async () => {
    const over = await session(impatient)
    const stream = over.request({ ':method': 'POST', ':path': maps, ...json })
    stream.on('error', () => {})
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    const status = new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))
    const closed = new Promise<void>((resolve) => stream.on('close', resolve))
    stream.write('{"metadata":')
    expect(await status).toBe(504)
    await closed
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({ reason: 'Timeout', code: 504 })
    over.destroy()
  })

  test('with a body over HTTP/1.1, too', async () => {
    const slow = await socket(impatient)
    slow.write(`POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`)
    let answer = ''
    slow.on('data', (chunk) => {
      answer += chunk
    })
    await new Promise((resolve) => slow.on('close', resolve))
    expect(answer).toMatch(/^HTTP\/1.1 504 /)
  })

  test('with its headers is sent away', async () => {
    const slow = await socket(impatient)
    slow.on('error', () => {})
    let answer = ''
    slow.on('data', (chunk) => {
      answer += chunk
    })
    slow.write(`GET ${maps} HTTP/1.1\r\nhost: x\r\nx-slow: `)
    await new Promise((resolve) => slow.on('close', resolve))
    expect(answer).toMatch(/^$|^HTTP\/1.1 408 /)
  })

  test('with its next request loses its connection, unless it watches', async () => {
    const [idle, watching] = [await session(impatient), await session(impatient)]
    const closed = new Promise<void>((resolve) => idle.on('close', resolve))
    const watch = watching.request({ ':path': `${maps}?watch=1` })
    watch.on('error', () => {})
    let events = 0
    watch.on('data', () => events++)
    await closed
    await vi.waitFor(() => expect(events).toBeGreaterThan(0))
    const before = events
    await client.send(`${maps}/web`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"metadata":{"labels":{"seen":"yes"}}}',
    })
    await vi.waitFor(() => expect(events).toBeGreaterThan(before))
    expect(watching.closed).toBe(false)
    watching.destroy()
  })

  test('to read a watch is cut off, with bounded memory, and others see every event', async () => {
    const over = await session(server)
    const watch = over.request({ ':path': `${maps}?watch=1&fieldSelector=metadata.name%3Dfull` })
    watch.on('error', () => {})
    const closed = new Promise<void>((resolve) => watch.on('close', resolve))
    await new Promise((resolve) => watch.on('response', resolve))
    watch.pause()
    const other = client.watch(`${maps}?watch=1&fieldSelector=metadata.name%3Dfull`)
    await client.send(maps, { method: 'POST', body: { metadata: { name: 'full' } } })
    const count = 40
    for (let i = 0; i < count && !watch.closed; i++) {
      const body = { data: { a: `${i}`.padEnd(900_000, 'x') } }
      await client.send(`${maps}/full`, { method: 'PUT', body: { metadata: { name: 'full' }, ...body } })
    }
    await closed
    const seen = await other.next(10)
    expect(seen.map(({ type }) => type).slice(0, 2)).toEqual(['ADDED', 'MODIFIED'])
    other.stop()
    over.destroy()
    expect((await client.send('/version')).status).toBe(200)
  }, 30_000)
})
