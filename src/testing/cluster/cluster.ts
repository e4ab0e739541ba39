import type { Call, UserInfo } from '../../api/call.ts'
import { bootstrap } from '../../apiserver/bootstrap.ts'
import { localConnector } from '../../apiserver/connect/local.ts'
import { kubernetesServiceIP } from '../../apiserver/kinds/index.ts'
import { kubeApiServer } from '../../apiserver/kube-apiserver.ts'
import type { Client } from '../../client/client.ts'
import { localClient } from '../../client/local.ts'
import { memoryStore } from '../../store/memory.ts'
import { accessTo } from '../access/access.ts'
import { type Doorkeeper, frontOf } from '../faults/front.ts'
import { checkGiven, isText, isUser } from '../given.ts'
import { imageBehaviours } from '../nodes/images.ts'
import { logsOf } from '../nodes/logs.ts'
import { startMachines } from '../nodes/machines.ts'
import { type ClusterNetwork, clusterNetwork } from '../nodes/network.ts'
import type { VirtualClock } from '../time/clock.ts'
import { announce, errorsOf } from '../time/failures.ts'
import { stirring, untilMadeUp } from '../time/leaps.ts'
import { untilQuiet } from '../time/quiet.ts'
import { eventually, type SettleOptions, settle } from '../time/settle.ts'
import { takeTimers } from '../time/timers.ts'
import { applyAll } from './apply.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { dump } from './dump.ts'
import { objectsIn } from './namespace.ts'
import { objectsOf } from './objects.ts'
import { checkOptions, type TestClusterOptions } from './options.ts'
import { checkAccount, identityOf, runOwn } from './own-loops.ts'
import { type Rights, takeDownRights } from './rights.ts'
import { snapshotsOf } from './snapshot.ts'
import type { TestCluster } from './test-cluster.ts'
import { type Recorder, recordChanges } from './timeline.ts'
import { webhookOutbound } from './webhooks.ts'
import { admin, tester, type World, worldOf } from './world.ts'

export { ApiError } from '../../api/errors.ts'
export type { Access, ClientNodeConfig, ClientNodeOptions, Identity, KubeConfigOptions } from '../access/client-node.ts'
export { parseDuration } from '../duration.ts'
export type { Fault, Faults } from '../faults/faults.ts'
export type { ImageBehaviour } from '../nodes/images.ts'
export type { LogOptions } from '../nodes/logs.ts'
export type { TestNode } from '../nodes/test-node.ts'
export type { VirtualClock } from '../time/clock.ts'
export type { ReconcileError } from '../time/failures.ts'
export type { Settling } from '../time/quiet.ts'
export type { SettleOptions } from '../time/settle.ts'
export { SettleError } from '../time/settle-error.ts'
export type { Kind, LooseObject, QualifiedKind } from './kinds.ts'
export type { NamespaceObjects } from './namespace.ts'
export type { ClusterObjects, EventsAbout } from './objects.ts'
export type { TestClusterOptions } from './options.ts'
export type { Running, RunOptions } from './own-loops.ts'
export type { Snapshot } from './snapshot.ts'
export type { TestCluster } from './test-cluster.ts'
export type { Change, Timeline, TimelineFilter } from './timeline.ts'
export type { WatchScope, WatchStream } from './watching.ts'
export type { WebhookReview, Webhooks } from './webhooks.ts'

