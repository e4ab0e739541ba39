import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { TestCluster } from '../src/testing/cluster/cluster.ts'
import type { Bench, Benchmark } from './harness.ts'

/**
 * Each repetition is a new process; in it the first cluster is started cold, the others warm. Work in virtual time is
 * measured in processor time: none of it waits.
 */
export const benchmark: Benchmark = {
  summary: 'startCluster() of k8ts/testing: its start, memory, 1,000 pods, a month of virtual time',
  async measure(bench) {
    const bundle = await bundled(bench)
    const sources = join(import.meta.dirname, '../src/testing/cluster/cluster.ts')
    const runs = await bench.repeat('a process with clusters, bundled', 9, () => inProcess('starts', bundle))
    const plain = await bench.repeat('a process with clusters, from sources', 5, () => inProcess('starts', sources))
    const memory = await bench.repeat('50 clusters in a process', 3, () => inProcess('memory', bundle))
    const pods = await bench.repeat('1,000 pods settle on 50 nodes', 5, () => inProcess('pods', bundle))
    const time = await bench.repeat('a month, and a week of CronJobs', 3, () => inProcess('time', bundle))
    const suites = await bench.repeat('a suite of 100 tests in Vitest, with clusters and without', 3, () =>
      suite(bench, bundle),
    )
    bench.figures(runs, {
      first: ['first cluster of a process', 's', { under: 0.15 }],
      second: ['second cluster', 's', { under: 0.15 }],
      tenth: ['tenth cluster', 's'],
      load: ['import of the library, as one bundle', 's'],
      rss: ['memory of that process with ten clusters', 'MB'],
    })
    bench.figures(memory, {
      heap: ['heap of one cluster, by 50 of them', 'MB'],
      heapWithNodes: ['the same with 3 nodes', 'MB'],
      rss: ['resident memory of one with 3 nodes, by 50 of them', 'MB'],
    })
    bench.figures(pods, {
      first: ['1,000 pods of 10 Deployments settle on 50 nodes, first time in a process', 's'],
      third: ['the same, third time', 's'],
      rate: ['pods a second, third time', '/s'],
    })
    bench.figures(time, {
      month: ['3 nodes and nothing else: 30 days, processor time', 's', { under: 2 }],
      week: ['3 nodes and a CronJob every 5 minutes: 7 days, processor time', 's', { under: 3 }],
    })
    bench.figures(suites, {
      ratio: ['100 tests with a cluster each in Vitest, beside 100 empty tests: processor time', 'x', { under: 4 }],
      each: ['what a cluster of 3 nodes with a rollout adds to a test: processor time', 's'],
    })
    bench.figures(plain, {
      load: ['from sources: import of the library', 's'],
      first: ['from sources: first cluster', 's'],
    })
  },
}

type Testing = typeof import('../src/testing/cluster/cluster.ts')
type Lap = () => number

/** What a process of its own measures. `lap`: the seconds since the last one. */
const tasks = {
  async starts({ startCluster }: Testing, lap: Lap) {
    const load = lap()
    const laps: number[] = []
    const clusters = []
    for (let i = 0; i < 10; i++) {
      clusters.push(await startCluster())
      laps.push(lap())
    }
    const rss = process.memoryUsage.rss() / 1e6
    for (const cluster of clusters) await cluster.stop()
    const [first = Number.NaN, second = Number.NaN] = laps
    return { load, first, second, tenth: laps.at(-1) ?? Number.NaN, rss }
  },

  async memory({ startCluster }: Testing) {
    // Warms up, so that one-time work and compilation do not count.
    for (let i = 0; i < 10; i++) await (await startCluster({ nodes: 3 })).stop()
    const each = async (nodes: number) => {
      const before = inUse()
      const clusters = []
      for (let i = 0; i < 50; i++) clusters.push(await startCluster({ nodes }))
      const after = inUse()
      for (const cluster of clusters) await cluster.stop()
      return { heap: (after.heapUsed - before.heapUsed) / 50e6, rss: (after.rss - before.rss) / 50e6 }
    }
    const withNodes = await each(3)
    const { heap } = await each(0)
    return { heap, heapWithNodes: withNodes.heap, rss: withNodes.rss }
  },

  async pods({ startCluster }: Testing, lap: Lap) {
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      await using cluster = await startCluster({ nodes: 50 })
      lap()
      await cluster.apply(Array.from({ length: 10 }, (_, i) => deployment(`web-${i}`, 100)))
      await cluster.settle()
      times.push(lap())
      const running = (await cluster.list('Pod')).filter(({ status }) => status.phase === 'Running').length
      if (running !== 1000) throw new Error(`${running} of 1,000 pods are Running`)
    }
    const [first = Number.NaN, , third = Number.NaN] = times
    return { first, third, rate: 1000 / third }
  },

  async time({ startCluster }: Testing) {
    const days = async (count: number, prepare: (cluster: TestCluster) => Promise<unknown>) => {
      await using cluster = await startCluster({ nodes: 3 })
      await prepare(cluster)
      await cluster.settle()
      const cpu = process.cpuUsage()
      await cluster.clock.advance(`${count}d`)
      const { user, system } = process.cpuUsage(cpu)
      return (user + system) / 1e6
    }
    const month = await days(30, async () => {})
    const week = await days(7, async (cluster) => {
      cluster.image('job:*', { exitAfter: '20s' })
      await cluster.apply(cronJob)
    })
    return { month, week }
  },
}

