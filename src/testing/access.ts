import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../api/clock.ts'
import { listen } from '../apiserver/node/listen.ts'
import type { ApiServer } from '../apiserver/server.ts'
import { nextTurn } from '../client/turn.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { CertificateAuthority } from '../cluster/pki.ts'

/** Whose kubeconfig. Default: the administrator's. */
export interface KubeConfigOptions {
  user?: string
  groups?: string[]
}

/** A test cluster's API server behind HTTPS. */
export interface Port {
  kubeConfig(user?: KubeConfigOptions): Promise<ClientNodeOptions>
  kubeconfigFile(user?: KubeConfigOptions): Promise<string>
  close(): Promise<void>
}

/** What `loadFromOptions` of @kubernetes/client-node takes. */
export interface ClientNodeOptions {
  clusters: { name: string; server: string; caData: string; skipTLSVerify: boolean }[]
  users: { name: string; certData: string; keyData: string }[]
  contexts: { name: string; cluster: string; user: string }[]
  currentContext: string
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const name = 'k8ts-testing'

/** Listens on a free port of the loopback. Certificates are of the machine's time, as TLS checks them by that. */
export async function openPort(server: ApiServer): Promise<Port> {
  const now = systemClock.now()
  const authority = await CertificateAuthority.create(`${name}-ca`, now)
  const serving = { commonName: name, dnsNames: ['localhost'], ips: ['127.0.0.1'], usage: ['server' as const] }
  const ca = authority.pair.cert
  const listener = await listen(server, { port: 0, tls: { ...(await authority.issue(serving, now)), clientCa: ca } })
  const url = `https://127.0.0.1:${listener.port}`
  const folders: string[] = []

  async function access({ user = 'kubernetes-admin', groups }: KubeConfigOptions = {}) {
    const organizations = groups ?? (user === 'kubernetes-admin' ? ['system:masters'] : [])
    const client = await authority.issue({ commonName: user, organizations, usage: ['client'] }, now)
    return { name, server: url, ca, client }
  }
  return {
    async kubeConfig(user) {
      const { client } = await access(user)
      return {
        clusters: [{ name, server: url, caData: base64(ca), skipTLSVerify: false }],
        users: [{ name, certData: base64(client.cert), keyData: base64(client.key) }],
        contexts: [{ name, cluster: name, user: name }],
        currentContext: name,
      }
    },
    async kubeconfigFile(user) {
      const folder = mkdtempSync(join(tmpdir(), 'k8ts-testing-'))
      folders.push(folder)
      const file = join(folder, 'kubeconfig')
      writeKubeconfig(file, await access(user))
      return file
    },
    async close() {
      await listener.close()
      // The handles of what was closed go with the next turn.
      for (let turn = 0; turn < 2; turn++) await nextTurn()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}
