import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { storeContract } from '../../test/support/store/contract.ts'
import { freePort, etcdIsInstalled as installed, startEtcd, tempFolder } from '../../test/support/store/etcd.ts'
import { bytes, put, recorder, text } from '../../test/support/store/recorder.ts'
import { virtualClock } from '../testing/time/clock.ts'
import { etcdStore, hasSoundProgress } from './etcd.ts'
import { CompactedError } from './store.ts'

const answers = (endpoints: string[]) =>
  vi.waitFor(
    async () => {
      const store = etcdStore({ endpoints, compactionIntervalMs: 0 })
      await store.revision().finally(() => store.close())
    },
    { timeout: 15_000, interval: 50 },
  )

if (!installed) test.skip('etcd: there is no etcd binary on this machine', () => {})

describe.runIf(installed)('etcd', () => {
  let folder = ''
  let etcd: Awaited<ReturnType<typeof startEtcd>>
  beforeAll(async () => {
    folder = tempFolder()
    etcd = await startEtcd(folder)
    await answers(etcd.endpoints)
  }, 20_000)
  afterAll(async () => {
    await etcd?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })
  const open = () => etcdStore({ endpoints: etcd.endpoints, compactionIntervalMs: 0 })

  storeContract(
    async () => {
      const stores = [open()]
      return {
        store: stores[0] ?? open(),
        elapse: async () => {},
        async reopen() {
          const store = open()
          stores.push(store)
          return store
        },
        close: async () => void (await Promise.all(stores.map((s) => s.close()))),
      }
    },
    { runs: 20 },
  )

  test('a prefix keeps two clusters apart', async () => {
    const [one, two] = ['/one', '/two'].map((prefix) =>
      etcdStore({ endpoints: etcd.endpoints, prefix, compactionIntervalMs: 0 }),
    )
    if (!one || !two) throw new Error('no stores')
    await put(one, '/registry/a', '1', 0)
    await put(two, '/registry/a', '2', 0)
    expect((await two.list('/registry/')).entries.map((e) => [e.key, text(e.value)])).toEqual([['/registry/a', '2']])
    await Promise.all([one.close(), two.close()])
  })

  test('a watch reports progress outside its prefix', async () => {
    const store = open()
    const seen = recorder()
    const unwatch = store.watch('/registry/quiet/', await store.revision(), seen)
    const revision = await put(store, '/registry/elsewhere', 'x', 0)
    await vi.waitFor(() => expect(seen.progressed()).toBeGreaterThanOrEqual(revision), { timeout: 5000 })
    unwatch()
    await store.close()
  })

  test('readers of one turn share a consistent read, and a write takes one call', async () => {
    const store = open()
    const first = await put(store, '/registry/shared', '1', 0)
    const calls = async () => {
      const text = await (await fetch(`${etcd.endpoints[0]}/metrics`)).text()
      const of = (method: string) =>
        new RegExp(`^grpc_server_started_total\\{.*"${method}".*\\} (\\d+)`, 'm').exec(text)
      return { Range: Number(of('Range')?.[1]), Txn: Number(of('Txn')?.[1]) }
    }
    const before = await calls()
    const read = await Promise.all(Array.from({ length: 100 }, () => store.revision()))
    expect(new Set(read)).toEqual(new Set([first]))
    expect(await store.revision()).toBe(first)
    await put(store, '/registry/shared', '2', first)
    const after = await calls()
    expect([after.Range - before.Range, after.Txn - before.Txn]).toEqual([2, 1])
    await store.close()
  })

  test('one of several servers compacts the history', async () => {
    const clock = virtualClock()
    const stores = [1, 2].map(() => etcdStore({ endpoints: etcd.endpoints, clock, compactionIntervalMs: 60_000 }))
    const store = open()
    const first = await put(store, '/registry/compacted', '1', 0)
    await put(store, '/registry/compacted', '2', first)
    await vi.waitFor(
      async () => {
        await clock.advance('1m')
        await expect(store.list('/registry/compacted', { revision: first })).rejects.toThrow(CompactedError)
      },
      { timeout: 10_000, interval: 20 },
    )
    await Promise.all([...stores, store].map((s) => s.close()))
  })

  test('a watch survives a restart of etcd, and kill -9 loses no acknowledged write', async () => {
    const store = open()
    const seen = recorder()
    const unwatch = store.watch('/registry/load/', await store.revision(), seen)
    const acknowledged: string[] = []
    let stop = false
    const writers = Array.from({ length: 32 }, async (_, w) => {
      let i = 0
      const write = async () => {
        const key = `/registry/load/${w}/${i++}`
        const result = await store.put(key, bytes(key), 0).catch(() => undefined)
        if (result?.ok) acknowledged.push(key)
        return result?.ok
      }
      while (!stop) await vi.waitUntil(write, { timeout: 20_000, interval: 20 })
    })
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(300), { timeout: 10_000 })
    await etcd.kill(0)
    const before = acknowledged.length
    etcd.restart(0)
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(before + 100), { timeout: 15_000 })
    stop = true
    await Promise.all(writers)
    const there = (await store.list('/registry/load/')).entries
    const keys = new Set(there.map((e) => e.key))
    expect(acknowledged.filter((key) => !keys.has(key))).toEqual([])
    await vi.waitFor(() => expect(seen.list).toHaveLength(there.length), { timeout: 10_000 })
    expect(seen.errors).toEqual([])
    unwatch()
    await store.close()
  }, 60_000)

  test('gives a clear error if no etcd answers', async () => {
    const port = await freePort()
    const store = etcdStore({ endpoints: [`http://127.0.0.1:${port}`], compactionIntervalMs: 0 })
    await expect(store.put('/a', bytes('x'), 0)).rejects.toThrow(/no etcd member answers \(http:\/\/127/)
    await store.close()
    await expect(store.get('/a')).rejects.toThrow('the store is closed')
  })
})

