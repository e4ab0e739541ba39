import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether there is an etcd on this machine (Debian: etcd-server). */
export const etcdIsInstalled = (() => {
  try {
    execFileSync('etcd', ['--version'])
    return true
  } catch {
    return false
  }
})()

/** An etcd on free loopback ports, with functions to stop, kill and restart it. */
export async function startEtcd(folder: string, { tls = false, members = 1 } = {}) {
  const scheme = tls ? 'https' : 'http'
  const ports = await Promise.all(Array.from({ length: members * 2 }, freePort))
  const names = Array.from({ length: members }, (_, i) => ({
    name: `m${i}`,
    client: `${scheme}://127.0.0.1:${ports[i * 2]}`,
    peer: `http://127.0.0.1:${ports[i * 2 + 1]}`,
  }))
  const start = ({ name, client, peer }: (typeof names)[number]): ChildProcess => {
    const flags = {
      name,
      'data-dir': join(folder, name),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': names.map((n) => `${n.name}=${n.peer}`).join(','),
      'experimental-watch-progress-notify-interval': '200ms',
      'log-level': 'error',
      ...(tls && {
        'cert-file': join(folder, 'server.crt'),
        'key-file': join(folder, 'server.key'),
        'trusted-ca-file': join(folder, 'ca.crt'),
        'client-cert-auth': 'true',
      }),
    }
    return spawn(
      'etcd',
      Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      { stdio: 'ignore' },
    )
  }
  const running = names.map(start)
  const kill = (at: number, signal: NodeJS.Signals = 'SIGKILL') =>
    new Promise<void>((done) => {
      const child = running[at]
      if (!child || child.exitCode !== null || child.signalCode !== null) return done()
      child.once('exit', () => done())
      child.kill(signal)
    })
  return {
    endpoints: names.map((n) => n.client),
    kill,
    restart(at: number) {
      const member = names[at]
      if (member) running[at] = start(member)
    },
    stop: () => Promise.all(names.map((_, i) => kill(i))),
  }
}

export const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

export const tempFolder = () => mkdtempSync(join(tmpdir(), 'k8ts-etcd-'))
