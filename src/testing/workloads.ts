import type { ReplicaSet } from '../api/apps/v1/index.ts'
import { ReplicaSets } from '../api/apps/v1/index.ts'
import type { Backend } from '../api/call.ts'
import { formatTime } from '../api/clock.ts'
import { Events, Namespaces, type Pod, Pods } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { systemRandom } from '../api/random.ts'
import type { ResourceType } from '../api/schema/package.ts'
import { startTestServer } from '../apiserver/testing.ts'
import type { Client } from '../client/client.ts'
import { eventRecorder } from '../client/events.ts'
import { createInformers } from '../client/informers.ts'
import { localClient } from '../client/local.ts'
import { silentLog } from '../client/log.ts'
import { isActive, isReady } from '../client/pods.ts'
import { runControllers } from '../client/run.ts'
import { nextTurn } from '../client/turn.ts'
import { deploymentController } from '../controllers/deployment/deployment.ts'
import { replicaSetController } from '../controllers/replicaset.ts'
import { replicationControllerController } from '../controllers/replicationcontroller.ts'
import { type VirtualClock, virtualClock } from './clock.ts'

/** An API server, the controllers that make pods, and, in place of nodes, somebody who makes pods ready. */
export interface Workloads {
  client: Client
  clock: VirtualClock
  /** Whether pods get ready by themselves; they always go when they are told to. */
  kubelet: boolean
  /** Told of the pods that count after each change. */
  counted(active: Stored<Pod>[]): void
  /** The pods that count. */
  pods(): Promise<Stored<Pod>[]>
  sets(): Promise<Stored<ReplicaSet>[]>
  /** Of the Events with this reason. */
  messages(reason: string): Promise<(string | undefined)[]>
  read<T>(resource: ResourceType<T>, name: string): Promise<Stored<T>>
  becomeReady(pod: Stored<Pod>): Promise<void>
  /** Lets everything that is under way come to rest. */
  settle(): Promise<void>
  /** Stops the controllers, whatever they are about. */
  stop(): void
  /** Starts controllers that know nothing. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface WorkloadsOptions {
  /** Turns of the event loop by which watch events reach the controllers late; of pods twice as many. */
  lag?: number
  /** Something between the controllers and the server: `flakyClient`. */
  line?(client: Client, clock: VirtualClock): Client
}

export const namespace = 'default'
const admin = { name: 'admin', groups: ['system:masters'] }
const manager = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] }
const makers = [replicationControllerController, replicaSetController, deploymentController]

export async function startWorkloads({
  lag = 0,
  line = (client) => client,
}: WorkloadsOptions = {}): Promise<Workloads> {
  const clock = virtualClock()
  const server = await startTestServer({ clock, bootstrap: false })
  const client = localClient(server.server, admin)
  await client.create(Namespaces, { metadata: { name: namespace } })
  const sources = { clock, random: systemRandom, log: silentLog }
  const watching = createInformers({ ...sources, client })
  const onPods = watching.of(Pods)

  const workloads: Workloads = {
    client,
    clock,
    kubelet: true,
    counted() {},
    pods: async () => (await client.list(Pods, { namespace })).items.filter(isActive),
    sets: async () => (await client.list(ReplicaSets, { namespace })).items,
    async messages(reason) {
      const { items } = await client.list(Events, { namespace })
      return items.filter((event) => event.reason === reason).map(({ message }) => message)
    },
    read: (resource, name) => client.get(resource, { namespace, name }),
    async becomeReady(pod) {
      const condition = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(clock.now()) }
      const status = { phase: 'Running', conditions: [condition] }
      await client.patch(Pods, pod.metadata, { status }, { subresource: 'status' }).catch(() => {})
    },
    async settle() {
      for (let turn = 0; turn < 60; turn++) await nextTurn()
    },
    stop() {},
    async start() {
      const own = line(localClient(lagging(server.server, lag), manager), clock)
      const informers = createInformers({ ...sources, client: own })
      const events = eventRecorder({ ...sources, client: own, component: 'test' })
      const ctx = { ...sources, client: own, informers, events }
      const ending = new AbortController()
      const controllers = makers.map((make) => make(ctx))
      const { started } = runControllers(controllers, ctx, ending.signal)
      workloads.stop = () => {
        ending.abort()
        informers.stop()
      }
      let isStarted = false
      void started.then(() => {
        isStarted = true
      })
      // On a bad line the first lists take a back-off or two.
      for (let turn = 0; !isStarted; turn++) await (turn > 100 ? clock.advance('1s') : nextTurn())
    },
    async close() {
      workloads.stop()
      watching.stop()
      await server.close()
    },
  }

  function changed(pod: Stored<Pod>): void {
    workloads.counted(onPods.list(namespace).filter(isActive))
    const { deletionTimestamp } = pod.metadata
    if (deletionTimestamp) void client.delete(Pods, pod.metadata, { gracePeriodSeconds: 0 }).catch(() => {})
    else if (workloads.kubelet && !isReady(pod)) void workloads.becomeReady(pod)
  }
  onPods.on({
    added: changed,
    updated: changed,
    deleted: () => workloads.counted(onPods.list(namespace).filter(isActive)),
  })
  await workloads.start()
  return workloads
}

function lagging(backend: Backend, lag: number): Backend {
  return {
    call: (call) => backend.call(call),
    resource: (group, version, resource) => backend.resource(group, version, resource),
    watch(call, sink) {
      let last = Promise.resolve()
      const later = (then: () => void) => {
        last = last.then(async () => {
          for (let turn = call.resource === 'pods' ? 2 * lag : lag; turn > 0; turn--) await nextTurn()
          then()
        })
      }
      return backend.watch(call, {
        events: (batch) => later(() => sink.events(batch)),
        end: (error) => later(() => sink.end(error)),
      })
    },
  }
}

/** Reads until `accept`. @throws after five seconds, with what was read last. */
export async function until<T>(read: () => Promise<T>, accept: (value: T) => unknown): Promise<T> {
  const deadline = performance.now() + 5000
  for (;;) {
    const value = await read()
    if (accept(value)) return value
    if (performance.now() > deadline) throw new Error(`never came: ${JSON.stringify(value, null, 1)}`)
    await nextTurn()
  }
}

/** A pod template with one container. */
export const template = (labels: Record<string, string>, image = 'web:1') => ({
  metadata: { labels },
  spec: { containers: [{ name: 'web', image }] },
})
