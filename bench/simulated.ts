import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type Deployment, Deployments } from '../src/api/apps/v1/index.ts'
import { ConfigMaps, type Pod, Pods } from '../src/api/core/v1/index.ts'
import type { Stored } from '../src/api/object.ts'
import type { Informer } from '../src/client/informers/informer.ts'
import { startSimulatedNodes } from '../src/kubelet/simulated/nodes.ts'
import { startCluster } from '../src/testing/cluster/cluster.ts'
import { type Benchmark, seconds } from './harness.ts'

/** The whole path in one process, with the machine's own clock: API server, controllers, scheduler, every node's kubelet. */
export const benchmark: Benchmark = {
  summary: '1,000 simulated nodes, 5,000 pods of 50 Deployments: until all are Running',
  async measure(bench) {
    const [nodes, pods] = bench.quick ? [100, 500] : [1000, 5000]
    const runs = await bench.repeat(`${nodes} nodes, ${pods} pods`, 3, async () => {
      const child = fork(import.meta.filename, [String(nodes), String(pods)], {
        stdio: ['ignore', 2, 2, 'ipc'],
        execArgv: ['--expose-gc'],
      })
      bench.finally(() => child.kill())
      const [result] = (await once(child, 'message')) as [Awaited<ReturnType<typeof run>>]
      return result
    })
    bench.figures(runs, {
      total: [`all: ${nodes} nodes Ready, then ${pods} pods Running`, 's', { under: 10 }],
      nodes: ['nodes Ready', 's'],
      created: ['pods created', 's'],
      bound: ['pods bound', 's'],
      running: ['pods Running', 's'],
      rate: ['pods a second, whole path', '/s', { over: 2000 }],
      processor: ['CPU a pod, in thousandths of a second', 'ms'],
      rss: ['memory after it', 'MB'],
      heap: ['heap in use after it', 'MB'],
    })
  },
}

const deployment = (i: number, replicas: number): Deployment => ({
  metadata: { name: `web-${i}`, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: `web-${i}` } },
    template: {
      metadata: { labels: { app: `web-${i}` } },
      spec: {
        containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
      },
    },
  },
})

async function run(nodes: number, pods: number) {
  const cluster = await startCluster({ clock: 'real' })
  // Every pod mounts it; a cluster without certificates has no authority of its own.
  const rootCa = { metadata: { name: 'kube-root-ca.crt', namespace: 'default' }, data: { 'ca.crt': '' } }
  await cluster.client.create(ConfigMaps, rootCa).catch(() => {})
  const ctx = cluster.context('kubelet')
  const begun = performance.now()
  const simulated = await startSimulatedNodes({ ctx, count: nodes })
  const nodesReady = seconds(begun)

  const informer = cluster.context('bench').informers.of(Pods)
  await informer.synced
  const done = moments(informer, pods)
  const deployments = 50
  const cpu = process.cpuUsage()
  await Promise.all(
    Array.from({ length: deployments }, (_, i) =>
      cluster.client.create(Deployments, deployment(i, pods / deployments)),
    ),
  )
  const created = await done.created
  const bound = await done.bound
  const running = await done.running
  const { user, system } = process.cpuUsage(cpu)
  const rss = process.memoryUsage.rss() / 1e6
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed / 1e6
  await simulated.stop()
  await cluster.stop()
  return {
    total: nodesReady + running,
    nodes: nodesReady,
    created,
    bound,
    running,
    rate: pods / running,
    processor: (user + system) / 1e3 / pods,
    rss,
    heap,
  }
}

/** The seconds from now until so many pods have been created, bound, are Running. */
function moments(informer: Informer<Pod>, pods: number) {
  const begun = performance.now()
  const steps: Record<'created' | 'bound' | 'running', (pod: Stored<Pod>) => boolean> = {
    created: () => true,
    bound: ({ spec }) => spec.nodeName !== undefined,
    running: ({ status }) => status.phase === 'Running',
  }
  const moment = (is: (pod: Stored<Pod>) => boolean) =>
    new Promise<number>((resolve) => {
      const seen = new Set<string>()
      const look = (pod: Stored<Pod>) => {
        if (!is(pod) || seen.has(pod.metadata.uid)) return
        seen.add(pod.metadata.uid)
        if (seen.size === pods) resolve(seconds(begun))
      }
      informer.on({ added: look, updated: look })
    })
  return { created: moment(steps.created), bound: moment(steps.bound), running: moment(steps.running) }
}

if (process.argv[1] === import.meta.filename) {
  // The clock's timers keep no process alive.
  setInterval(() => {}, 1000)
  const [nodes = 1000, pods = 5000] = process.argv.slice(2).map(Number)
  const result = await run(nodes, pods)
  if (process.send) process.send(result, () => process.exit(0))
  else {
    console.log(result)
    process.exit(0)
  }
}
