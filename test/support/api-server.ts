import { type Clock, systemClock } from '../../src/api/clock.ts'
import { systemRandom } from '../../src/api/random.ts'
import { bootstrap } from '../../src/apiserver/bootstrap.ts'
import type { NodeAggregatedConnector } from '../../src/apiserver/http/node/aggregated-connector.ts'
import { kubeletConnector } from '../../src/apiserver/http/node/kubelet-connector.ts'
import { type ListenOptions, listen } from '../../src/apiserver/http/node/listen.ts'
import { upgradeToKubelet } from '../../src/apiserver/http/node/upgrade.ts'
import type { ApiServer } from '../../src/apiserver/http/serve.ts'
import { kubernetesServiceIP } from '../../src/apiserver/kinds/index.ts'
import { type KubeApiServerOptions, kubeApiServer } from '../../src/apiserver/kube-apiserver.ts'
import { memoryStore } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import { type Pair, testCertificates } from './certificates.ts'

export interface TestServerOptions extends Partial<Omit<KubeApiServerOptions, 'log' | 'aggregated'>> {
  aggregated?: NodeAggregatedConnector
  /** Default true: the system namespaces and the `kubernetes` Service. */
  bootstrap?: boolean
  patience?: NonNullable<ListenOptions['patience']>
  /** Signs the certificates of front proxies. PEM. */
  proxyCa?: string
}

export interface TestServer {
  server: ApiServer
  store: Store
  /** `https://127.0.0.1:45123` */
  url: string
  /** PEM of the authority that signed the server's certificate. */
  ca: string
  /** A certificate of a member of system:masters. */
  admin: Pair
  /** A certificate for anybody. */
  client(commonName: string, organizations?: string[]): Promise<Pair>
  /** The certificate for serving on the loopback addresses: for kubelets of tests. */
  serving: Pair
  /** The text of a kubeconfig of the administrator, or of somebody else. */
  kubeconfig(pair?: Pair): string
  close(): Promise<void>
}

/** A server on a memory store (or another), behind HTTPS on a free port, with all resources: for tests. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = options.clock ?? systemClock
  const store = options.store ?? memoryStore({ clock })
  const certificates = await testCertificates()
  const connector = kubeletConnector(await certificates.client('kube-apiserver-kubelet-client', ['system:masters']))
  const server = await startServer({ nodes: connector, ...options }, clock, store)
  const admin = await certificates.client('kubernetes-admin', ['system:masters'])
  const listener = await listen(server, {
    port: 0,
    tls: { ...certificates.server, clientCa: certificates.ca, ...(options.proxyCa && { proxyCa: options.proxyCa }) },
    upgrade: upgradeToKubelet(server, connector, options.aggregated),
    ...(options.patience && { patience: options.patience }),
  })
  if (options.bootstrap !== false)
    await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '192.0.2.1', port: listener.port })
  const url = `https://127.0.0.1:${listener.port}`
  return {
    server,
    store,
    url,
    ca: certificates.ca,
    admin,
    client: certificates.client,
    serving: certificates.server,
    kubeconfig: (pair = admin) => kubeconfigOf(url, certificates.ca, pair),
    async close() {
      await listener.close()
      connector.close()
      await server.close()
      await store.close()
    },
  }
}

async function startServer(options: TestServerOptions, clock: Clock, store: Store): Promise<ApiServer> {
  const server = kubeApiServer({
    random: systemRandom,
    ...options,
    store,
    clock,
    log: { info() {}, warn: console.warn, error: console.error },
  })
  await server.started
  return server
}

function kubeconfigOf(server: string, ca: string, { key, cert }: Pair): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': btoa(ca) } }],
    users: [{ name: 'test', user: { 'client-certificate-data': btoa(cert), 'client-key-data': btoa(key) } }],
  })
}
