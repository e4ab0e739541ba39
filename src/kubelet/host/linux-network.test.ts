import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import { Server as GrpcServer, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { linuxNetwork } from './linux-network.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})
const listening = async (server: ReturnType<typeof createTcp> | ReturnType<typeof createHttp>) => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

test('http: status and body, redirects on the same host, timeouts, refusals', async () => {
  const port = await listening(
    createHttp((request, response) => {
      if (request.url === '/slow') return
      if (request.url === '/go') response.writeHead(302, { location: '/there' }).end()
      else if (request.url === '/away') response.writeHead(302, { location: 'http://example.com/' }).end()
      else response.writeHead(request.url === '/bad' ? 500 : 200).end(`${request.url} ${request.headers['user-agent']}`)
    }),
  )
  const get = (path: string, timeoutMs = 2000) =>
    linuxNetwork.http({
      url: `http://127.0.0.1:${port}${path}`,
      headers: [{ name: 'User-Agent', value: 'kube-probe/1.36' }],
      timeoutMs,
    })
  expect(await get('/x?y=1')).toEqual({ status: 200, body: '/x?y=1 kube-probe/1.36' })
  expect((await get('/bad')).status).toBe(500)
  expect((await get('/go')).body).toContain('/there')
  expect((await get('/away')).status).toBe(302)
  await expect(get('/slow', 50)).rejects.toThrow('context deadline exceeded')
  await expect(linuxNetwork.http({ url: 'http://127.0.0.1:1/', headers: [], timeoutMs: 500 })).rejects.toThrow(
    'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
  )
})

test('tcp', async () => {
  const port = await listening(createTcp((socket) => socket.end()))
  await linuxNetwork.tcp('127.0.0.1', port, 1000)
  await expect(linuxNetwork.tcp('127.0.0.1', 1, 1000)).rejects.toThrow(
    'dial tcp 127.0.0.1:1: connect: connection refused',
  )
})

test('grpc health', async () => {
  const server = new GrpcServer()
  const statuses: Record<string, number> = { '': 1, sick: 2 }
  server.addService(
    {
      Check: {
        path: '/grpc.health.v1.Health/Check',
        requestStream: false,
        responseStream: false,
        requestSerialize: (text: string) => Buffer.from(text),
        requestDeserialize: (bytes: Buffer) => ({ service: bytes.subarray(2).toString() }),
        responseSerialize: (status: number) => Buffer.from([0x08, status]),
        responseDeserialize: (bytes: Buffer) => bytes[1] ?? 0,
      },
    },
    {
      Check: (call: { request: { service: string } }, answer: sendUnaryData<number>) =>
        call.request.service in statuses
          ? answer(null, statuses[call.request.service] ?? 0)
          : answer({ code: 5, details: 'unknown service' }),
    },
  )
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  closing.push(() => server.forceShutdown())
  expect(await linuxNetwork.grpcHealth('127.0.0.1', port, '', 2000)).toBe('SERVING')
  expect(await linuxNetwork.grpcHealth('127.0.0.1', port, 'sick', 2000)).toBe('NOT_SERVING')
  await expect(linuxNetwork.grpcHealth('127.0.0.1', port, 'other', 2000)).rejects.toThrow('unknown service')
  await expect(linuxNetwork.grpcHealth('127.0.0.1', 1, '', 300)).rejects.toThrow(
    'failed to connect service "127.0.0.1:1" within 0.3s',
  )
})
