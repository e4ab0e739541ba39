import type { UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import type { Random } from '../../api/random.ts'
import type { ApiServer } from '../../apiserver/http/serve.ts'
import type { Client } from '../../client/client.ts'
import type { Informers } from '../../client/informers/informer.ts'
import { createInformers } from '../../client/informers/informers.ts'
import { localClient } from '../../client/local.ts'
import type { Context } from '../../controller/controller.ts'
import { eventRecorder } from '../../controller/events.ts'
import type { Failure } from '../../controller/queue.ts'
import { type RunningControllers, runControllers } from '../../controller/run.ts'
import { controllers } from '../../controllers/index.ts'
import { startScheduler } from '../../scheduler/scheduler.ts'
import type { Traffic } from '../faults/traffic.ts'
import type { Loops } from '../time/failures.ts'
import { busyControllers, informersBehind, schedulerSettling } from '../time/parts.ts'
import type { Settling } from '../time/quiet.ts'
import type { TestClusterOptions } from './options.ts'

/** Controller manager and scheduler of a test cluster. */
export interface ControlPlane {
  /** Informers that lag: only time helps them. */
  readonly watches: Settling
  /** Other work that a cluster has to wait for. */
  readonly parts: readonly Settling[]
  /** The context of any other component that uses `client`: all share the informers. */
  context(component: string, client: Client): Context
  /** The same with an identity of its own, informers included. */
  join(component: string, user: UserInfo): Member
  readonly loops: Loops
  /** Stops the controllers at once, and starts new ones without any state. */
  restartControllers(): void
  stop(): void
}

export interface ControlPlaneOptions extends Pick<TestClusterOptions, 'controllers' | 'freezes' | 'line'> {
  /** The server behind its front. */
  server: ApiServer
  traffic: Traffic
  clock: Clock
  random: Random
  log: Log
  failed(controller: string, key: string, failure: Failure): void
}

/** A component with an identity of its own. */
export interface Member {
  ctx: Context
  /** Stops its informers. */
  leave(): void
}

interface Watching {
  informers: Informers
  behind(): string | undefined
}

/** A test cluster's own parts may do everything: their rights are no test's subject, and the Roles need not be there for them. */
const groups = ['system:masters', 'system:authenticated']
const manager: UserInfo = { name: 'system:kube-controller-manager', groups }
const schedulerUser: UserInfo = { name: 'system:kube-scheduler', groups }
/** Replaces the authority's certificate that every pod mounts. */
const noAuthority = '# k8ts/testing: the API server of this cluster is in the process\n'

/** Resolves when all have started; with a `line` at once, as that may take time. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { server, traffic, clock, random, log, freezes = true, line = (own: Client) => own } = options
  const sources = { clock, random, log }
  const ending = new AbortController()
  const direct = (user: UserInfo) => localClient(server, user, { freezes })
  const clientOf = (user: UserInfo) => line(direct(user), clock)

  /** The identity is a new object, which identifies the watches of this set. */
  const informersOf = (connect: (user: UserInfo) => Client, as = manager): Watching => {
    const user = { ...as }
    const informers = createInformers({ ...sources, client: connect(user) })
    return { informers, behind: () => informersBehind(informers, traffic, user) }
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
    return { running: runControllers(loops, ctx, AbortSignal.any([end.signal, ending.signal]), options.failed), end }
  }

  const shared = informersOf(direct)
  const first = options.line ? informersOf(clientOf) : shared
  const sets = new Set([shared, first])
  /** The resources that the controllers watch. */
  let latest = first
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
      needsTime: true,
      busy: () => [...sets].map((set) => set.behind()).find((one) => one !== undefined),
    },
    parts: [{ name: 'controllers', busy: () => busyControllers(running) }, schedulerSettling(scheduler)],
    loops: { own: typeof options.controllers === 'function', running: () => running },
    context: (component, client) => contextOf(component, client, shared.informers),
    join(component, user) {
      const own = informersOf(direct, user)
      sets.add(own)
      return { ctx: contextOf(component, direct(user), own.informers), leave: () => forget(own) }
    },
    restartControllers() {
      end.abort()
      if (latest !== shared && latest !== first) forget(latest)
      const fresh = informersOf(clientOf)
      latest = fresh
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
