import type { ClientCertificate } from '../../apiserver/http/exchange.ts'
import type { Dispatcher } from './dispatcher.ts'

/** Who one is to the cluster. */
export interface Identity {
  /** Default: `kubernetes-admin`, the administrator. */
  user?: string
  groups?: string[]
}

/** Who one is, and by which way. */
export interface KubeConfigOptions extends Identity {
  /** Over HTTPS, on a port of the loopback. Default: within the process. */
  port?: boolean
}

/** What a `KubeConfig` of @kubernetes/client-node (from 2.0 on) is known by here. */
export interface ClientNodeConfig {
  /** Takes a cluster, a user and a context. */
  loadFromOptions(options: ClientNodeOptions): void
  /** Called for each request of a typed API. */
  applySecurityAuthentication(request: { setDispatcher(dispatcher: object): void }): Promise<void>
  /** Called for what takes over its connection. */
  applyToHTTPSOptions(options: object): Promise<void>
}

/** What its `loadFromOptions` takes. */
export interface ClientNodeOptions {
  clusters: { name: string; server: string; caData?: string; skipTLSVerify: boolean }[]
  users: { name: string; certData?: string; keyData?: string }[]
  contexts: { name: string; cluster: string; user: string }[]
  currentContext: string
}

/** How programs that know nothing of k8ts come to a cluster. */
export interface Access {
  /**
   * Loads a `KubeConfig` of @kubernetes/client-node, from 2.0 on, and answers it. Its requests and watches come straight to
   * the server, without a port; with `port`, over HTTPS. `user` and `groups` say who asks; default: the administrator.
   *
   *     const config = await cluster.kubeConfig(new KubeConfig())
   */
  kubeConfig<C extends ClientNodeConfig>(config: C, options?: KubeConfigOptions): Promise<C>
  /** For `new KubeConfig().loadFromOptions(...)`. Opens a port with TLS. Node only. */
  kubeConfig(as?: Identity): Promise<ClientNodeOptions>
  /** A file for kubectl, Helm and anything else, removed by `stop`. Opens a port with TLS. Node only. */
  kubeconfigFile(as?: Identity): Promise<string>
}

const name = 'k8ts-testing'
/** Whoever takes it for an address reads in his error what it is. */
const nowhere = 'https://within-this-process.k8ts-testing.invalid'

/**
 * Makes `config` that of a cluster in this process: its requests and watches go to `dispatcher`, what takes its connection
 * over (exec, attach, port-forward, cp) gets one of what `connect` answers, and nothing goes to a network.
 */
export function loadInProcess(
  config: ClientNodeConfig,
  dispatcher: Dispatcher,
  connect: () => Promise<() => object>,
): void {
  config.loadFromOptions({
    clusters: [{ name, server: nowhere, skipTLSVerify: false }],
    users: [{ name }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  })
  const { applySecurityAuthentication, applyToHTTPSOptions } = config
  config.applySecurityAuthentication = async (request) => {
    await applySecurityAuthentication.call(config, request)
    if (typeof request.setDispatcher !== 'function')
      throw new TypeError(
        'kubeConfig() without a port needs @kubernetes/client-node 2.0 or newer; else ask for { port: true }',
      )
    request.setDispatcher(dispatcher)
  }
  config.applyToHTTPSOptions = async (options) => {
    await applyToHTTPSOptions.call(config, options)
    Object.assign(options, { agent: undefined, createConnection: await connect() })
  }
}

/** As the server's certificate authority would name them. */
export function certificateOf({ user = 'kubernetes-admin', groups }: Identity = {}): ClientCertificate {
  return { commonName: user, organizations: groups ?? (user === 'kubernetes-admin' ? ['system:masters'] : []) }
}
