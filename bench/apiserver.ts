import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/api/clock.ts'
import { ServiceAccounts } from '../src/api/core/v1/index.ts'
import { controlPlaneFlags } from '../src/cluster/processes/members.ts'
import { lmdbStore } from '../src/store/lmdb.ts'
import { memoryStore } from '../src/store/memory.ts'
import type { Store } from '../src/store/store.ts'
import { startTestServer } from '../test/support/api-server.ts'
import type { Load, Order, Seen } from './apiserver-load.ts'
import type { Bench, Benchmark, Goal } from './harness.ts'

/**
 * Over HTTP/2 and TLS. Server and clients are two processes that share the machine, so the rates depend on its other
 * load; the rates per second of the server's own processor time depend on it less. Measured after 2,000 dry runs. The
 * goals are for the rates of upstream's server with etcd (see README.md) and stand for the store that is on disk.
 */
export const benchmark: Benchmark = {
  summary: 'requests and watch events a second of the API server, over HTTPS, on memory and on LMDB',
  async measure(bench) {
    const rounds = bench.quick ? 1 : 3
    for (const kind of ['memory', 'LMDB'] as const) {
      const runs: Run[] = []
      for (let round = 0; round < rounds; round++) {
        runs.push(await run(bench, kind))
        bench.note(`${kind} ${round + 1}/${rounds}`)
      }
      report(bench, kind, runs)
    }
  },
}

type Run = Record<Load, Seen & { processor: number }> & { rss: number }

const upstream = { get: 5_100, 'create pods': 2_600, 'fan out': 55_000, list: 0.13 }

function report(bench: Bench, kind: string, runs: Run[]): void {
  const rate = (name: string, load: Load, goal?: Goal) => {
    bench.figure(
      `${kind}: ${name}`,
      '/s',
      runs.map((run) => run[load].perSecond ?? Number.NaN),
      kind === 'LMDB' ? goal : {},
    )
    const perCore = runs.map(({ [load]: { count = 0, processor } }) => count / processor)
    bench.figure(`${kind}: ${name}, a second of server CPU`, '/s', perCore)
  }
  rate('POST pods, 64 in flight', 'create pods', { over: 2 * upstream['create pods'] })
  rate('POST config maps', 'create config maps')
  rate('GET pod, 64 in flight', 'get', { over: 3 * upstream.get })
  bench.figure(
    `${kind}: LIST of ${bench.quick ? '1,000' : '5,000'} pods`,
    's',
    runs.flatMap(({ list }) => list.samples ?? []),
    bench.quick ? {} : { under: upstream.list / 5 },
  )
  rate('watch events to 100 watchers', 'fan out', { over: 2 * upstream['fan out'] })
  bench.figure(
    `${kind}: memory of the server after it`,
    'MB',
    runs.map(({ rss }) => rss),
    { under: 1900 / 5 },
  )
}

/** The server runs in its own process, to measure its memory alone, with the flags of a cluster. */
async function run(bench: Bench, kind: 'memory' | 'LMDB'): Promise<Run> {
  const child = fork(import.meta.filename, [kind, ...(bench.quick ? ['--quick'] : [])], {
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: controlPlaneFlags,
  })
  bench.finally(() => child.kill())
  const result = await Promise.race([
    once(child, 'message').then(([message]) => message as Run),
    once(child, 'exit').then(([code]): never => {
      throw new Error(`the server's process has ended with code ${code}`)
    }),
  ])
  if (child.exitCode === null) await once(child, 'exit')
  return result
}

async function serve(kind: string, quick: boolean): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-bench-api-'))
  const store: Store =
    kind === 'LMDB' ? lmdbStore({ path: folder, clock: systemClock }) : memoryStore({ clock: systemClock })
  const server = await startTestServer({ store })
  const load = fork(join(import.meta.dirname, 'apiserver-load.ts'), { stdio: ['ignore', 2, 2, 'ipc'] })
  const ask = async (order: Order) => {
    load.send(order)
    const [seen] = await once(load, 'message')
    return seen as Seen
  }
  try {
    await server.server.objects.create(ServiceAccounts, { metadata: { name: 'default', namespace: 'default' } })
    await ask({ target: { url: server.url, ca: server.ca, ...server.admin } })
    const result: Partial<Run> = {}
    for (const kind of ['warm up', 'create pods', 'create config maps', 'get', 'list', 'fan out'] as const) {
      const before = process.cpuUsage()
      const seen = await ask({ load: kind, pods: quick ? 1000 : 5000, seconds: quick ? 1 : 2 })
      const { user, system } = process.cpuUsage(before)
      result[kind] = { ...seen, processor: (user + system) / 1e6 }
    }
    return { ...result, rss: process.memoryUsage.rss() / 1e6 } as Run
  } finally {
    load.disconnect()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) {
  const [kind = '', ...rest] = process.argv.slice(2)
  process.once('disconnect', () => process.exit(1))
  const result = await serve(kind, rest.includes('--quick'))
  process.send?.(result, () => process.exit(0))
}
