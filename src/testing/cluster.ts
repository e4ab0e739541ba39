import type { Call, UserInfo } from '../api/call.ts'
import { type Clock, systemClock } from '../api/clock.ts'
import { type Event, Events, type Pod, Pods } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { systemRandom } from '../api/random.ts'
import type { ResourceType } from '../api/schema/package.ts'
import { bootstrap } from '../apiserver/bootstrap.ts'
import { localConnector } from '../apiserver/connect/local.ts'
import { kubeApiServer } from '../apiserver/kube-apiserver.ts'
import { kubernetesServiceIP } from '../apiserver/resources/index.ts'
import type { ApiServer } from '../apiserver/server.ts'
import type { Applied } from '../client/apply.ts'
import type { Client, DeleteOptions, ListOptions } from '../client/client.ts'
import type { Context, Controller } from '../client/controller.ts'
import { localClient } from '../client/local.ts'
import { silentLog } from '../client/log.ts'
import { runControllers } from '../client/run.ts'
import { simulatedFleet } from '../kubelet/simulated/nodes.ts'
import { memoryStore } from '../store/memory.ts'
import { accessTo } from './access.ts'
import { applyAll, type Manifests } from './apply.ts'
import type { Access } from './client-node.ts'
import { type VirtualClock, virtualClock } from './clock.ts'
import { startControlPlane } from './control-plane.ts'
import { dump } from './dump.ts'
import { type Duration, durationMs } from './duration.ts'
import { type Faults, faultsOf } from './faults.ts'
import { fetchIn } from './fetch.ts'
import { type Front, frontOf } from './front.ts'
import { checkGiven, checkWord, isDuration, isFunction, isText, isYesOrNo } from './given.ts'
import { type ImageBehaviour, imageBehaviours } from './images.ts'
import { type Kind, type Kinds, type LooseObject, resourceOf } from './kinds.ts'
import { leapsOf, stirring } from './leaps.ts'
import { localNodes } from './local-nodes.ts'
import { SimulatedMachine } from './nodes.ts'
import { checkOptions, type TestClusterOptions } from './options.ts'
import { seededRandom } from './random.ts'
import { cameTrue, controllersSettling, notSettled, type Settling, untilQuiet } from './settle.ts'
import { dropEnding, restoreTo, type StoreSnapshot, snapshotOf } from './snapshot.ts'
import type { TestNode } from './test-node.ts'
import { recordChanges, type Timeline, type TimelineFilter } from './timeline.ts'
import { takeTimers } from './timers.ts'
import { type WatchScope, type WatchStream, watching } from './watching.ts'

export { ApiError } from '../api/errors.ts'
export type { Access, ClientNodeConfig, ClientNodeOptions, Identity, KubeConfigOptions } from './client-node.ts'
export type { VirtualClock } from './clock.ts'
export { parseDuration } from './duration.ts'
export type { Fault, Faults } from './faults.ts'
export type { ImageBehaviour } from './images.ts'
export type { Kind, Kinds, LooseObject } from './kinds.ts'
export type { TestClusterOptions } from './options.ts'
export { SettleError, type Settling } from './settle.ts'
export type { TestNode } from './test-node.ts'
export type { Change, Timeline, TimelineFilter } from './timeline.ts'
export type { WatchScope, WatchStream } from './watching.ts'

/** A whole cluster in this process: API server on a memory store, controllers, scheduler, simulated nodes; no port. */
export interface TestCluster extends Access, AsyncDisposable {
  /** The cluster's time. With a real clock it cannot be moved. */
  readonly clock: VirtualClock
  /** As a cluster administrator, typed by resource. */
  readonly client: Client
  /** The API server itself, for what goes below clients. */
  readonly server: ApiServer

