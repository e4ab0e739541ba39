import type { ClientCertificate } from '../../apiserver/http/exchange.ts'
import type { Dispatcher } from './dispatcher.ts'

/** An identity. */
export interface Identity {
  /** Default: `kubernetes-admin`, the administrator. */
  user?: string
  groups?: string[]
}

/** An identity, and the way to the server. */
export interface KubeConfigOptions extends Identity {
  /** Over HTTPS, on a port of the loopback. Default: within the process. */
  port?: boolean
}

/** The members of a `KubeConfig` of @kubernetes/client-node (from 2.0 on) that we use. */
export interface ClientNodeConfig {
  /** Takes a cluster, a user and a context. */
  loadFromOptions(options: ClientNodeOptions): void
  /** Called for each request of a typed API. */
  applySecurityAuthentication(request: { setDispatcher(dispatcher: object): void }): Promise<void>
  /** Called for requests that take over their connection. */
  applyToHTTPSOptions(options: object): Promise<void>
}

/** The argument of its `loadFromOptions`. */
export interface ClientNodeOptions {
  clusters: { name: string; server: string; caData?: string; skipTLSVerify: boolean }[]
  users: { name: string; certData?: string; keyData?: string }[]
  contexts: { name: string; cluster: string; user: string }[]
  currentContext: string
}

/** How programs without knowledge of k8ts reach a cluster. */
export interface Access {
  /**
   * Loads a `KubeConfig` of @kubernetes/client-node, from 2.0 on, and returns it. Its requests and watches go straight to the
   * server, without a port; with `port`, over HTTPS. `user` and `groups` set the identity; default: the administrator.
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
/** A program that takes it for an address shows this text in its error. */
const nowhere = 'https://within-this-process.k8ts-testing.invalid'

/**
 * Points `config` at a cluster in this process: its requests and watches go to `dispatcher`; requests that take over their
 * connection (exec, attach, port-forward, cp) get one from `connect`; nothing uses a network.
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

/** The identity as a certificate of the server's authority would name it. */
export function certificateOf({ user = 'kubernetes-admin', groups }: Identity = {}): ClientCertificate {
  return { commonName: user, organizations: groups ?? (user === 'kubernetes-admin' ? ['system:masters'] : []) }
}
