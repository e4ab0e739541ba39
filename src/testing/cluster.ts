import type { UserInfo } from '../api/call.ts'
import { type Clock, systemClock } from '../api/clock.ts'
import { type Random, systemRandom } from '../api/random.ts'
import { bootstrap } from '../apiserver/bootstrap.ts'
import { kubeApiServer } from '../apiserver/kube-apiserver.ts'
import { kubernetesServiceIP } from '../apiserver/resources/index.ts'
import type { ApiServer } from '../apiserver/server.ts'
import type { Client } from '../client/client.ts'
import type { Context, Log } from '../client/controller.ts'
import { eventRecorder } from '../client/events.ts'
import { createInformers } from '../client/informers.ts'
import { localClient } from '../client/local.ts'
import { silentLog } from '../client/log.ts'
import { type RunningControllers, runControllers } from '../client/run.ts'
import { nextTurn } from '../client/turn.ts'
import { controllers } from '../controllers/index.ts'
import { type Scheduler, startScheduler } from '../scheduler/scheduler.ts'
import { memoryStore } from '../store/memory.ts'
import type { Store } from '../store/store.ts'

export interface TestClusterOptions {
  clock?: Clock
  random?: Random
  log?: Log
  /** Default: a memory store of its own. */
  store?: Store
}

/** A whole control plane in this process: API server on a memory store, controllers, scheduler; no port. */
export interface TestCluster extends AsyncDisposable {
  readonly server: ApiServer
  /** As a cluster administrator. */
  readonly client: Client
  /** A client with another identity. */
  as(user: UserInfo): Client
  /** What a component of this cluster is given: its own events, the informers shared by all. */
  context(component: string, user?: UserInfo): Context
  /** Resolves when every queue is empty and every informer has synced, for a few turns of the event loop on end. */
  settle(): Promise<void>
  stop(): Promise<void>
}

const admin: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

/** So many idle turns in a row count as settled: a handler may take a turn or two to hand on what it has seen. */
const quietTurns = 5

export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { clock = systemClock, random = systemRandom, log = silentLog } = options
  const store = options.store ?? memoryStore({ clock })
  const server = kubeApiServer({ store, clock, random, log })
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '127.0.0.1', port: 6443 })

  const client = localClient(server, admin)
  const informers = createInformers({ client, clock, random, log })
  const context = (component: string, user: UserInfo = admin): Context => {
    const own = localClient(server, user)
    const events = eventRecorder({ client: own, clock, log, component })
    return { client: own, informers, clock, random, log, events }
  }
  const ending = new AbortController()
  const managerContext = context('controller-manager')
  const running: RunningControllers = runControllers(controllers(managerContext), managerContext, ending.signal)
  const scheduler: Scheduler = startScheduler(context('default-scheduler'))
  await Promise.all([running.started, scheduler.started])

  // Watch events arrive in this process within a turn or two of the write, so that empty queues mean there is no more.
  const settled = () => running.idle && scheduler.idle && informers.all.every((informer) => informer.hasSynced)

  const stop = async () => {
    ending.abort()
    scheduler.stop()
    informers.stop()
    await server.close()
    await store.close()
  }
  return {
    server,
    client,
    as: (user) => localClient(server, user),
    context,
    async settle() {
      for (let quiet = 0; quiet < quietTurns; ) {
        await nextTurn()
        quiet = settled() ? quiet + 1 : 0
      }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
