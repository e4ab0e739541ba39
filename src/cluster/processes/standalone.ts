import { hostname } from 'node:os'
import type { Client } from '../../client/client.ts'
import { type HttpClientOptions, httpClient } from '../../client/node/http.ts'
import { defaultConnection, KubeconfigError } from '../../client/node/kubeconfig.ts'
import type { Context } from '../../controller/controller.ts'
import { leaderElection } from '../../controller/leader-election.ts'
import { CertificateAuthority, type KeyPair } from '../pki/pki.ts'
import { UserError } from '../user-error.ts'
import { contextOf, world } from './component.ts'

/** The context of a standalone component: its client reaches the API server over HTTPS. */
export interface Connected {
  context: Context
  client: Client
  /** How it reaches the API server. */
  connection: HttpClientOptions
  close(): void
}

/**
 * Connects a component to the API server of a kubeconfig; without one, as client-go does: the cluster that it runs in, else
 * the user's own kubeconfig.
 */
export function connected(options: {
  kubeconfig?: string
  component: string
  host?: string
  verbose?: boolean
}): Connected {
  const { kubeconfig, component } = options
  const connection = connectionTo(kubeconfig, component)
  const client = httpClient(connection)
  const context = contextOf({ ...options, client })
  return {
    context,
    client,
    connection,
    close() {
      context.informers.stop()
      client.close()
    },
  }
}

function connectionTo(kubeconfig: string | undefined, component: string): HttpClientOptions {
  try {
    const fieldManager = component === 'kubelet' ? component : `kube-${component}`
    return { ...defaultConnection(kubeconfig), fieldManager }
  } catch (error) {
    if (!(error instanceof KubeconfigError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new UserError(`--kubeconfig${kubeconfig ? ` ${kubeconfig}` : ''}: ${(error as Error).message}`)
  }
}

export interface ElectionOptions {
  leaderElect: boolean
  leaderElectLeaseDuration: number
  leaderElectRenewDeadline: number
  leaderElectRetryPeriod: number
  leaderElectResourceName: string
  leaderElectResourceNamespace: string
}

/**
 * Runs `work` while this process leads; at once where `leaderElect` is false. Resolves when `signal` is aborted.
 * @throws UserError when leadership is lost: the process should restart
 */
export async function whileLeading(
  context: Context,
  options: ElectionOptions,
  work: (signal: AbortSignal) => void,
  signal: AbortSignal,
): Promise<void> {
  const lead = (leading: AbortSignal): Promise<void> => {
    work(leading)
    return aborted(leading)
  }
  if (!options.leaderElect) return lead(signal)
  const { leaderElectResourceName: name, leaderElectResourceNamespace: namespace } = options
  const election = {
    ...context,
    name,
    namespace,
    identity: `${hostname()}_${crypto.randomUUID()}`,
    leaseDurationMs: options.leaderElectLeaseDuration,
    renewDeadlineMs: options.leaderElectRenewDeadline,
    retryPeriodMs: options.leaderElectRetryPeriod,
  }
  await leaderElection(election, lead, signal)
  if (!signal.aborted) throw new UserError(`leadership of ${namespace}/${name} was lost`)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Aborted by SIGINT or SIGTERM; a second signal ends the process at once. */
export function endSignal(): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(1)
      ending.abort()
    })
  }
  return ending.signal
}

/** A self-signed certificate, as upstream makes one if it is given none. Lives as long as the process. */
export async function selfSigned(commonName: string, dnsNames: string[], ips: string[]): Promise<KeyPair> {
  const now = world.clock.now()
  const authority = await CertificateAuthority.create(`${commonName}-ca`, now)
  return authority.issue({ commonName, dnsNames, ips, usage: ['server'] }, now)
}