describe.runIf(installed)('etcd with TLS and three members', () => {
  let folder = ''
  let etcd: Awaited<ReturnType<typeof startEtcd>> | undefined
  afterAll(async () => {
    await etcd?.stop()
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  test('the next member takes over when one dies', async () => {
    folder = tempFolder()
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
    openssl('req', '-x509', ...ec, '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.crt')
    for (const name of ['server', 'client']) {
      openssl(
        'req',
        ...ec,
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      )
      const copied = [
        '-CA',
        'ca.crt',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-copy_extensions',
        'copyall',
        '-days',
        '1',
      ]
      openssl('x509', '-req', '-in', `${name}.csr`, ...copied, '-out', `${name}.crt`)
    }
    etcd = await startEtcd(folder, { tls: true, members: 3 })
    const pem = (name: string) => readFileSync(join(folder, name))
    const tls = { ca: pem('ca.crt'), cert: pem('client.crt'), key: pem('client.key') }
    const store = etcdStore({ endpoints: etcd.endpoints, tls, compactionIntervalMs: 0 })
    await vi.waitFor(() => store.revision(), { timeout: 20_000, interval: 100 })
    const seen = recorder()
    const unwatch = store.watch('/registry/', await store.revision(), seen)
    await put(store, '/registry/a', '1', 0)
    await vi.waitFor(() => expect(seen.list).toHaveLength(1), { timeout: 5000 })
    await etcd.kill(0)
    await vi.waitFor(() => put(store, '/registry/b', '2', 0), { timeout: 20_000, interval: 100 })
    await vi.waitFor(() => expect(seen.list.map((e) => e.key)).toEqual(['/registry/a', '/registry/b']), {
      timeout: 10_000,
    })
    expect((await store.list('/registry/')).entries).toHaveLength(2)
    unwatch()
    await store.close()
    const stranger = etcdStore({ endpoints: etcd.endpoints.slice(1), tls: { ca: tls.ca }, compactionIntervalMs: 0 })
    await expect(stranger.revision()).rejects.toThrow(/etcd/)
    await stranger.close()
  }, 90_000)
})

test('requests progress only from versions that order it correctly', () => {
  const sound = ['3.4.25', '3.5.8', '3.5.13', '3.6.0', '4.0.0']
  const unsound = ['3.4.23', '3.5.7', '3.3.99', '3.2.0', '']
  expect([...sound, ...unsound].filter(hasSoundProgress)).toEqual(sound)
})
