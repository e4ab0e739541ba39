import { hostname } from 'node:os'
import type { UserInfo } from '../../api/call.ts'
import { sleep } from '../../api/clock.ts'
import type { AdmissionOptions } from '../../apiserver/admission/index.ts'
import { keepLocalServices } from '../../apiserver/aggregation/local-services.ts'
import { trustedAuthorities } from '../../apiserver/authn/authorities.ts'
import { keepBootstrapped } from '../../apiserver/bootstrap.ts'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import { keepFlowControlObjects } from '../../apiserver/flow-control/keep-defaults.ts'
import { aggregatedConnector } from '../../apiserver/http/node/aggregated-connector.ts'
import { kubeletConnector } from '../../apiserver/http/node/kubelet-connector.ts'
import { type Listener, type ListenOptions, listen } from '../../apiserver/http/node/listen.ts'
import { localKubeletConnector, type UpgradingKubelet } from '../../apiserver/http/node/local-connector.ts'
import { nodeOutbound } from '../../apiserver/http/node/outbound.ts'
import { upgradeToKubelet } from '../../apiserver/http/node/upgrade.ts'
import { kubernetesServiceIP } from '../../apiserver/kinds/index.ts'
import { type KubeApiServer, type KubeApiServerOptions, kubeApiServer } from '../../apiserver/kube-apiserver.ts'
import { keepIdentity } from '../../apiserver/peers/identity.ts'
import { liveServers } from '../../apiserver/peers/live-servers.ts'
import type { Client } from '../../client/client.ts'
import { localClient } from '../../client/local.ts'
import type { Store } from '../../store/store.ts'
import type { KeyPair } from '../pki/pki.ts'
import type { FollowedFile } from '../settings/followed-file.ts'
import type { AuditSettings } from './audit.ts'
import { built } from './built.ts'
import { logOf, world } from './component.ts'
import { makeDefaultRoles } from './default-roles.ts'
import { draining, inOrder, type ShutdownSettings } from './draining.ts'
import type { EncryptionSettings } from './encryption.ts'
import { processFamilies } from './process-metrics.ts'

export interface ApiServerSettings {
  store: Store
  /** Where it listens; the port is the same everywhere. */
  hosts: string[]
  port: number
  tls: KeyPair
  /** Authority of client certificates. PEM. Absent: no client authenticates by certificate. */
  clientCa?: string
  /** Authority of front proxies' certificates. PEM. */
  proxyCa?: string
  /** How it shows itself to aggregated API servers, as a front proxy. */
  proxyClient?: KeyPair
  serviceCidr: string
  /** The address of the `kubernetes` Service's endpoint: one of `hosts` that pods can reach. */
  advertise: string
  /** Of the `kubernetes` Service: they lead to this server (default), to all that share its store, or nowhere. */
  endpoints?: 'of this server' | 'of all servers' | 'none'
  tokens: NonNullable<KubeApiServerOptions['tokens']>
  /** How it shows itself to kubelets; without it there are no logs and no exec. */
  kubeletClient?: KeyPair & { ca?: string }
  /** Nodes in this process. */
  localNodes?: LocalNodes<UpgradingKubelet>
  authentication?: NonNullable<KubeApiServerOptions['authentication']>
  audit?: AuditSettings
  /** Keys for what is stored. */
  encryption?: EncryptionSettings
  /** The structured part of it, if a file holds it. */
  authenticationFile?: Pick<FollowedFile<unknown>, 'follow'>
  authorization?: NonNullable<KubeApiServerOptions['authorization']>
  /** The file that it comes from, if it may change. */
  authorizationFile?: Pick<FollowedFile<unknown>, 'follow'>
  admission?: AdmissionOptions
  nodePortRange?: string
  eventTtlSeconds?: number
  /** Default: upstream's. */
  requestLimits?: KubeApiServerOptions['requestLimits']
  /** Features that are on or off unlike their default, by upstream's names. */
  features?: Record<string, boolean>
  http?: Pick<KubeApiServerOptions, 'corsOrigins' | 'requestTimeoutMs'>
  api?: Pick<KubeApiServerOptions, 'allowPrivileged' | 'runtimeConfig'>
  kubeletAddressTypes?: readonly string[]
  connections?: Pick<ListenOptions, 'goawayChance'> & Pick<ListenOptions['tls'], 'minVersion' | 'ciphers'>
  shutdown?: ShutdownSettings
  verbose?: boolean
  moreRoles?: NonNullable<KubeApiServerOptions['moreRoles']>
}

/** How long a server that ends tries to take itself out of the endpoints. */
const leaveMs = 2000

/** Upstream's defaults. */
const defaultLimits = { maxReading: 400, maxWriting: 200, priorityAndFairness: true }

export interface RunningApiServer {
  server: KubeApiServer
  /** A client for a component in this process. */
  clientFor(user: UserInfo, fieldManager?: string): Client
  /** Ends in order: `/readyz` fails first, and requests get their answers. */
  shutdown(): Promise<void>
  /** Ends at once. */
  close(): Promise<void>
}

const authenticated = 'system:authenticated'

