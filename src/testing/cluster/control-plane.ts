import type { Backend, UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import type { Random } from '../../api/random.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informers/informer.ts'
import { createInformers } from '../../client/informers/informers.ts'
import { localClient } from '../../client/local.ts'
import type { Context } from '../../controller/controller.ts'
import { eventRecorder } from '../../controller/events.ts'
import { type RunningControllers, runControllers } from '../../controller/run.ts'
import { controllers } from '../../controllers/index.ts'
import { startScheduler } from '../../scheduler/scheduler.ts'
import type { Front } from '../faults/front.ts'
import { controllersSettling, informersSettling, type Settling, schedulerSettling } from '../time/settle.ts'
import type { TestClusterOptions } from './options.ts'

/** Controller manager and scheduler of a test cluster. */
export interface ControlPlane {
  /** Informers that are behind. */
  readonly watches: Settling
  /** What else a cluster has to wait for. */
  readonly parts: readonly Settling[]
  /** What any other component is given that talks to the server as `client`: the informers are shared by all. */
  context(component: string, client: Client): Context
  /** The controllers stop, whatever they are about, and others start that know nothing. */
  restartControllers(): void
  stop(): void
}

export interface ControlPlaneOptions extends Pick<TestClusterOptions, 'controllers' | 'line'> {
  front: Front
  clock: Clock
  random: Random
  log: Log
}

interface Watching {
  informers: Informers
  settling: Settling
}

const manager: UserInfo = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] }
const schedulerUser: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'] }
/** In the place of the authority's certificate that every pod mounts. */
const noAuthority = '# k8ts/testing: the API server of this cluster is in the process\n'

/** Resolves when all have begun to work; on a line of one's own at once, as there it may take time. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { front, clock, random, log, line = (own: Client) => own } = options
  const backend: Backend = front.server
  const sources = { clock, random, log }
  const ending = new AbortController()
  const direct = (user: UserInfo) => localClient(backend, user)
  const clientOf = (user: UserInfo) => line(direct(user), clock)

  /** The one who watches is an object of its own, so that the sets are told apart. */
  const informersOf = (connect: (user: UserInfo) => Client): Watching => {
    const user = { ...manager }
    const informers = createInformers({ ...sources, client: connect(user) })
    return { informers, settling: informersSettling(informers, front, user) }
  }
  const contextOf = (component: string, client: Client, informers: Informers): Context => ({
    ...sources,
    client,
    informers,
    events: eventRecorder({ ...sources, client, component }),
  })

  function startControllers(informers: Informers): { running: RunningControllers; end: AbortController } {
    const ctx = contextOf('controller-manager', clientOf(manager), informers)
    const { controllers: given } = options
    const loops = typeof given === 'function' ? given(ctx) : controllers(ctx, { rootCa: noAuthority, ...given })
    const end = new AbortController()
    return { running: runControllers(loops, ctx, AbortSignal.any([end.signal, ending.signal])), end }
  }

  const shared = informersOf(direct)
  const first = options.line ? informersOf(clientOf) : shared
  const sets = new Set([shared, first])
  let { running, end } = startControllers(first.informers)
  const scheduler = startScheduler(contextOf('default-scheduler', clientOf(schedulerUser), first.informers))
  const forget = (set: Watching) => {
    set.informers.stop()
    sets.delete(set)
  }
  if (!options.line) await Promise.all([running.started, scheduler.started])

  return {
    watches: {
      name: 'informers',
      busy: () => [...sets].map(({ settling }) => settling.busy()).find((one) => one !== undefined),
    },
    parts: [
      { name: 'controllers', busy: () => controllersSettling('controllers', running).busy() },
      schedulerSettling(scheduler),
    ],
    context: (component, client) => contextOf(component, client, shared.informers),
    restartControllers() {
      end.abort()
      for (const set of sets) if (set !== shared && set !== first) forget(set)
      const fresh = informersOf(clientOf)
      sets.add(fresh)
      ;({ running, end } = startControllers(fresh.informers))
    },
    stop() {
      ending.abort()
      scheduler.stop()
      for (const set of sets) forget(set)
    },
  }
}
