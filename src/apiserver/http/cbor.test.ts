import { type ClientHttp2Session, connect } from 'node:http2'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { cbor } from './cbor.ts'

const hex = (bytes: Uint8Array) => bytes.toHex()
const bytesOf = (text: string) => Uint8Array.fromHex(text.replaceAll(' ', ''))

describe('the encoding', () => {
  test('strings are byte strings, and shorter keys come first', () => {
    expect(hex(cbor.document({ bb: 'x', a: 1, c: undefined }))).toBe('d9d9f7a2416101426262' + '4178')
    expect(hex(cbor.item([true, null, -1, 1.5, 2n ** 53n]))).toBe('85f5f620f93e001b0020000000000000')
  })

  test('both kinds of strings are read, and bytes for base64 become text', () => {
    expect(cbor.parse(bytesOf('a2 6161 6178 4162 4179'))).toEqual({ a: 'x', b: 'y' })
    expect(cbor.parse(bytesOf('d9d9f7 a1 4164 d6 43 010203'))).toEqual({ d: 'AQID' })
    expect(cbor.parse(bytesOf('9f 01 ff'))).toEqual([1])
  })

  test.each([
    ['a duplicate key', 'a2 4161 01 6161 02', 'found duplicate map key "a"'],
    ['a number as key', 'a1 01 02', 'a key is no string'],
    ['what is not a number', 'f97e00', 'NaN'],
    ['a text that is cut short', '6561', ''],
    ['bytes that are no text', '41ff', ''],
    ['undefined', 'f7', 'undefined'],
    ['more than one value', '0101', ''],
    ['a depth of 65', `${'81'.repeat(65)}01`, 'exceeded max nested level 64'],
    ['a depth without end', '81'.repeat(1_000_000), ''],
  ])('%s is refused', (_, text, message) => {
    expect(() => cbor.parse(bytesOf(text))).toThrow(message)
    expect(() => cbor.parse(bytesOf(text))).toThrow(expect.objectContaining({ code: 400 }))
  })

  test('a key may be called __proto__', () => {
    const value = cbor.parse(cbor.document(JSON.parse('{"__proto__":{"a":1}}')))
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  test('whatever JSON can say comes back', () => {
    // JSON has no negative zero either.
    const json = fc.json({ maxDepth: 5 }).map((text) => JSON.parse(text.replace(/-0\b(?![.e])/g, '0')))
    fc.assert(
      fc.property(json, (value) => {
        expect(cbor.parse(cbor.document(value))).toEqual(value)
      }),
      { numRuns: 10_000 },
    )
  })

  test('no bytes do harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          cbor.parse(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 400 })
        }
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('a server with the feature', () => {
  let server: TestServer
  let session: ClientHttp2Session
  beforeAll(async () => {
    server = await startTestServer({ cbor })
    session = connect(server.url, { ca: server.ca, ...server.admin })
  })
  afterAll(async () => {
    session.close()
    await server.close()
  })

  const maps = '/api/v1/namespaces/default/configmaps'
  function send(path: string, more: { method?: string; body?: Uint8Array; accept?: string; type?: string } = {}) {
    const { method = 'GET', body, accept = 'application/cbor', type = 'application/cbor' } = more
    const stream = session.request({
      ':method': method,
      ':path': path,
      accept,
      ...(body && { 'content-type': type }),
    })
    stream.end(body)
    const chunks: Uint8Array[] = []
    let contentType = ''
    let status = 0
    stream.on('response', (headers) => {
      contentType = headers['content-type'] ?? ''
      status = Number(headers[':status'])
    })
    stream.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    return {
      stream,
      bytes: () => Buffer.concat(chunks),
      ended: new Promise<{ status: number; contentType: string; value: unknown }>((resolve) =>
        stream.on('end', () => resolve({ status, contentType, value: cbor.parse(Buffer.concat(chunks)) })),
      ),
    }
  }

  test('objects go both ways', async () => {
    const body = cbor.document({ metadata: { name: 'a' }, data: { k: 'v' }, binaryData: { b: 'AQID' } })
    const created = await send(maps, { method: 'POST', body }).ended
    expect(created).toMatchObject({
      status: 201,
      contentType: 'application/cbor',
      value: { kind: 'ConfigMap', binaryData: { b: 'AQID' } },
    })
    const list = await send(maps).ended
    expect(list.value).toMatchObject({ kind: 'ConfigMapList', items: [{ data: { k: 'v' } }] })
    const table = await send(maps, { accept: 'application/cbor;as=Table;v=v1;g=meta.k8s.io' }).ended
    expect(table.value).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', '2', expect.anything()] }] })
    const missing = await send(`${maps}/nothing`).ended
    expect(missing).toMatchObject({
      status: 404,
      contentType: 'application/cbor',
      value: { kind: 'Status', reason: 'NotFound' },
    })
  })

  test('a watch is a sequence', async () => {
    const watch = send(`${maps}?watch=1&resourceVersion=0`)
    await new Promise((resolve) => watch.stream.once('data', resolve))
    const begin = cbor.event('ADDED', cbor.item({})).subarray(0, 12)
    expect(hex(watch.bytes().subarray(0, 12))).toBe(hex(begin))
    const event = cbor.parse(watch.bytes())
    expect(event).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'a' } } })
    watch.stream.close()
  })

  test('an apply may be in CBOR; other patches may not', async () => {
    const applied = cbor.document({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'applied' },
      data: { a: 'b' },
    })
    const apply = (type: string) =>
      send(`${maps}/applied?fieldManager=me`, { method: 'PATCH', body: applied, type }).ended
    expect(await apply('application/apply-patch+cbor')).toMatchObject({ status: 201, value: { data: { a: 'b' } } })
    expect(await apply('application/cbor')).toMatchObject({ status: 415 })
  })

  test('bad bodies are refused', async () => {
    const body = bytesOf('a2 4161 01 4161 02')
    expect((await send(maps, { method: 'POST', body }).ended).value).toMatchObject({ code: 400, reason: 'BadRequest' })
  })
})

test('without the feature CBOR is neither read nor written', async () => {
  const server = await startTestServer()
  const session = connect(server.url, { ca: server.ca, ...server.admin })
  const status = (headers: Record<string, string>, body?: Uint8Array) =>
    new Promise((resolve) => {
      const stream = session.request({ ':path': '/api/v1/namespaces', ...headers })
      stream.on('response', (answer) => resolve(answer[':status']))
      stream.resume().end(body)
    })
  expect(await status({ accept: 'application/cbor' })).toBe(406)
  expect(await status({ ':method': 'POST', 'content-type': 'application/cbor' }, cbor.document({}))).toBe(415)
  session.close()
  await server.close()
})
