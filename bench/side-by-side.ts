import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench, Benchmark } from './harness.ts'
import { type Load, loads, type Order, type Seen } from './side-by-side-load.ts'
import { type Contender, type ServerUnderTest, startContender } from './side-by-side-servers.ts'

/**
 * The same load against our API server on its own store, ours on etcd, and upstream's kube-apiserver on etcd where
 * `K8TS_BENCH_UPSTREAM` names its binary. Clients and servers share the machine, so the rates are bounded by the clients;
 * the processor time of server and etcd is not. `K8TS_BENCH_CONTENDERS=etcd` chooses some, with commas between.
 */
export const benchmark: Benchmark = {
  summary: 'the same load on our API server (own store, etcd) and on the kube-apiserver that K8TS_BENCH_UPSTREAM names',
  async measure(bench) {
    const upstream = process.env.K8TS_BENCH_UPSTREAM ?? ''
    if (upstream && !existsSync(upstream)) throw new Error(`K8TS_BENCH_UPSTREAM: there is no ${upstream}`)
    const wanted = process.env.K8TS_BENCH_CONTENDERS?.split(',')
    const contenders = (['upstream', 'own store', 'etcd'] as const).filter((name) =>
      wanted ? wanted.includes(name) : name !== 'upstream' || upstream !== '',
    )
    const results = new Map<Contender, Result>()
    for (const name of contenders) {
      const server = await startContender(bench, name, upstream)
      results.set(name, await run(bench, server))
      await server.stop()
      bench.note(`${name}: measured`)
    }
    report(bench, results)
  },
}

type Measured = Seen & { server: number; etcd: number }
type Result = Record<Load, Measured> & { memory: { server: number; etcd: number } }

async function run(bench: Bench, server: ServerUnderTest): Promise<Result> {
  const clients = fork(join(import.meta.dirname, 'side-by-side-load.ts'), { stdio: ['ignore', 2, 2, 'ipc'] })
  bench.finally(() => clients.kill())
  const ask = async (order: Order) => {
    clients.send(order)
    const [seen] = (await once(clients, 'message')) as [Seen & { error?: string }]
    if (seen.error) throw new Error(seen.error)
    return seen
  }
  const seconds = bench.quick ? 1.5 : 6
  await ask({
    target: server.user,
    admin: server.admin,
    url: server.url,
    ca: server.ca,
    pods: bench.quick ? 1000 : 5000,
  })
  await ask({ load: 'warm up', seconds })
  const result: Partial<Result> = {}
  for (const load of loads) {
    const before = server.processor()
    const seen = await ask({ load, seconds })
    const after = server.processor()
    result[load] = { ...seen, server: after.server - before.server, etcd: after.etcd - before.etcd }
  }
  clients.disconnect()
  return { ...result, memory: server.memory() } as Result
}

const names: Record<Load, string> = {
  'config maps': 'POST ConfigMap',
  pods: 'POST pod',
  get: 'GET pod',
  patch: 'PATCH pod',
  list: 'LIST all pods',
  'list selected': 'LIST selector, 1 of 50',
  'list paged': 'LIST limit 500',
  watch: 'watch events, 500 watchers',
}

/** How much faster than upstream we want to be, by processor time: on our own store, on etcd. */
const goals: Record<Load, [own: number, etcd: number]> = {
  'config maps': [2.5, 1.5],
  pods: [3, 1.5],
  get: [4, 2],
  patch: [3, 1.5],
  list: [5, 5],
  'list selected': [5, 5],
  'list paged': [5, 5],
  watch: [2, 2],
}

function report(bench: Bench, results: Map<Contender, Result>): void {
  const peer = results.get('upstream')
  for (const load of loads) {
    for (const [contender, { [load]: one }] of results) {
      const name = `${names[load]}, ${contender}`
      const cost = (one.server + one.etcd) / one.count
      bench.figure(name, '/s', [one.count / one.seconds])
      bench.figure(`  p50`, 'ms', [one.p50 * 1000])
      bench.figure(`  p99`, 'ms', [one.p99 * 1000])
      bench.figure(`  processor time each, server and etcd`, 'us', [cost * 1e6])
      if (one.etcd > 0) bench.figure(`  of that, etcd`, 'us', [(one.etcd / one.count) * 1e6])
      if (!peer || contender === 'upstream') continue
      const over = goals[load][contender === 'etcd' ? 1 : 0]
      bench.figure(
        `  upstream's processor time, by ours`,
        'x',
        [(peer[load].server + peer[load].etcd) / peer[load].count / cost],
        { over },
      )
    }
  }
  for (const [contender, { memory }] of results) {
    bench.figure(`memory after it, ${contender}`, 'MB', [memory.server])
    if (memory.etcd > 0) bench.figure(`  its etcd`, 'MB', [memory.etcd])
  }
}
