import type { Client } from './client.ts'
import { needsNode } from './node-only.ts'

/** Which API server, and as whom. */
export interface ConnectOptions {
  /** A file. Default: the cluster this process runs in, else $KUBECONFIG, else ~/.kube/config. */
  kubeconfig?: string
  /** One of the kubeconfig's contexts. Default: its current one. */
  context?: string
  /** Names the writer in managed fields. */
  fieldManager?: string
  userAgent?: string
  /** Receives the text of each warning that the server sends. */
  warn?(text: string): void
}

/** A client of an API server somewhere else. */
export interface Connection extends Client {
  readonly server: string
  /** Of the context or the ServiceAccount, else `default`. For the caller's use: the client's methods name theirs. */
  readonly namespace: string
  /** Ends its connections; a process does not end before. */
  close(): void
}

/**
 * Connects to an API server over HTTPS. Needs Node; nothing of it is loaded before it is called.
 * @throws KubeconfigError where there is no usable configuration
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
