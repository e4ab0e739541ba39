import type { UserInfo } from '../api/call.ts'
import { admissionPlugins } from '../apiserver/admission/index.ts'
import { certificateAuthenticator } from '../apiserver/authn/certificate.ts'
import { componentAuthorizer } from '../apiserver/authz/components.ts'
import { bootstrap } from '../apiserver/bootstrap.ts'
import { type Listener, listen } from '../apiserver/node/listen.ts'
import { definitions, kubernetesServiceIP } from '../apiserver/resources/index.ts'
import { type ApiServer, createApiServer } from '../apiserver/server.ts'
import type { Client } from '../client/client.ts'
import { localClient } from '../client/local.ts'
import type { Store } from '../store/store.ts'
import { logOf, world } from './component.ts'
import type { KeyPair } from './pki.ts'

export interface ApiServerSettings {
  store: Store
  /** Where it listens; the port is the same everywhere. */
  hosts: string[]
  port: number
  tls: KeyPair
  /** Signs client certificates. PEM. */
  clientCa: string
  serviceCidr: string
  /** The address of the `kubernetes` Service's endpoint: one of `hosts` that pods can reach. */
  advertise: string
  nodePortRange?: string
  eventTtlSeconds?: number
  verbose?: boolean
}

export interface RunningApiServer {
  server: ApiServer
  /** A client for a component in this process. */
  clientFor(user: UserInfo): Client
  close(): Promise<void>
}

/** The users that the components of a control plane are, as upstream names them. */
export const users = {
  controllerManager: { name: 'system:kube-controller-manager', groups: ['system:authenticated'] },
  scheduler: { name: 'system:kube-scheduler', groups: ['system:authenticated'] },
  admin: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
} satisfies Record<string, UserInfo>

/** Starts an API server over a store and listens. */
export async function startApiServer(settings: ApiServerSettings): Promise<RunningApiServer> {
  const { store, hosts, port, tls, clientCa, serviceCidr, advertise, nodePortRange, eventTtlSeconds, verbose } =
    settings
  const server = createApiServer({
    ...world,
    store,
    definitions: definitions({
      serviceClusterIPRange: serviceCidr,
      ...(nodePortRange && { serviceNodePortRange: nodePortRange }),
      ...(eventTtlSeconds && { eventTtlSeconds }),
    }),
    admission: admissionPlugins(),
    authenticate: [certificateAuthenticator],
    authorize: componentAuthorizer,
    log: logOf('apiserver', verbose),
  })
  let prepared = false
  server.ready.set('poststarthook/bootstrap', () => (prepared ? undefined : 'the system namespaces are being made'))
  const listeners: Listener[] = []
  for (const host of new Set(hosts)) {
    listeners.push(await listen(server, { host, port, tls: { ...tls, clientCa } }))
  }
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(serviceCidr), address: advertise, port })
  prepared = true
  return {
    server,
    clientFor: (user) => localClient(server, user),
    async close() {
      await Promise.all(listeners.map((listener) => listener.close()))
      await server.close()
      await store.close()
    },
  }
}
