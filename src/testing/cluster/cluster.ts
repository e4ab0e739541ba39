import type { Call, UserInfo } from '../../api/call.ts'
import { type Clock, systemClock } from '../../api/clock.ts'
import { Events, type Pod, Pods } from '../../api/core/v1/index.ts'
import { silentLog } from '../../api/log.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import { systemRandom } from '../../api/random.ts'
import { bootstrap } from '../../apiserver/bootstrap.ts'
import { localConnector } from '../../apiserver/connect/local.ts'
import { kubernetesServiceIP } from '../../apiserver/kinds/index.ts'
import { kubeApiServer } from '../../apiserver/kube-apiserver.ts'
import type { DeleteOptions, ListOptions } from '../../client/client.ts'
import { localClient } from '../../client/local.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { runControllers } from '../../controller/run.ts'
import { simulatedFleet } from '../../kubelet/simulated/nodes.ts'
import { memoryStore } from '../../store/memory.ts'
import { accessTo } from '../access/access.ts'
import { fetchIn } from '../access/fetch.ts'
import { faultsOf } from '../faults/faults.ts'
import { type Front, frontOf } from '../faults/front.ts'
import { imageBehaviours } from '../nodes/images.ts'
import { localNodes } from '../nodes/local-nodes.ts'
import { SimulatedMachine } from '../nodes/nodes.ts'
import { type VirtualClock, virtualClock } from '../time/clock.ts'
import { durationMs } from '../time/duration.ts'
import { leapsOf, stirring } from '../time/leaps.ts'
import { seededRandom } from '../time/random.ts'
import { cameTrue, controllersSettling, notSettled, type Settling, untilQuiet } from '../time/settle.ts'
import { takeTimers } from '../time/timers.ts'
import { applyAll, type Manifests } from './apply.ts'
import { startControlPlane } from './control-plane.ts'
import { dump } from './dump.ts'
import { checkGiven, checkWord, isDuration, isFunction, isText, isYesOrNo } from './given.ts'
import { resourceOf } from './kinds.ts'
import { checkOptions, type TestClusterOptions } from './options.ts'
import { dropEnding, restoreTo, snapshotOf } from './snapshot.ts'
import type { LogOptions, SettleOptions, Snapshot, TestCluster } from './test-cluster.ts'
import { recordChanges } from './timeline.ts'
import { type WatchScope, watching } from './watching.ts'

export { ApiError } from '../../api/errors.ts'
export type { Access, ClientNodeConfig, ClientNodeOptions, Identity, KubeConfigOptions } from '../access/client-node.ts'
export type { Fault, Faults } from '../faults/faults.ts'
export type { ImageBehaviour } from '../nodes/images.ts'
export type { TestNode } from '../nodes/test-node.ts'
export type { VirtualClock } from '../time/clock.ts'
export { parseDuration } from '../time/duration.ts'
export { SettleError, type Settling } from '../time/settle.ts'
export type { Kind, Kinds, LooseObject } from './kinds.ts'
export type { TestClusterOptions } from './options.ts'
export type { LogOptions, Running, SettleOptions, Snapshot, TestCluster } from './test-cluster.ts'
export type { Change, Timeline, TimelineFilter } from './timeline.ts'
export type { WatchScope, WatchStream } from './watching.ts'

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