/** The user of a ServiceAccount of the system. */
export const systemAccount = (name: string): UserInfo => ({
  name: `system:serviceaccount:kube-system:${name}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticated],
})

/** The users that the components of a control plane are, as upstream names them. */
export const users = {
  controllerManager: { name: 'system:kube-controller-manager', groups: [authenticated] },
  scheduler: { name: 'system:kube-scheduler', groups: [authenticated] },
  admin: { name: 'kubernetes-admin', groups: ['system:masters', authenticated] },
} satisfies Record<string, UserInfo>

/** Starts an API server over a store and listens; resolves when it is ready. */
export async function startApiServer(settings: ApiServerSettings): Promise<RunningApiServer> {
  const { hosts, port, tls, clientCa, proxyCa, serviceCidr, advertise, kubeletClient } = settings
  const remote = kubeletClient && kubeletConnector(kubeletClient)
  const nodes = settings.localNodes ? localKubeletConnector(settings.localNodes, remote) : remote
  const outbound = nodeOutbound()
  const aggregated = aggregatedConnector(settings.proxyClient)
  const log = logOf('apiserver', settings.verbose)
  if (settings.authentication?.passwords)
    log.warn(
      '--basic-auth-file: passwords go over the wire with every request and never expire; prefer certificates or tokens',
    )
  // Most servers have neither.
  const encryption =
    settings.encryption && (await import('./encryption.ts')).atRest(settings.store, settings.encryption, log)
  const store = encryption?.store ?? settings.store
  const sink = settings.audit && (await import('./audit.ts')).auditSink(settings.audit, outbound, log)
  const server = kubeApiServer({
    ...world,
    store,
    version: built,
    families: processFamilies(world.clock),
    ...(settings.features?.CBORServingAndStorage && { cbor: (await import('../../apiserver/http/cbor.ts')).cbor }),
    log,
    tokens: settings.tokens,
    requestLimits: settings.requestLimits ?? defaultLimits,
    serviceClusterIPRange: serviceCidr,
    ...(settings.nodePortRange && { serviceNodePortRange: settings.nodePortRange }),
    ...(settings.eventTtlSeconds && { eventTtlSeconds: settings.eventTtlSeconds }),
    ...(settings.authentication && { authentication: settings.authentication }),
    ...(settings.authorization && { authorization: settings.authorization }),
    ...(settings.moreRoles && { moreRoles: settings.moreRoles }),
    ...(settings.admission && { admission: settings.admission }),
    ...(nodes && { nodes }),
    ...settings.http,
    ...settings.api,
    ...(settings.kubeletAddressTypes && { kubeletAddressTypes: settings.kubeletAddressTypes }),
    ...(settings.audit && sink && { auditing: { policy: settings.audit.policy, sink } }),
    outbound,
    aggregated,
  })
  let localServices: ReturnType<typeof keepLocalServices> | undefined
  const clientFor: RunningApiServer['clientFor'] = (user, fieldManager) =>
    localClient(server, user, { ...(fieldManager && { fieldManager }) })
  let prepared = false
  const ending = new AbortController()
  let stopKeeping = async () => {}
  let stopIdentity = () => {}
  let keepingFlowControl: Promise<() => void> | undefined
  const following = [settings.authenticationFile?.follow(log), settings.authorizationFile?.follow(log)]
  if (encryption) server.ready.set('kms-providers', encryption.check)
  server.ready.set('poststarthook/start-system-namespaces-controller', () =>
    prepared ? undefined : 'the system namespaces are being made',
  )
  const listeners: Listener[] = []
  const drain = draining((request, response) => server.handle(request, response))
  const { minVersion, ciphers, goawayChance } = settings.connections ?? {}
  const close = async () => {
    ending.abort()
    stopIdentity()
    // A store that does not answer does not keep the process.
    await Promise.race([stopKeeping().catch(() => {}), sleep(world.clock, leaveMs)])
    if (keepingFlowControl) (await keepingFlowControl)()
    for (const stopFollowing of following) stopFollowing?.()
    await Promise.all(listeners.map((listener) => listener.close()))
    await sink?.close()
    nodes?.close()
    outbound.close()
    aggregated.close()
    localServices?.stop()
    await server.close()
    await store.close()
    encryption?.close()
  }
  try {
    for (const host of new Set(hosts)) {
      const upgrade = nodes && upgradeToKubelet(server, nodes, aggregated)
      listeners.push(
        await listen(drain, {
          host,
          port,
          tls: {
            ...tls,
            ...(minVersion && { minVersion }),
            ...(ciphers && { ciphers }),
            ...(clientCa !== undefined && { clientCa }),
            ...(proxyCa !== undefined && { proxyCa }),
          },
          ...(goawayChance && { goawayChance }),
          ...(upgrade && { upgrade }),
        }),
      )
    }
    await server.started
    const own = {
      serviceIP: kubernetesServiceIP(serviceCidr),
      ...(settings.endpoints !== 'none' && { address: advertise }),
      port,
      ...(settings.endpoints === 'of all servers' && { servers: liveServers(store, advertise) }),
      authorities: trustedAuthorities(clientCa, proxyCa, settings.authentication?.requestHeader),
    }
    stopKeeping = await keepBootstrapped(server.objects, own, {
      clock: world.clock,
      failed: (error) => log.warn('looking after the system namespaces failed', { error: String(error) }),
    })
    prepared = true
    localServices = keepLocalServices(server.resources, server.objects, (error) =>
      log.warn('making the APIServices of this server failed', { error: String(error) }),
    )
    void makeDefaultRoles(server, log, ending.signal)
    stopIdentity = keepIdentity(server.objects, {
      ...world,
      hostname: hostname(),
      failed: (error) => log.warn("renewing this server's Lease failed", { error: String(error) }),
    })
    const { flow } = server
    // Not before the server is ready: until then, the mandatory configuration is in force.
    if (flow)
      keepingFlowControl = keepFlowControlObjects(server.objects, {
        clock: world.clock,
        onChange: (listener) => flow.onChange(listener),
        failed: (error) => log.warn('looking after the objects of flow control failed', { error: String(error) }),
      })
  } catch (error) {
    await close()
    throw error
  }
  const shutdown = async () => {
    await inOrder(settings.shutdown, { server, drain, listeners })
    await close()
  }
  return { server, clientFor, shutdown, close }
}
