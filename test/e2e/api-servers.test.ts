import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Pair, testCertificates } from '../support/certificates.ts'
import { etcdIsInstalled, freePort, startEtcd } from '../support/store/etcd.ts'
import {
  type TestAnswer,
  type TestClient,
  type TestRequest,
  type TestWatch,
  testClient,
} from '../support/test-client.ts'
import { eventually, home, scratch } from './support.ts'

if (!etcdIsInstalled) process.stderr.write('several API servers: skipped, there is no etcd (Debian: etcd-server)\n')

const folder = scratch('api-servers')
const file = (name: string) => join(folder.dir, name)
const maps = '/api/v1/namespaces/default/configmaps'
const count = 3

interface Server {
  port: number
  address: string
  child?: ChildProcess
  client?: TestClient
  log: string
}

/** Three processes of `k8ts apiserver` on one etcd, and a client that goes to another one when one does not answer. */
describe.skipIf(!etcdIsInstalled)('three API servers on one etcd', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>
  let ca: string
  let admin: Pair
  const servers: Server[] = []

  function start(server: Server): void {
    const flags = {
      'etcd-servers': etcd.endpoints[0],
      'bind-address': '127.0.0.1',
      'advertise-address': server.address,
      'secure-port': server.port,
      'tls-cert-file': file('api.crt'),
      'tls-private-key-file': file('api.key'),
      'client-ca-file': file('ca.crt'),
    }
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
    const child = spawn(join(home, 'k8ts'), ['apiserver', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        server.log += chunk
      })
    server.child = child
  }

  const end = (server: Server, signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      server.client?.close()
      delete server.client
      const { child } = server
      if (!child || child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill(signal)
    })

  const clientOf = (server: Server): TestClient => {
    server.client ??= testClient(
      { url: `https://127.0.0.1:${server.port}`, ca } as Parameters<typeof testClient>[0],
      admin,
    )
    return server.client
  }

  async function ask(server: Server, path: string, request?: TestRequest): Promise<TestAnswer | undefined> {
    try {
      const answer = await clientOf(server).send(path, request)
      if (answer.status > 0) return answer
    } catch {
      // It is not there.
    }
    server.client?.close()
    delete server.client
    return undefined
  }

  const ready = (server: Server) =>
    eventually(`/readyz of ${server.address}`, async () => (await ask(server, '/readyz'))?.text === 'ok').catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${server.log}`)
      },
    )

  /** From the first server that answers, beginning with one. */
  async function anywhere(first: number, path: string, request?: TestRequest): Promise<TestAnswer> {
    return eventually(`${request?.method ?? 'GET'} ${path}`, async () => {
      for (let i = 0; i < count; i++) {
        const answer = await ask(servers[(first + i) % count] as Server, path, request)
        if (answer && answer.status < 500 && answer.status !== 429) return answer
      }
      return undefined
    })
  }

  const endpoints = async (at: number) => {
    const { body } = await anywhere(at, '/api/v1/namespaces/default/endpoints/kubernetes')
    return body.subsets?.[0]?.addresses?.map(({ ip }: { ip: string }) => ip)
  }

  beforeAll(async () => {
    etcd = await startEtcd(folder.dir)
    const certificates = await testCertificates()
    ca = certificates.ca
    admin = await certificates.client('kubernetes-admin', ['system:masters'])
    writeFileSync(file('ca.crt'), ca)
    writeFileSync(file('api.crt'), certificates.server.cert)
    writeFileSync(file('api.key'), certificates.server.key, { mode: 0o600 })
    for (let i = 0; i < count; i++) servers.push({ port: await freePort(), address: `192.0.2.${21 + i}`, log: '' })
    // At the same time, on an empty store.
    for (const server of servers) start(server)
    for (const server of servers) await ready(server)
  })

  afterAll(async () => {
    for (const server of servers) await end(server, 'SIGKILL')
    await etcd?.stop()
    folder.remove()
  })

  test('are all endpoints of the Service kubernetes', async () => {
    await eventually('three endpoints', async () => (await endpoints(0))?.length === count)
    expect(await endpoints(1)).toEqual(servers.map(({ address }) => address))
    const leases = await anywhere(2, '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases')
    const names = leases.body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    // They share a host here, and its Lease.
    expect(names).toEqual([expect.stringMatching(/^apiserver-[a-z2-7]{26}$/)])
  })

  test('lose no write and no event when one is killed and the others are replaced one after another', async () => {
    const begin = (await anywhere(0, maps)).body.metadata.resourceVersion
    let writing = true
    const made: string[] = []
    const writer = async (id: number) => {
      for (let i = 0; writing; i++) {
        const name = `w${id}-${i}`
        const answer = await anywhere(id, maps, { method: 'POST', body: { metadata: { name } } })
        // Of a write whose server died, the client does not know whether it was made.
        if (answer.status !== 201 && answer.body?.reason !== 'AlreadyExists') throw new Error(answer.text)
        made.push(name)
      }
    }
    const seen: string[] = []
    let watching = true
    let current: TestWatch | undefined
    const watcher = async () => {
      let from = begin
      for (let at = 0; watching; at++) {
        const server = servers[at % count] as Server
        if (!(await ask(server, '/readyz'))) continue
        const watch = clientOf(server).watch(`${maps}?watch=1&resourceVersion=${from}`)
        current = watch
        let taken = 0
        let over = false
        const ended = watch.ended.then(() => {
          over = true
        })
        for (let done = false; !done; ) {
          done = over
          if (!over) await Promise.race([ended, watch.next(taken + 1).catch(() => {})])
          for (const { type, object } of watch.events.slice(taken)) {
            taken++
            if (type !== 'ADDED') throw new Error(`${type} ${JSON.stringify(object)}`)
            seen.push(object.metadata.name)
            from = object.metadata.resourceVersion
          }
        }
      }
    }
    const writers = Array.from({ length: count }, (_, id) => writer(id))
    const watched = watcher()
    const more = (by: number) => {
      const enough = made.length + by
      return eventually(`${by} more writes`, async () => made.length >= enough)
    }
    await more(30)
    await end(servers[0] as Server, 'SIGKILL')
    await more(30)
    for (const server of servers.slice(1)) {
      await end(server, 'SIGTERM')
      await more(20)
      start(server)
      await ready(server)
      await more(20)
    }
    writing = false
    await Promise.all(writers)
    const { body } = await anywhere(1, maps)
    const there = body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)
    expect(new Set(there)).toEqual(new Set(made))
    await eventually('all events', async () => seen.length >= made.length)
    watching = false
    current?.stop()
    await watched
    expect(seen.length).toBe(made.length)
    expect(new Set(seen)).toEqual(new Set(made))
  })

  test('the killed one leaves the endpoints by itself, and comes back', async () => {
    const [killed, ...others] = servers.map(({ address }) => address)
    await eventually('two endpoints', async () => (await endpoints(1))?.length === count - 1, 60_000)
    expect(await endpoints(2)).toEqual(others)
    const [first] = servers as [Server]
    start(first)
    await ready(first)
    await eventually('three endpoints', async () => (await endpoints(1))?.length === count)
    expect(await endpoints(0)).toEqual([killed, ...others])
    // One that ends in good order takes itself out at once.
    await end(first, 'SIGTERM')
    expect(await endpoints(1)).toEqual(others)
  })
})