  /**
   * Creates objects, or changes them to what is given, as `kubectl apply` does: paths of files and folders, YAML or JSON
   * texts, objects, and lists of all these.
   */
  apply(...manifests: Manifests[]): Promise<Applied[]>
  /** An object; `namespace` defaults to `default`. @throws ApiError 404 */
  get<K extends Kind>(kind: K, name: string, namespace?: string): Promise<Stored<Kinds[K]>>
  get<T>(resource: ResourceType<T>, name: string, namespace?: string): Promise<Stored<T>>
  get(kind: string, name: string, namespace?: string): Promise<Stored<LooseObject>>
  /** All objects of a kind, in all namespaces where none is named. */
  list<K extends Kind>(kind: K, options?: ListOptions): Promise<Stored<Kinds[K]>[]>
  list<T>(resource: ResourceType<T>, options?: ListOptions): Promise<Stored<T>[]>
  list(kind: string, options?: ListOptions): Promise<Stored<LooseObject>[]>
  /** It may take until the next `settle`, or a grace period, until it is gone. */
  delete(kind: string | ResourceType, name: string, namespace?: string, options?: DeleteOptions): Promise<void>
  /** Every change from now on (from the first object on, with `from: 'start'`), until the loop is left. */
  watch<K extends Kind>(kind: K, scope?: WatchScope): WatchStream<Stored<Kinds[K]>>
  watch<T>(resource: ResourceType<T>, scope?: WatchScope): WatchStream<Stored<T>>
  watch(kind: string, scope?: WatchScope): WatchStream<Stored<LooseObject>>
  /** The Events there are, in order of their writing; of one object: `{ kind: 'Pod', name: 'web-1' }`. */
  events(about?: { kind?: string; name?: string; namespace?: string }): Promise<Stored<Event>[]>
  /** What a container of a pod has logged, line by line. `previous`: the run before this one. */
  logs(pod: string | Stored<Pod>, options?: LogOptions): Promise<string[]>

  /** A client with another identity. */
  as(user: string | UserInfo, groups?: string[]): Client
  /** What a component of this cluster is given: its own events, the informers shared by all. */
  context(component: string, user?: UserInfo): Context
  /** Runs control loops of one's own against the cluster, as part of it: `settle` waits for them. */
  run(make: (ctx: Context) => Controller[], options?: { name?: string; user?: UserInfo }): Promise<Running>
  /** The cluster's own controllers stop, whatever they are about, and others start that know nothing. */
  restartControllers(): void
  /** Makes `settle` wait for something else. Returns its removal. */
  settles(part: Settling): () => void
  /**
   * Puts `setTimeout`, `setInterval` and `Date` of this process on the cluster's clock until it is disposed of: for
   * programs that know of no other. @throws TypeError while those of the process are on a clock already
   */
  takeTimers(): Disposable

  /**
   * Resolves when nothing is left to do at the present time: every queue empty, no request under way, no timer due.
   * `until` waits for a condition, virtual time going on from timer to timer meanwhile, for at most `timeout` (of the
   * cluster's time; default 10 minutes); what it asks for may not be there yet. @throws SettleError that says what is still
   * busy
   */
  settle(options?: SettleOptions): Promise<void>
  /** @throws TypeError for a node that does not exist. */
  node(name: string): TestNode
  /** All of them, in the order of their numbers. */
  readonly nodes: readonly TestNode[]
  /** Says what containers of images with that name (`web:*`) do that start from now on. */
  image(pattern: string, behaviour: ImageBehaviour): void
  /** Asks a pod by its address, or a Service by its name, as a program in the cluster does: see `http` of `image`. */
  fetch(request: string | URL | Request, init?: RequestInit): Promise<Response>
  /** What goes wrong between clients and the API server. */
  readonly faults: Faults

  /** All objects, and what images do, as they are now. */
  snapshot(): Promise<Snapshot>
  /**
   * Goes back to a snapshot, and settles. Objects are as they were, uids included; faults are gone and nodes work. Time
   * goes on, resource versions too; pods that had been deleted meanwhile start anew. @throws TypeError for another
   * cluster's snapshot
   */
  restore(snapshot: Snapshot): Promise<void>
  /** What there is, and the last Events, as a text: for a test that has failed. */
  dump(): Promise<string>
  /** Who changed what when. */
  timeline(filter?: TimelineFilter): Timeline
  /** Ends all of it: no timer, no port, no file is left. Twice is no error. */
  stop(): Promise<void>
}

