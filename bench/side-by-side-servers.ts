/** The contenders of side-by-side.ts: programs with the same flags, each with a store of its own on an empty folder. */
import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { controlPlaneFlags } from '../src/cluster/processes/members.ts'
import { type Pair, testCertificates } from '../test/support/certificates.ts'
import { freePort, memoryOf, program } from './cluster.ts'
import { type Bench, until } from './harness.ts'

export type Contender = 'upstream' | 'own store' | 'etcd'

export interface ServerUnderTest {
  url: string
  ca: string
  /** A certificate of the administrator, and of the user `bench`, who has no rights yet. */
  admin: Pair
  user: Pair
  /** The time that the server has used of processors, and its etcd, if it has one. Seconds. */
  processor(): { server: number; etcd: number }
  /** Resident memory, in MB. */
  memory(): { server: number; etcd: number }
  stop(): Promise<void>
}

export async function startContender(bench: Bench, which: Contender, upstream: string): Promise<ServerUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-bench-side-'))
  const file = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const certificates = await testCertificates()
  const admin = await certificates.client('kubernetes-admin', ['system:masters'])
  const user = await certificates.client('bench')
  const port = await freePort()
  const key = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
  })
  const flags = {
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': file('tls.crt', certificates.server.cert),
    'tls-private-key-file': file('tls.key', certificates.server.key),
    'client-ca-file': file('ca.crt', certificates.ca),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-signing-key-file': file('sa.key', key.privateKey),
    'service-account-key-file': file('sa.pub', key.publicKey),
    'service-cluster-ip-range': '10.96.0.0/16',
  }
  const etcd = which === 'own store' ? undefined : await startEtcd(folder)
  const store = etcd ? { 'etcd-servers': etcd.url } : { 'data-dir': join(folder, 'store') }
  const children = etcd ? [etcd.child] : []
  const server =
    which === 'upstream'
      ? start(upstream, {
          ...flags,
          ...store,
          'authorization-mode': 'Node,RBAC',
          // So that its admission gives pods the same token volume as today's.
          'feature-gates': 'BoundServiceAccountTokenVolume=true',
        })
      : start(process.execPath, { ...flags, ...store }, [...controlPlaneFlags, await program(), 'apiserver'])
  children.push(server)
  const pid = (child: ChildProcess) => child.pid ?? 0
  let stopped = false
  const stop = async () => {
    if (stopped) return
    stopped = true
    await Promise.all(children.map(ended))
    rmSync(folder, { recursive: true, force: true })
  }
  bench.finally(stop)
  await until(`readyz of ${which}`, () => answers(port, certificates.ca, admin), { everyMs: 50 })
  return {
    url: `https://127.0.0.1:${port}`,
    ...(etcd && { etcdUrl: etcd.url }),
    ca: certificates.ca,
    admin,
    user,
    processor: () => ({ server: processorOf(pid(server)), etcd: etcd ? processorOf(pid(etcd.child)) : 0 }),
    memory: () => ({ server: memoryOf(pid(server)).rss, etcd: etcd ? memoryOf(pid(etcd.child)).rss : 0 }),
    stop,
  }
}

async function startEtcd(folder: string) {
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`)
  const child = start('etcd', {
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'log-level': 'error',
  })
  return { child, url: `${client}` }
}

function start(file: string, flags: Record<string, unknown>, before: string[] = []): ChildProcess {
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
  const child = spawn(file, [...before, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-2000)
  })
  child.once('error', (error) => process.stderr.write(`${file}: ${error.message}\n`))
  child.once('exit', (code) => code && process.stderr.write(`${file} has ended with code ${code}:\n${said}\n`))
  return child
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill()
  })
}

/** user and system time; Linux counts them in hundredths of a second. */
function processorOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function answers(port: number, ca: string, { cert, key }: Pair): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/readyz', ca, cert, key, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.once('error', () => resolve(false))
  })
}
