import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import { listen } from '../../apiserver/http/node/listen.ts'
import { localKubeletConnector } from '../../apiserver/http/node/local-connector.ts'
import { upgradeToKubelet } from '../../apiserver/http/node/upgrade.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import { writeKubeconfig } from '../../cluster/pki/kubeconfig.ts'
import { CertificateAuthority } from '../../cluster/pki/pki.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'
import { type ClientNodeOptions, certificateOf, type Identity } from './client-node.ts'
import type { Handle } from './dispatcher.ts'

/** A test cluster's API server behind HTTPS. */
export interface Port {
  kubeConfig(as?: Identity): Promise<ClientNodeOptions>
  kubeconfigFile(as?: Identity): Promise<string>
  close(): Promise<void>
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const name = 'k8ts-testing'

/**
 * Listens on a free port of the loopback; calls `stir` for everything that passes through it. Certificates use the machine's
 * time, as TLS checks them by that.
 */
export async function openPort(server: ApiServer, nodes: LocalNodes<Kubelet>, stir: () => void): Promise<Port> {
  // Not `Date`: the test may have put it on the cluster's clock.
  const now = performance.timeOrigin + performance.now()
  const authority = await CertificateAuthority.create(`${name}-ca`, now)
  const serving = { commonName: name, dnsNames: ['localhost'], ips: ['127.0.0.1'], usage: ['server' as const] }
  const ca = authority.pair.cert
  const tls = { ...(await authority.issue(serving, now)), clientCa: ca }
  const behind = { ...server, handle: overheard(server.handle, stir) }
  const upgrade = upgradeToKubelet(behind, localKubeletConnector(nodes))
  const listener = await listen(behind, { port: 0, tls, accepted: stir, upgrade })
  const url = `https://127.0.0.1:${listener.port}`
  const folders: string[] = []

  async function access(as?: Identity) {
    const client = await authority.issue({ ...certificateOf(as), usage: ['client'] }, now)
    return { name, server: url, ca, client }
  }
  return {
    async kubeConfig(as) {
      const { client } = await access(as)
      return {
        clusters: [{ name, server: url, caData: base64(ca), skipTLSVerify: false }],
        users: [{ name, certData: base64(client.cert), keyData: base64(client.key) }],
        contexts: [{ name, cluster: name, user: name }],
        currentContext: name,
      }
    },
    async kubeconfigFile(as) {
      const folder = mkdtempSync(join(tmpdir(), 'k8ts-testing-'))
      folders.push(folder)
      const file = join(folder, 'kubeconfig')
      writeKubeconfig(file, await access(as))
      return file
    },
    async close() {
      await listener.close()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Calls `heard` with each request and each piece of an answer. */
function overheard(handle: Handle, heard: () => void): Handle {
  const watched = <T extends object>(answer: T): T =>
    new Proxy(answer, {
      get(target, key) {
        heard()
        const part: unknown = Reflect.get(target, key)
        return key === 'stream' && part instanceof Function ? (...head: unknown[]) => watched(part(...head)) : part
      },
    })
  return (request, response) => {
    heard()
    handle(request, watched(response))
  }
}