type Results = { [T in keyof typeof tasks]: Awaited<ReturnType<(typeof tasks)[T]>> }

const template = (app: string, image: string, restartPolicy = 'Always') => ({
  metadata: { labels: { app } },
  spec: {
    restartPolicy,
    containers: [{ name: app, image, resources: { requests: { cpu: '10m', memory: '64Mi' } } }],
  },
})

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, 'web:1') },
})

const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'report' },
  spec: {
    schedule: '*/5 * * * *',
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { spec: { template: template('report', 'job:1', 'Never') } },
  },
}

/** The same suite twice, each run by Vitest in a process of its own: the ratio depends little on the machine. */
async function suite(bench: Bench, module: string): Promise<{ ratio: number; each: number }> {
  const clusters = `await using cluster = await startCluster({ nodes: 3 })
    await cluster.apply(${JSON.stringify(deployment('web', 3))})
    await cluster.settle()
    expect(await cluster.get('Deployment', 'web')).toMatchObject({ status: { readyReplicas: 3 } })`
  const empty = await suiteSeconds(bench, module, 'expect(startCluster).toBeTypeOf("function")')
  const full = await suiteSeconds(bench, module, clusters)
  return { ratio: full / empty, each: (full - empty) / 100 }
}

/** The processor time of 100 tests with this body. */
async function suiteSeconds(bench: Bench, module: string, body: string): Promise<number> {
  const folder = mkdtempSync(join(import.meta.dirname, 'dist.'))
  bench.finally(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(
    join(folder, 'many.test.ts'),
    `import { expect, test } from 'vitest'
     import { startCluster } from ${JSON.stringify(module)}
     test.each(Array.from({ length: 100 }, (_, i) => i))('cluster %i', async () => { ${body} })\n`,
  )
  // Keeps Vitest from looking for one further up.
  writeFileSync(join(folder, 'vitest.config.js'), 'export default {}')
  const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--root', folder, '--maxWorkers', '1']
  // The shell's `times` counts the processes that Vitest starts, too.
  const { stdout } = await promisify(execFile)('sh', ['-c', '"$@" && times', 'sh', process.execPath, ...args])
  const [, user = '', system = ''] = /((?:\d+m[\d.]+s ?){2})\n*$/.exec(stdout)?.[1]?.match(/^(\S+) (\S+)/) ?? []
  if (!/100 passed/.test(stdout)) throw new Error(`not all of the 100 tests passed:\n${stdout}`)
  return secondsOf(user) + secondsOf(system)
}

/** `1m2.5s` */
function secondsOf(time: string): number {
  const [minutes = '', rest = ''] = time.split('m')
  return Number(minutes) * 60 + Number.parseFloat(rest)
}

function inUse(): NodeJS.MemoryUsage {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage()
}

/** As the published package has it. In this folder, for its dependencies that stay outside are found from here. */
async function bundled(bench: Bench): Promise<string> {
  const folder = mkdtempSync(join(import.meta.dirname, 'dist.'))
  bench.finally(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'testing.js')
  await build({
    entryPoints: [join(import.meta.dirname, '../src/testing/cluster/cluster.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minifySyntax: true,
    external: ['lmdb'],
    logLevel: 'warning',
    banner: { js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);" },
  })
  return outfile
}

async function inProcess<T extends keyof Results>(task: T, module: string): Promise<Results[T]> {
  const child = fork(import.meta.filename, [task, module], {
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: ['--expose-gc'],
  })
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process for ${task} ended with ${code}`))),
  ])
  await once(child, 'exit')
  return message as Results[T]
}

if (process.argv[1] === import.meta.filename) {
  const [task = '', module = ''] = process.argv.slice(2)
  let since = performance.now()
  const lap = () => {
    const now = performance.now()
    const seconds = (now - since) / 1000
    since = now
    return seconds
  }
  const testing = (await import(pathToFileURL(module).href)) as Testing
  const result = await tasks[task as keyof Results](testing, lap)
  if (process.send) process.send(result, () => process.exit(0))
  else console.log(result)
}
