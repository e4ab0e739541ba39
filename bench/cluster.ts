/** A real cluster for a benchmark: `k8ts up` as a user runs it, in a folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bench } from './harness.ts'

const home = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** The bundle, built by ./k8ts when it is missing or stale. `K8TS_BENCH_PROGRAM` names another one. */
export async function program(): Promise<string> {
  const other = process.env.K8TS_BENCH_PROGRAM
  if (other) return other
  await run(join(home, 'k8ts'), ['version'])
  return join(home, 'dist/main.js')
}

export interface BenchCluster {
  dataDir: string
  apiPort: number
  /** Runs a k8ts command on this cluster. */
  command(...args: string[]): Promise<string>
  /** `k8ts up --detach`, just started. */
  launch(): ChildProcess
  /** What `k8ts up --detach` says when it has ended. */
  up(): Promise<{ phases: { phase: string; seconds: number }[]; kubeconfig: string }>
  /** When a process of the cluster was started, in milliseconds since 1970, and its id; undefined: not (yet). */
  process(name: string): { pid: number; startedAt: number } | undefined
  remove(): Promise<void>
}

/** The data folder's place only: nothing is started. Removed when the benchmark ends. */
export async function newCluster(bench: Bench): Promise<BenchCluster> {
  const main = await program()
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
  const apiPort = await freePort()
  const which = ['--name', 'bench', '--data-dir', dataDir]
  // Its own, so that other clusters do not interfere.
  const octet = 64 + (process.pid % 128)
  const settings = [
    ...['--detach', '--no-merge', '--api-port', String(apiPort)],
    ...['--pod-cidr', `10.${octet}.0.0/16`, '--service-cidr', `172.${16 + (octet % 16)}.0.0/16`],
  ]
  const command = async (...args: string[]) => {
    const [name = '', ...rest] = args
    const { stdout } = await run(process.execPath, [main, name, ...which, ...rest], { maxBuffer: 1 << 26 })
    return stdout
  }
  let removed = false
  const remove = async () => {
    if (removed) return
    removed = true
    await command('down', '--purge')
    rmSync(dataDir, { recursive: true, force: true })
  }
  bench.finally(remove)
  return {
    dataDir,
    apiPort,
    command,
    launch() {
      const child = spawn(process.execPath, [main, 'up', ...which, ...settings], { stdio: 'ignore' })
      bench.finally(() => child.kill())
      return child
    },
    up: async () => JSON.parse(await command('up', ...settings, '-o', 'json')),
    process(name) {
      const file = join(dataDir, 'run', `${name}.json`)
      try {
        return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
      } catch {
        // Just being written.
        return undefined
      }
    },
    remove,
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** Resident memory of a process in MB (10^6 bytes), and its proportional share of what it shares with others. */
export function memoryOf(pid: number): { rss: number; pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (field: string) => (Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) * 1024) / 1e6
  return { rss: megabytes('Rss'), pss: megabytes('Pss') }
}

/** Seconds that a Node process takes to start and to do nothing. */
export function emptyNode(): Promise<number> {
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' })
    child.once('error', reject).once('exit', () => resolve((performance.now() - begun) / 1000))
  })
}
