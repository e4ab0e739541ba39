import { runControllers } from '../client/run.ts'
import { controllers } from '../controllers/index.ts'
import { startScheduler } from '../scheduler/scheduler.ts'
import { lmdbStore } from '../store/lmdb.ts'
import { createDnsService } from './addons.ts'
import { type RunningApiServer, startApiServer, users } from './api-server.ts'
import { gatewayOf } from './bridge.ts'
import { contextOf, world } from './component.ts'
import type { Credentials } from './credentials.ts'
import { pathsOf, type Settings } from './settings.ts'

/** API server, controllers and scheduler of a cluster in this process. */
export async function startControlPlane(
  settings: Settings,
  credentials: Credentials,
  verbose: boolean,
): Promise<{ api: RunningApiServer; stop(): Promise<void> }> {
  const real = settings.runtime === 'containerd'
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
    verbose,
  })
  const ending = new AbortController()
  const managerContext = contextOf({
    client: api.clientFor(users.controllerManager),
    component: 'controller-manager',
    verbose,
  })
  runControllers(controllers(managerContext, { rootCa: credentials.ca, clusterCidr: settings.podCidr }), managerContext, ending.signal)
  if (real) {
    const { log } = managerContext
    void createDnsService(api.clientFor(users.admin), settings, log, ending.signal)
  }
  const schedulerContext = contextOf({ client: api.clientFor(users.scheduler), component: 'scheduler', verbose })
  const scheduler = startScheduler(schedulerContext)
  return {
    api,
    async stop() {
      scheduler.stop()
      ending.abort()
      managerContext.informers.stop()
      schedulerContext.informers.stop()
      await api.close()
    },
  }
}
