import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../../test/support/api-server.ts'
import { systemClock } from '../../api/clock.ts'
import { ConfigMaps, Namespaces } from '../../api/core/v1/index.ts'
import { silentLog } from '../../api/log.ts'
import { systemRandom } from '../../api/random.ts'
import { createInformers } from '../informers/informers.ts'
import { type HttpClient, httpClient } from './http.ts'

/** An API server behind a connection that the test can cut. */
let server: TestServer
let direct: HttpClient
let line: Server
const sockets = new Set<Socket>()
let up = true

beforeAll(async () => {
  server = await startTestServer({ bootstrap: false })
  direct = httpClient({ server: server.url, ca: server.ca, ...server.admin })
  await direct.create(Namespaces, { metadata: { name: 'default' } })
  line = createServer((socket) => {
    const far = connect(Number(new URL(server.url).port), '127.0.0.1')
    for (const end of [socket, far]) {
      sockets.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        sockets.delete(end)
        socket.destroy()
        far.destroy()
      })
    }
    if (!up) return socket.destroy()
    socket.pipe(far).pipe(socket)
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  direct.close()
  line.close()
  for (const socket of sockets) socket.destroy()
  await server.close()
})

test('misses nothing when the connection breaks again and again', async () => {
  const client = httpClient({
    server: `https://127.0.0.1:${(line.address() as AddressInfo).port}`,
    ca: server.ca,
    ...server.admin,
  })
  const informers = createInformers({ client, clock: systemClock, random: systemRandom, log: silentLog })
  const maps = informers.of(ConfigMaps)
  await maps.synced
  const heard: string[] = []
  maps.on({
    added: ({ metadata }) => heard.push(`+${metadata.name}`),
    deleted: ({ metadata }) => heard.push(`-${metadata.name}`),
  })
  let last = ''
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 10; i++) {
      const metadata = { name: `m-${round}-${i}`, namespace: 'default' }
      await direct.create(ConfigMaps, { metadata })
      if (i % 2) await direct.delete(ConfigMaps, metadata)
      if (i === 4) {
        up = false
        for (const socket of sockets) socket.destroy()
      }
    }
    await expect(client.get(ConfigMaps, { name: 'm-0-0', namespace: 'default' })).rejects.toThrow()
    up = true
    last = (await client.create(ConfigMaps, { metadata: { name: `last-${round}`, namespace: 'default' } })).metadata
      .resourceVersion
  }
  await maps.until(() => maps.reached(last))
  const { items } = await direct.list(ConfigMaps)
  expect(maps.list().map(({ metadata }) => metadata.name)).toEqual(
    expect.arrayContaining(items.map(({ metadata }) => metadata.name)),
  )
  expect(maps.list()).toHaveLength(items.length)
  // Watches resume at their revision: they report even objects that came and went meanwhile.
  expect(heard.filter((news) => news.startsWith('-'))).toHaveLength(15)
  informers.stop()
  client.close()
})
