import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { Nodes } from '../src/api/core/v1/index.ts'
import { httpClient } from '../src/client/node/http.ts'
import { emptyNode, newCluster } from './cluster.ts'
import { type Bench, type Benchmark, until } from './harness.ts'

/** From the start of the `k8ts up` process on an empty data folder, asked from outside every 2 ms. */
export const benchmark: Benchmark = {
  summary: 'k8ts up on an empty data folder: until /readyz answers 200, until the node is Ready',
  async measure(bench) {
    const empty = await bench.repeat('an empty Node process', 5, emptyNode)
    const runs = await bench.repeat('k8ts up', 7, () => start(bench))
    bench.figure('node -e 0, for comparison', 's', empty)
    bench.figures(runs, {
      supervisor: ['the supervisor is started (certificates made)', 's'],
      spawned: ['control plane and node agent are started', 's'],
      readyz: ['/readyz answers 200', 's', { under: 0.7, must: 1 }],
      containerd: ['containerd is answering', 's'],
      node: ['node Ready', 's', { under: 2 }],
      up: ['k8ts up has ended', 's'],
      again: ['second start, on data: /readyz answers 200', 's', { under: 0.7, must: 1 }],
    })
  },
}

async function start(bench: Bench) {
  const cluster = await newCluster(bench)
  const first = await launch()
  await cluster.command('down')
  const second = await launch()
  await cluster.remove()
  return { ...first, again: second.readyz }

  async function launch() {
    const { dataDir, apiPort } = cluster
    const epoch = Date.now()
    const begun = performance.now()
    const since = () => (performance.now() - begun) / 1000
    const child = cluster.launch()
    const ended = new Promise<number>((resolve, reject) =>
      child.once('exit', (code) => (code === 0 ? resolve(since()) : reject(new Error(`k8ts up failed: ${code}`)))),
    )
    ended.catch(() => {})
    const pki = (name: string) => join(dataDir, 'pki', name)
    await until('credentials', () => existsSync(pki('admin.crt')) && existsSync(join(dataDir, 'run/supervisor.json')))
    const ca = readFileSync(pki('ca.crt'), 'utf8')
    await until('/readyz', () => readyz(apiPort, ca))
    const ready = since()
    const [cert, key] = [readFileSync(pki('admin.crt'), 'utf8'), readFileSync(pki('admin.key'), 'utf8')]
    const client = httpClient({ server: `https://127.0.0.1:${apiPort}`, ca, cert, key })
    await until('node Ready', async () => {
      const { items } = await client.list(Nodes)
      return items.some(({ status }) => status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'))
    })
    const node = since()
    await client.close()
    const up = await ended
    const startOf = (name: string) => ((cluster.process(name)?.startedAt ?? Number.NaN) - epoch) / 1000
    return {
      supervisor: startOf('supervisor'),
      spawned: startOf('node-agent'),
      readyz: ready,
      containerd: startOf('containerd'),
      node,
      up,
    }
  }
}

function readyz(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/readyz', ca, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.once('error', () => resolve(false))
  })
}
