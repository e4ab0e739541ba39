import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Bench, Benchmark } from './harness.ts'

/** Each repetition is a new process; in it the first cluster is started cold, the others warm. */
export const benchmark: Benchmark = {
  summary: 'startCluster() of k8ts/testing: loading it, the first cluster of a process, the second',
  async measure(bench) {
    const bundle = await bundled(bench)
    const runs = await bench.repeat('a process with clusters, bundled', 9, () => measureIn(bundle))
    const plain = await bench.repeat('a process with clusters, from sources', 5, () =>
      measureIn(join(import.meta.dirname, '../src/testing/cluster.ts')),
    )
    bench.figures(runs, {
      first: ['first cluster of a process', 's', { under: 0.15 }],
      second: ['second cluster', 's', { under: 0.15 }],
      tenth: ['tenth cluster', 's'],
      load: ['import of the library, as one bundle', 's'],
      rss: ['memory of that process with ten clusters', 'MB'],
    })
    bench.figures(plain, {
      load: ['from sources: import of the library', 's'],
      first: ['from sources: first cluster', 's'],
    })
  },
}

interface Times {
  load: number
  first: number
  second: number
  tenth: number
  rss: number
}

/** As the published package has it. In this folder, for its dependencies that stay outside are found from here. */
async function bundled(bench: Bench): Promise<string> {
  const folder = mkdtempSync(join(import.meta.dirname, 'dist.'))
  bench.finally(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'testing.js')
  await build({
    entryPoints: [join(import.meta.dirname, '../src/testing/cluster.ts')],
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

async function measureIn(module: string): Promise<Times> {
  const child = fork(import.meta.filename, [module], { stdio: ['ignore', 2, 2, 'ipc'] })
  const [message] = await once(child, 'message')
  await once(child, 'exit')
  return message as Times
}

async function measureHere(module: string): Promise<Times> {
  let since = performance.now()
  const lap = () => {
    const now = performance.now()
    const seconds = (now - since) / 1000
    since = now
    return seconds
  }
  const { startCluster } = (await import(pathToFileURL(module).href)) as typeof import('../src/testing/cluster.ts')
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
}

if (process.argv[1] === import.meta.filename)
  process.send?.(await measureHere(process.argv[2] ?? ''), () => process.exit(0))
