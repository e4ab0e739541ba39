import { Namespaces, type Pod, Pods } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import { systemRandom } from '../api/random.ts'
import type { ResourceType } from '../api/schema/package.ts'
import { startTestServer } from '../apiserver/testing.ts'
import type { Client } from '../client/client.ts'
import type { Context, Controller } from '../client/controller.ts'
import { createInformers } from '../client/informers.ts'
import { localClient } from '../client/local.ts'
import { codeOf } from '../client/ownership.ts'
import { type RunningControllers, runControllers } from '../client/run.ts'
import { nextTurn } from '../client/turn.ts'
import { type VirtualClock, virtualClock } from './clock.ts'

/** A real API server on a memory store with virtual time, and some controllers. No scheduler, no nodes. */
export interface ControllerCluster {
  ctx: Context
  /** An administrator's. */
  client: Client
  clock: VirtualClock
  /** What was recorded: `Normal SuccessfulCreate Created pod: web-1`. */
  events: string[]
  /** What the log warned of. */
  warnings: string[]
  /** Resolves when the controllers have nothing to do but wait. @throws when they never do. */
  settle(): Promise<void>
  /** Moves time, the controllers settling in between and afterwards. */
  advance(by: number | string): Promise<void>
  /** Undefined: there is none. */
  find<T>(resource: ResourceType<T>, name: string, namespace?: string): Promise<Stored<T> | undefined>
  /** Makes a pod that runs, with an address and the condition Ready. */
  runningPod(pod: RunningPod): Promise<Stored<Pod>>
  /** Stops the controllers, whatever they are about, and starts others that know nothing. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface RunningPod {
  name: string
  ip: string
  node?: string
  labels?: Record<string, string>
  ready?: boolean
  spec?: Partial<Pod['spec']>
}

/** `line` may put something between the controllers and the server: `flakyClient`. */
export async function startControllers(
  make: (ctx: Context) => Controller[],
  line?: (client: Client, clock: VirtualClock) => Client,
): Promise<ControllerCluster> {
  const clock = virtualClock('2026-01-01T00:00:00Z', () => settle())
  const test = await startTestServer({ clock, bootstrap: false })
  const direct = localClient(test.server, { name: 'system:kube-controller-manager', groups: [] })
  const manager = line ? line(direct, clock) : direct
  const client = localClient(test.server, { name: 'admin', groups: ['system:masters'] })
  for (const name of ['default', 'kube-system', 'kube-node-lease'])
    await client.create(Namespaces, { metadata: { name } })
  const events: string[] = []
  const warnings: string[] = []
  const warn = (message: string, fields?: unknown) => void warnings.push(`${message} ${JSON.stringify(fields ?? {})}`)
  const log = { debug() {}, info() {}, warn, error: warn }
  const random = systemRandom
  const recorder = { record: (_: unknown, ...event: string[]) => void events.push(event.slice(0, 3).join(' ')) }
  let ctx: Context
  let running: RunningControllers
  let end: AbortController

  /** On a bad line the first lists take a back-off or two. */
  async function start(): Promise<void> {
    const sources = { client: manager, clock, random, log }
    ctx = { ...sources, informers: createInformers(sources), events: recorder }
    end = new AbortController()
    running = runControllers(make(ctx), ctx, end.signal)
    let started = false
    void running.started.then(() => {
      started = true
    })
    for (let tries = 0; !started && tries < 1000; tries++) {
      await nextTurn()
      if (tries > 100) await clock.advance(100)
    }
    await settle()
  }
  function stopControllers(): void {
    end.abort()
    ctx.informers.stop()
  }

  async function settle(): Promise<void> {
    let calm = 0
    for (let turn = 0; calm < 5; turn++) {
      // On a bad line they may wait for news that only time will bring.
      if (line && turn > 40) return
      if (turn > 50_000) throw new Error(`never settled; warnings: ${warnings.slice(-5).join('\n')}`)
      await nextTurn()
      calm = running.idle ? calm + 1 : 0
    }
  }

  await start()
  return {
    get ctx() {
      return ctx
    },
    client,
    clock,
    events,
    warnings,
    settle,
    async advance(by) {
      await clock.advance(by)
      await settle()
    },
    async find(resource, name, namespace) {
      try {
        return await client.get(resource, { name, namespace })
      } catch (error) {
        if (codeOf(error) === 404) return undefined
        throw error
      }
    },
    runningPod: (pod) => runningPod(client, clock, pod),
    async restart() {
      stopControllers()
      await start()
    },
    async stop() {
      stopControllers()
      await test.close()
    },
  }
}

async function runningPod(
  client: Client,
  clock: VirtualClock,
  { name, ip, node, labels, ready = true, spec }: RunningPod,
): Promise<Stored<Pod>> {
  const lastTransitionTime = new Date(clock.now()).toISOString().replace(/\.\d+Z/, 'Z')
  const pod = await client.create(Pods, {
    metadata: { name, namespace: 'default', labels },
    spec: {
      containers: [{ name: 'c', image: 'i' }],
      ...(node && { nodeName: node }),
      ...spec,
    },
  })
  const status = {
    phase: 'Running',
    ...(ip && { podIP: ip, podIPs: [{ ip }] }),
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
  }
  return client.update(Pods, { ...pod, status }, { subresource: 'status' })
}