/** Belongs to the cluster that made it. */
export interface Snapshot {
  /** What the store held. */
  readonly objects: StoreSnapshot
  /** Makes images do what they did then. */
  readonly resetImages: () => void
}

/** Which container's log, of which run. */
export interface LogOptions {
  /** Of a pod that is given by its name. Default: `default`. */
  namespace?: string
  /** Default: the first. */
  container?: string
  /** The run before this one. */
  previous?: boolean
}

/** What `settle` waits for, and how long. */
export interface SettleOptions {
  /** Asked after each step, until it answers something true; it may be async. */
  until?: () => unknown
  /** Of the cluster's time, for `until`: milliseconds, or `'30s'`. Default: 10 minutes. */
  timeout?: Duration
}

/** Control loops of one's own at work. */
export interface Running {
  /** Ends them, as the end of the cluster does: to start them again, as after a crash. */
  stop(): void
}

const admin: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }
/** The same user, but never struck by faults: what the test itself asks. */
const tester: UserInfo = { ...admin }
const nodeUser = (name: string): UserInfo => ({
  name: `system:node:${name}`,
  groups: ['system:nodes', 'system:authenticated'],
})

/**
 * Starts a cluster inside this process, some milliseconds after which it is ready, with its nodes. Stop it, or say
 * `await using`.
 *
 *     await using cluster = await startCluster({ nodes: 3, seed: 1 })
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  checkOptions(options)
  const { log = silentLog, nodes: nodeCount = 0, seed } = options
  const random = options.random ?? (seed === undefined ? systemRandom : seededRandom(seed))
  const parts = new Set<Settling>()
  /** Informers that are behind come through with time: they hold up `settle`, and not the clock. */
  const quiet = (but?: Settling) =>
    untilQuiet({ front, parts: [...parts].filter((part) => part !== but), expectsRequests: access.expectsRequests })
  const ownParts = options.line !== undefined || typeof options.controllers === 'function'
  const leaps = leapsOf(
    () => time,
    () => front,
    () => !ownParts && !faults.any,
  )
  const { clock, time } = clocksOf(options, async () => void (await quiet(watches)), leaps.may)

  const store = options.store ?? memoryStore({ clock })
  const ask = (request: Request) =>
    fetchIn({ client: mine, random, images, reachable: (node) => machines.get(node)?.reachable ?? false }, request)
  const nodesHere = localNodes((name) => machines.get(name), ask)
  const server = kubeApiServer({ store, clock, random, log, nodes: localConnector(nodesHere) })
  const recorder = recordChanges(() => clock.now())
  const faults = faultsOf(clock, () => front)
  const machines = new Map<string, SimulatedMachine>()
  const strike = (call: Call) => {
    if (call.user === tester) return undefined
    const node = call.user.name.startsWith('system:node:') ? call.user.name.slice('system:node:'.length) : undefined
    if (node && machines.get(node)?.reachable === false) return Promise.reject(new Error('network is unreachable'))
    return faults.strike(call)
  }
  const front: Front = frontOf(server, {
    admit: (call) => leaps.admit(call)?.then(() => strike(call)) ?? strike(call),
    answered: (call, object) => recorder.answered(call, object),
    away: faults.away,
  })
  const access = accessTo(front.server, nodesHere)
  let timers: Disposable | undefined
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '127.0.0.1', port: 6443 })

  const clientAs = (user: UserInfo) => localClient(front.server, user)
  const plane = await startControlPlane({ ...options, front, clock, random, log })
  const { watches } = plane
  for (const part of [watches, ...plane.parts]) parts.add(part)
  const context = (component: string, user: UserInfo = admin) => {
    const ctx = plane.context(component, clientAs(user))
    return { ...ctx, informers: leaps.seen(ctx.informers) }
  }
  const ending = new AbortController()

  const images = imageBehaviours()
  const mine = clientAs(tester)
  const allNodes = { name: 'system:node:all', groups: ['system:nodes', 'system:authenticated'] }
  const fleetContext = plane.context('kubelet', clientAs(allNodes))
  const fleet = nodeCount > 0 ? simulatedFleet({ ctx: fleetContext }) : undefined
  if (fleet) {
    for (let index = 1; index <= nodeCount; index++) {
      const name = `node-${index}`
      const client = clientAs(nodeUser(name))
      const runtime = { imageBehaviour: images.behaviourOf }
      machines.set(name, new SimulatedMachine({ index, name, fleet, ctx: fleetContext, admin: mine, client, runtime }))
    }
    await Promise.all([...machines.values()].map((machine) => machine.start()))
    await quiet()
  }

  const typeOf = async (kind: string | ResourceType): Promise<ResourceType> =>
    typeof kind === 'string' ? resourceOf(mine, kind) : kind
  const nameOf = ({ namespaced }: ResourceType, name: string, namespace = 'default') =>
    namespaced ? { name, namespace } : { name }

  async function settle(how: SettleOptions = {}): Promise<void> {
    checkGiven('settle', how, { until: isFunction, timeout: isDuration })
    const { until, timeout = '10m' } = how
    access.stir()
    const deadline = clock.now() + durationMs(timeout)
    for (;;) {
      const calm = await quiet(until && watches)
      if (time.nextTimer !== undefined && time.nextTimer <= clock.now()) {
        await time.advance(0)
        continue
      }
      if (!until) {
        if (calm) return
        throw notSettled(front, [...parts])
      }
      const came = await cameTrue(until)
      if (came === true) return
      const next = time.nextTimer ?? clock.now() + 10
      if (next > deadline)
        throw notSettled(front, [...parts], `the condition did not come true within ${timeout}${came}`)
      await time.advanceTo(next)
    }
  }

  const snapshots = new WeakSet<Snapshot>()
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= (async () => {
      ending.abort()
      plane.stop()
      await Promise.all([...machines.values()].map((machine) => machine.stop()))
      fleet?.stop()
      timers?.[Symbol.dispose]()
      await access.close()
      await server.close()
      await store.close()
    })()
    return stopped
  }

  // The overloads of the interface say which type comes out; here it is whatever the resource has.
  const cluster = {
    clock: time,
    client: clientAs(admin),
    server: front.server,
    apply: (...manifests: Manifests[]) => applyAll(mine, manifests),
    async get(kind: string | ResourceType, name: string, namespace?: string) {
      const type = await typeOf(kind)
      return mine.get(type, nameOf(type, name, namespace))
    },
    list: async (kind: string | ResourceType, listOptions?: ListOptions) =>
      (await mine.list(await typeOf(kind), listOptions)).items,
    async delete(kind: string | ResourceType, name: string, namespace?: string, deleteOptions?: DeleteOptions) {
      const type = await typeOf(kind)
      await mine.delete(type, nameOf(type, name, namespace), deleteOptions)
    },
    watch: (kind: string | ResourceType, scope: WatchScope = {}) => watching(mine, typeOf(kind), scope, ending.signal),
    async events(about: { kind?: string; name?: string; namespace?: string } = {}) {
      checkGiven('events', about, { kind: isText, name: isText, namespace: isText })
      const { items } = await mine.list(Events, about.namespace ? { namespace: about.namespace } : {})
      return items
        .filter(({ involvedObject: { kind, name } }) => (about.kind ?? kind) === kind && (about.name ?? name) === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    },
    async logs(pod: string | Stored<Pod>, options: LogOptions = {}) {
      checkGiven('logs', options, { namespace: isText, container: isText, previous: isYesOrNo })
      const { namespace = 'default', container, previous } = options
      const found = typeof pod === 'string' ? await mine.get(Pods, { name: pod, namespace }) : pod
      const { containers, initContainers = [] } = found.spec
      const names = [...initContainers, ...containers].map(({ name }) => name)
      if (container !== undefined) checkWord(`container of logs of ${found.metadata.name}`, container, names)
      return (await machines.get(found.spec.nodeName ?? '')?.logs(found, container, previous)) ?? []
    },
    as: (user: string | UserInfo, groups: string[] = []) =>
      clientAs(typeof user === 'string' ? { name: user, groups: [...groups, 'system:authenticated'] } : user),
    context,
    async run(
      make: (ctx: Context) => Controller[],
      { name = 'own controllers', user }: { name?: string; user?: UserInfo } = {},
    ) {
      const ctx = context(name, user)
      const own = new AbortController()
      const part = controllersSettling(
        name,
        runControllers(make(ctx), ctx, AbortSignal.any([own.signal, ending.signal])),
      )
      parts.add(part)
      return {
        stop() {
          own.abort()
          parts.delete(part)
        },
      }
    },
    restartControllers() {
      void time.stir()
      plane.restartControllers()
    },
    settles(part: Settling) {
      parts.add(part)
      return () => void parts.delete(part)
    },
    kubeConfig: access.kubeConfig,
    kubeconfigFile: access.kubeconfigFile,
    takeTimers() {
      if (clock !== time) throw new TypeError('the clock of this cluster is real: timers are on it already')
      timers = takeTimers(time, access.stir)
      return timers
    },
    settle,
    node(name: string) {
      const machine = machines.get(name)
      if (!machine) throw new TypeError(`no such node: ${name}; there are ${[...machines.keys()].join(', ') || 'none'}`)
      return stirring(machine, () => time)
    },
    nodes: [...machines.values()].map((machine) => stirring(machine, () => time)),
    image: images.set,
    fetch: (request: string | URL | Request, init?: RequestInit) => ask(new Request(request, init)),
    faults,
    async snapshot(): Promise<Snapshot> {
      const snapshot = { objects: await snapshotOf(store), resetImages: images.mark() }
      snapshots.add(snapshot)
      return snapshot
    },
    async restore(snapshot: Snapshot) {
      if (!snapshots.has(snapshot)) throw new TypeError('restore takes a snapshot of this cluster, and this is none')
      const { objects, resetImages } = snapshot
      faults.clear()
      resetImages()
      await Promise.all([...machines.values()].map((machine) => machine.mend()))
      if (watches.busy()) await settle({ until: () => watches.busy() === undefined })
      if ((await dropEnding(store, objects)) > 0) await quiet()
      await restoreTo(store, objects)
      await settle()
    },
    dump: () => dump(mine),
    timeline: recorder.timeline,
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return cluster as unknown as TestCluster
}

/** The clock that everything runs on, and the same one as tests turn it. */
function clocksOf(
  { clock = 'virtual', start }: TestClusterOptions,
  settle: () => Promise<void>,
  mayLeap: () => boolean,
): { clock: Clock; time: VirtualClock } {
  if (clock === 'virtual') {
    const time = virtualClock(start, settle, mayLeap)
    return { clock: time, time }
  }
  const given = clock === 'real' ? systemClock : clock
  if ('advance' in given) return { clock: given, time: given as VirtualClock }
  const fixed = () => Promise.reject(new TypeError('the clock of this cluster is real: it cannot be moved'))
  // Time goes by itself: waiting for it is all one can do.
  const advanceTo = (to: number | string | Date) =>
    new Promise<void>((resolve) => void given.after(Math.min(10, new Date(to).getTime() - given.now()), resolve))
  const never = { nextTimer: undefined, routine: given.after, stir: () => undefined }
  return { clock: given, time: { ...given, advance: fixed, advanceTo, ...never } }
}
