import { createDnsRights, createDnsService } from '../../addons/dns/service.ts'
import { messageOf } from '../../api/errors.ts'
import { contains, parseCidr, parseIp } from '../../api/ip.ts'
import type { LocalNodes } from '../../apiserver/connect/local.ts'
import { runControllers } from '../../controller/run.ts'
import { controllers } from '../../controllers/index.ts'
import type { Kubelet } from '../../kubelet/kubelet.ts'
import { startScheduler } from '../../scheduler/scheduler.ts'
import { lmdbStore } from '../../store/lmdb.ts'
import type { Credentials } from '../pki/credentials.ts'
import { dnsIp, gatewayOf } from '../settings/addresses.ts'
import { pathsOf } from '../settings/paths.ts'
import { type Settings, simulatedPodCidr } from '../settings/settings.ts'
import { type RunningApiServer, startApiServer, systemAccount, users } from './api-server.ts'
import { contextOf, world } from './component.ts'

/** Whom the API server believes who a user is: those with its own front proxy's certificate. */
const frontProxies = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['x-remote-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraHeadersPrefixes: ['x-remote-extra-'],
}

/** API server, controllers and scheduler of a cluster in this process. */
export async function startControlPlane(
  settings: Settings,
  credentials: Credentials,
  verbose: boolean,
): Promise<{ api: RunningApiServer; stop(): Promise<void> }> {
  const real = settings.runtime === 'containerd'
  const kubelets = new Map<string, Kubelet>()
  const api = await startApiServer({
    store: lmdbStore({ path: pathsOf(settings.dataDir).store, clock: world.clock }),
    // Pods reach it at the bridge's address.
    hosts: ['127.0.0.1', ...(real ? [gatewayOf(settings)] : []), settings.listen],
    port: settings.apiPort,
    tls: credentials.apiServer,
    clientCa: credentials.ca,
    serviceCidr: settings.serviceCidr,
    advertise: real ? gatewayOf(settings) : '127.0.0.1',
    tokens: {
      signingKey: credentials.serviceAccountKey,
      verificationKeys: [credentials.serviceAccountPublicKey],
    },
    kubeletClient: { ...credentials.kubeletClient, ca: credentials.ca },
    proxyCa: credentials.frontProxyCa,
    proxyClient: credentials.frontProxyClient,
    authentication: { requestHeader: frontProxies },
    ...(!real && { localNodes: localNodesOf(kubelets, simulatedPodCidr(settings)) }),
    ...(real && { moreRoles: createDnsRights }),
    verbose,
  })
  const ending = new AbortController()
  const managerContext = contextOf({
    client: api.clientFor(users.controllerManager),
    component: 'controller-manager',
    verbose,
  })
  const clusterCidr = real ? settings.podCidr : simulatedPodCidr(settings)
  const loops = controllers(managerContext, {
    rootCa: credentials.ca,
    serviceAccountKey: credentials.serviceAccountKey,
    clusterCidr,
    clientOf: (account) => api.clientFor(systemAccount(account)),
  })
  const managed = runControllers(loops, managerContext, ending.signal)
  if (real) {
    const dns = { clusterIp: dnsIp(settings), server: gatewayOf(settings), nodeName: settings.nodeName }
    void createDnsService(api.clientFor(users.admin), dns, managerContext, ending.signal)
  }
  const schedulerContext = contextOf({ client: api.clientFor(users.scheduler), component: 'scheduler', verbose })
  const scheduler = startScheduler(schedulerContext)
  const { components } = api.server
  components.set('controller-manager', startedCheck(managed.started))
  components.set('scheduler', startedCheck(scheduler.started))
  const nodes = real ? undefined : simulateNodes(api, settings, kubelets, verbose)
  return {
    api,
    async stop() {
      await nodes?.stop()
      scheduler.stop()
      ending.abort()
      managerContext.informers.stop()
      schedulerContext.informers.stop()
      await api.close()
    },
  }
}

/** What ComponentStatuses say of a component in this process. */
function startedCheck(starting: Promise<unknown>): () => string | undefined {
  let problem: string | undefined = 'it has not started yet'
  starting.then(
    () => {
      problem = undefined
    },
    (error: unknown) => {
      problem = messageOf(error)
    },
  )
  return () => problem
}

/** Nodes `node-1` to `node-N` in this process, whose containers are simulated; `kubelets` gets them by name. */
function simulateNodes(
  api: RunningApiServer,
  settings: Settings,
  kubelets: Map<string, Kubelet>,
  verbose: boolean,
): { stop(): Promise<void> } {
  // One client speaks for all of them, which a node's own identity may not.
  const ctx = contextOf({ client: api.clientFor(users.admin, 'kubelet'), component: 'kubelet', verbose })
  // A control plane with real nodes has no use for a kubelet.
  const started = import('../../kubelet/simulated/nodes.ts').then(({ startSimulatedNodes }) =>
    startSimulatedNodes({
      ctx,
      count: settings.nodes,
      first: 1,
      podCidr: simulatedPodCidr(settings),
      commandsEnd: true,
    }),
  )
  started.then(
    ({ nodes }) => {
      for (const node of nodes) kubelets.set(node.nodeName, node)
    },
    (error: unknown) => ctx.log.error('the simulated nodes do not start', { error: (error as Error).message }),
  )
  return {
    async stop() {
      await started.then((nodes) => nodes.stop()).catch(() => {})
      ctx.informers.stop()
    },
  }
}

/** How the API server reaches simulated nodes: calls their kubelets in this process; nothing listens in their pods. */
function localNodesOf(kubelets: Map<string, Kubelet>, podCidr: string): LocalNodes<Kubelet> {
  const cidr = parseCidr(podCidr)
  return {
    kubelet: (name) => kubelets.get(name),
    pod({ host, port }) {
      const ip = parseIp(host)
      if (!cidr || !ip || !contains(cidr, ip)) return undefined
      return Promise.reject(
        new Error(`connect ECONNREFUSED ${host}:${port}: nothing listens in pods of simulated nodes`),
      )
    },
  }
}