/**
 * Starts a cluster inside this process, ready with its nodes within milliseconds. Stop it, or use `await using`.
 *
 *     await using cluster = await startCluster({ nodes: 3, seed: 1 })
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  checkOptions(options)
  const world = worldOf(options)
  const { clock, time, parts, leaps, faults } = world
  const { images, network, store, recorder, rights, server, recheckRoles } = await startServer(options, world)

  const { freezes = true } = options
  const clientAs = (user: UserInfo) => localClient(server, user, { freezes })
  const mine = clientAs(tester)
  network.lookUpWith(mine)
  const access = accessTo(server, network, world.audience)
  const plane = await startControlPlane({ ...options, ...world, server, failed: recorder.failed })
  for (const part of [plane.watches, ...plane.parts]) parts.add(part)
  world.loops.add(plane.loops)
  const stopMachines = await startMachines({
    count: options.nodes ?? 0,
    network,
    images,
    clientAs,
    admin: mine,
    contextFor: plane.context,
  })
  if (options.nodes) await untilQuiet(world.activity)

  const context = (component: string, user: UserInfo = admin) => {
    const ctx = plane.context(component, clientAs(user))
    return { ...ctx, informers: leaps.seen(ctx.informers) }
  }
  const settling = settlingOf(world)
  const errors = () => errorsOf(world.loops)
  const retract = announce(errors)
  const ending = new AbortController()
  const objects = objectsOf(mine, ending.signal)
  let timers: Disposable | undefined
  const stop = once(async () => {
    ending.abort()
    retract()
    plane.stop()
    await stopMachines()
    timers?.[Symbol.dispose]()
    for (const fault of world.active.idle)
      console.warn(`k8ts/testing: a fault has struck nothing: ${JSON.stringify(fault)}`)
    await access.close()
    await server.close()
    await store.close()
  })

  return {
    clock: time,
    client: clientAs(admin),
    server,
    ...objects,
    in: (namespace) => objectsIn(namespace, objects, mine),
    apply: (...manifests) => applyAll(mine, manifests),
    logs: (pod, how) => logsOf(mine, network, pod, how),
    as: (user, groups = []) =>
      clientAs(typeof user === 'string' ? { name: user, groups: [...groups, 'system:authenticated'] } : user),
    context,
    ...loopsOf(plane, world, recorder, mine, ending.signal),
    rightsUsed: rights.usedBy,
    kubeConfig: access.kubeConfig,
    kubeconfigFile: access.kubeconfigFile,
    takeTimers() {
      if (clock !== time) throw new TypeError('the clock of this cluster is real: timers are on it already')
      timers = takeTimers(time, world.audience.stir)
      return timers
    },
    ...settling,
    ...nodesOf(network, time),
    image: images.set,
    fetch: (request, init) => network.fetch(new Request(request, init)),
    faults,
    ...snapshotsOf({ ...world, store, images, network, settle: settling.settle, recheckRoles }),
    errors,
    get eventsCreated() {
      return recorder.eventsCreated
    },
    dump: () => dump(mine, errors()),
    timeline: recorder.timeline,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** The API server with its dependencies, behind its front. */
async function startServer(options: TestClusterOptions, world: World) {
  const { clock, random, log } = world
  const images = imageBehaviours()
  const network = clusterNetwork({ random, images })
  const store = options.store ?? memoryStore({ clock })
  const outbound = options.webhooks && webhookOutbound(options.webhooks, clock)
  const nodes = localConnector(network)
  const bare = kubeApiServer({ store, clock, random, log, nodes, ...(outbound && { outbound }) })
  const recorder = recordChanges(() => clock.now())
  const rights = takeDownRights()
  const server = frontOf(bare, world.traffic, doorkeeper(world, network, recorder, rights))
  await server.started
  await bootstrap(server.objects, { serviceIP: kubernetesServiceIP(), address: '127.0.0.1', port: 6443 })
  return { images, network, store, recorder, rights, server, recheckRoles: bare.recheckRoles }
}

function loopsOf(
  plane: ControlPlane,
  world: World,
  recorder: Recorder,
  mine: Client,
  signal: AbortSignal,
): Pick<TestCluster, 'run' | 'restartControllers' | 'settles'> {
  const { parts, time } = world
  return {
    async run(make, how = {}) {
      checkGiven('run', how, { name: isText, user: isUser, serviceAccount: isText })
      const { name = 'own-controllers', user, serviceAccount } = how
      const identity = identityOf(name, how)
      if (serviceAccount !== undefined && !user) await checkAccount(mine, serviceAccount)
      return runOwn(make, name, plane.join(name, identity), world, recorder, signal)
    },
    restartControllers() {
      void time.stir()
      plane.restartControllers()
    },
    settles(part) {
      parts.add(part)
      return () => void parts.delete(part)
    },
  }
}

function settlingOf({ activity, time, audience }: World): Pick<TestCluster, 'settle' | 'eventually'> {
  return {
    async settle(how: SettleOptions = {}) {
      audience.stir()
      await settle(activity, time, how)
    },
    eventually: (look, how = {}) => eventually(activity, time, look, how),
  }
}

/** Applies faults, blocks nodes without a network, and records the requests that pass. */
function doorkeeper(
  { time, faults, active }: World,
  network: ClusterNetwork,
  recorder: Recorder,
  rights: Rights,
): Doorkeeper {
  const strike = (call: Call) => {
    if (call.user === tester) return undefined
    rights.asked(call)
    const [, node] = /^system:node:(.*)/.exec(call.user.name) ?? []
    if (node && network.reaches(node) === false) return Promise.reject(new Error('network is unreachable'))
    return faults.strike(call)
  }
  return {
    admit: (call) => untilMadeUp(call, time)?.then(() => strike(call)) ?? strike(call),
    answered: (call, object) => recorder.answered(call, object),
    away: () => active.away,
  }
}

function nodesOf({ machines }: ClusterNetwork, time: VirtualClock): Pick<TestCluster, 'node' | 'nodes'> {
  return {
    node(name) {
      const machine = machines.get(name)
      if (!machine) throw new TypeError(`no such node: ${name}; there are ${[...machines.keys()].join(', ') || 'none'}`)
      return stirring(machine, time)
    },
    nodes: [...machines.values()].map((machine) => stirring(machine, time)),
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
