import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path'
import { parse } from 'yaml'
import type { HttpClientOptions } from './http.ts'

/** A kubeconfig, from one or several files, with absolute paths. */
export interface Kubeconfig {
  currentContext: string
  contexts: ReadonlyMap<string, KubeContext>
  clusters: ReadonlyMap<string, ClusterEntry>
  users: ReadonlyMap<string, UserEntry>
}

export interface KubeContext {
  cluster: string
  user: string
  namespace?: string
}

export interface ClusterEntry {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
  'proxy-url'?: string
}

export interface UserEntry {
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  token?: string
  tokenFile?: string
  username?: string
  password?: string
  as?: string
  'as-uid'?: string
  'as-groups'?: string[]
  'as-user-extra'?: Record<string, string[]>
  exec?: unknown
  'auth-provider'?: unknown
}

/** An unreadable or unusable kubeconfig; the message is for people. */
export class KubeconfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'KubeconfigError'
  }
}

/**
 * Reads `file`; without it the files of $KUBECONFIG (where several define the same name, the first one counts), or
 * ~/.kube/config. Skips default files that do not exist.
 * @throws KubeconfigError
 */
export function loadKubeconfig(file?: string, env = process.env): Kubeconfig {
  if (file) return merge([readConfig(file)])
  const paths = env.KUBECONFIG?.split(delimiter).filter(Boolean) ?? [join(homedir(), '.kube/config')]
  return merge(paths.filter((path) => existsSync(path)).map(readConfig))
}

/**
 * How to reach the cluster of a context; default: the current one.
 * @throws KubeconfigError if the context is missing or needs an unsupported feature.
 */
export function connectionOf(config: Kubeconfig, contextName = config.currentContext): HttpClientOptions {
  if (!contextName) throw new KubeconfigError('no current context is set in the kubeconfig')
  const context = config.contexts.get(contextName)
  if (!context) throw new KubeconfigError(`context "${contextName}" does not exist`)
  const cluster = config.clusters.get(context.cluster)
  if (!cluster?.server) throw new KubeconfigError(`cluster "${context.cluster}" has no server`)
  const user = config.users.get(context.user) ?? {}
  for (const [name, entry] of [
    ['exec', user.exec],
    ['auth-provider', user['auth-provider']],
    ['proxy-url', cluster['proxy-url']],
  ])
    if (entry) throw new KubeconfigError(`context "${contextName}" needs ${name}, which k8ts does not support`)
  return {
    server: cluster.server,
    namespace: context.namespace,
    ca: decoded(cluster['certificate-authority-data']),
    caFile: cluster['certificate-authority'],
    cert: decoded(user['client-certificate-data']),
    certFile: user['client-certificate'],
    key: decoded(user['client-key-data']),
    keyFile: user['client-key'],
    // client-go: with both given, the token counts until the file has been read. We take the file.
    tokenFile: user.tokenFile,
    token: user.token,
    username: user.username,
    password: user.password,
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
    serverName: cluster['tls-server-name'],
    ...(user.as && {
      impersonate: {
        user: user.as,
        uid: user['as-uid'],
        groups: user['as-groups'],
        extra: user['as-user-extra'],
      },
    }),
  }
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** How a pod reaches its cluster, as its ServiceAccount; undefined: this process is not in a pod. */
export function inClusterConnection(env = process.env, folder = serviceAccount): HttpClientOptions | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  const tokenFile = join(folder, 'token')
  if (!host || !port || !existsSync(tokenFile)) return undefined
  const namespaceFile = join(folder, 'namespace')
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caFile: join(folder, 'ca.crt'),
    tokenFile,
    ...(existsSync(namespaceFile) && { namespace: readFileSync(namespaceFile, 'utf8').trim() }),
  }
}

/** A component's default cluster: `file`, else the cluster it runs in, else the user's kubeconfig. */
export function defaultConnection(file?: string, context?: string): HttpClientOptions {
  const inCluster = file || context || process.env.KUBECONFIG ? undefined : inClusterConnection()
  return inCluster ?? connectionOf(loadKubeconfig(file), context)
}

interface RawConfig {
  'current-context'?: string
  contexts?: { name: string; context?: KubeContext }[]
  clusters?: { name: string; cluster?: ClusterEntry }[]
  users?: { name: string; user?: UserEntry }[]
}

const pathFields = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const

function readConfig(path: string): RawConfig {
  let config: RawConfig | null
  try {
    config = parse(readFileSync(path, 'utf8')) as RawConfig | null
  } catch (error) {
    throw new KubeconfigError(`cannot read kubeconfig ${path}: ${(error as Error).message}`)
  }
  if (config !== null && typeof config !== 'object') throw new KubeconfigError(`${path} is not a kubeconfig`)
  const folder = dirname(resolve(path))
  const entries = [...(config?.clusters ?? []).map((c) => c.cluster), ...(config?.users ?? []).map((u) => u.user)]
  for (const entry of entries as Record<string, unknown>[]) {
    for (const field of pathFields) {
      const value = entry?.[field]
      if (typeof value === 'string' && value && !isAbsolute(value)) entry[field] = resolve(folder, value)
    }
  }
  return config ?? {}
}

function merge(configs: RawConfig[]): Kubeconfig {
  const contexts = new Map<string, KubeContext>()
  const clusters = new Map<string, ClusterEntry>()
  const users = new Map<string, UserEntry>()
  const addNew = <V>(map: Map<string, V>, name: string, value: V | undefined) => {
    if (value && !map.has(name)) map.set(name, value)
  }
  for (const config of configs) {
    for (const { name, context } of config.contexts ?? []) addNew(contexts, name, context)
    for (const { name, cluster } of config.clusters ?? []) addNew(clusters, name, cluster)
    for (const { name, user } of config.users ?? []) addNew(users, name, user)
  }
  const currentContext = configs.map((config) => config['current-context']).find(Boolean) ?? ''
  return { currentContext, contexts, clusters, users }
}

const decoded = (base64: string | undefined) => (base64 ? Buffer.from(base64, 'base64') : undefined)
