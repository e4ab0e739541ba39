import type { Client } from './client.ts'
import { needsNode } from './node-only.ts'

/** The API server and the credentials. */
export interface ConnectOptions {
  /** Path of a file. Default: the cluster this process runs in, else $KUBECONFIG, else ~/.kube/config. */
  kubeconfig?: string
  /** One of the kubeconfig's contexts. Default: its current one. */
  context?: string
  /** Names the writer in managed fields. */
  fieldManager?: string
  userAgent?: string
  /** Receives the text of each warning that the server sends. */
  warn?(text: string): void
}

/** A client of a remote API server. */
export interface Connection extends Client {
  readonly server: string
  /** Namespace of the context or the ServiceAccount, else `default`. For the caller: the client's methods do not use it. */
  readonly namespace: string
  /** Closes its connections, which keep the process alive. */
  close(): void
}

/**
 * Connects to an API server over HTTPS. Needs Node, and loads Node's modules only when called.
 * @throws KubeconfigError if there is no usable configuration
 *
 *     const client = await connect()
 *     const { items } = await client.list(Pods, { namespace: client.namespace })
 *     client.close()
 */
export async function connect({ kubeconfig, context, ...options }: ConnectOptions = {}): Promise<Connection> {
  needsNode('connect()')
  const [{ httpClient }, { defaultConnection }] = await Promise.all([
    import('./node/http.ts'),
    import('./node/kubeconfig.ts'),
  ])
  const client = httpClient({ ...defaultConnection(kubeconfig, context), ...options })
  const { server } = client.transport
  return { ...client, server }
}
