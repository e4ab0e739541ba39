import { sleep, systemClock } from '../api/clock.ts'
import type { Log } from '../api/log.ts'
import { textLog } from '../api/log.ts'
import { systemRandom } from '../api/random.ts'
import { type Connection, type ConnectOptions, connect } from '../client/connect.ts'
import { createInformers } from '../client/informers/informers.ts'
import { needsNode } from '../client/node-only.ts'
import type { Context, Controller } from './controller.ts'
import { eventRecorder } from './events.ts'
import { leaderElection } from './leader-election.ts'
import { controllerMetrics } from './metrics.ts'
import { type RunningControllers, runControllers } from './run.ts'
import { watchfulInformers } from './unwatched.ts'

/** Options of an operator's program. */
export interface OperatorOptions extends Pick<ConnectOptions, 'kubeconfig' | 'context'> {
  /** Its name in log lines, Events, managed fields and, unless `leaderElection` names another, its Lease. */
  name: string
  /** Makes the control loops from the tools they need. */
  controllers(ctx: Context): Controller[]
  /** Lets only one of several copies work at a time. Default: false. */
  leaderElection?: boolean | LeaseOptions
  /** Serves `/metrics` and `/healthz` on this port; 0: a free one, which the log names. Default: no server. */
  metricsPort?: number
  /** Default: lines on standard error. */
  log?: Log
  /** Stops it. Default: SIGINT and SIGTERM do. */
  signal?: AbortSignal
}

/** The Lease that copies of an operator compete for. */
export interface LeaseOptions {
  /** Default: the operator's name. */
  name?: string
  /** Default: that of the kubeconfig's context or of the ServiceAccount. */
  namespace?: string
  /** A lease not renewed for this long is free. Default 15 s. */
  leaseDurationMs?: number
  /** A leader that could not renew for this long gives up. Default 10 s. */
  renewDeadlineMs?: number
  /** Between attempts. Default 2 s. */
  retryPeriodMs?: number
}

/**
 * Runs controllers against a cluster, from inside it or from a kubeconfig, until it is stopped: an operator's main program.
 * On a stop it finishes the keys in work (for at most 10 s), then releases its Lease. Needs Node. In a test,
 * `runControllers` takes the same controllers and the context of a test cluster.
 * @throws Error when leadership is lost: the process should restart
 *
 *     await runOperator({ name: 'website-operator', controllers: (ctx) => [websites(ctx)], leaderElection: true })
 */
export async function runOperator(options: OperatorOptions): Promise<void> {
  needsNode('runOperator()')
  const { name, metricsPort } = options
  const world = { clock: systemClock, random: systemRandom }
  const { endSignal, hostname, serveMetrics } = await import('../client/node/process.ts')
  const log = options.log ?? textLog((line) => console.error(line), { clock: world.clock, component: name })
  const client = await connect({
    ...options,
    fieldManager: name,
    userAgent: name,
    warn: (text) => log.warn('the server warns', { warning: text }),
  })
  const metrics = controllerMetrics(world.clock)
  const context = { ...world, client, log, informers: createInformers({ ...world, client, log }) }
  const events = eventRecorder({ ...context, component: name })
  const ctx: Context = { ...context, events }
  const ending = endSignal(options.signal)
  let running: RunningControllers | undefined
  let server: { close(): void } | undefined
  try {
    if (metricsPort !== undefined) {
      const serving = await serveMetrics(metricsPort, () => metrics.text(running))
      server = serving
      log.info('metrics are served', { port: serving.port })
    }
    const identity = `${hostname()}_${world.random.uuid()}`
    await whileLeading(options, ctx, client, identity, ending.signal, (signal) => {
      const informers = watchfulInformers(ctx.informers, (message) => log.warn(message))
      const controllers = options.controllers({ ...ctx, informers })
      informers.expect(controllers)
      const now = runControllers(controllers.map(metrics.counted), ctx, signal)
      running = now
      return { started: now.started, busy: () => !now.idle || !events.idle }
    })
    if (!ending.signal.aborted) throw new Error(`${name}: leadership was lost`)
  } finally {
    ctx.informers.stop()
    server?.close()
    client.close()
    ending.dispose()
  }
}

/** What runs while this copy leads. */
interface Work {
  started: Promise<void>
  /** Work that began before the stop is still under way. */
  busy(): boolean
}

/** Resolves when `signal` is aborted or leadership is lost; rejects when the work cannot start. */
async function whileLeading(
  { name, leaderElection: wanted }: OperatorOptions,
  ctx: Context,
  { namespace }: Connection,
  identity: string,
  signal: AbortSignal,
  begin: (signal: AbortSignal) => Work,
): Promise<void> {
  const lease = typeof wanted === 'object' ? wanted : {}
  const lead = async (leading: AbortSignal) => {
    const work = begin(leading)
    await Promise.race([aborted(leading), work.started])
    await aborted(leading)
    // The next leader begins as soon as we release the lease; until this deadline it is still ours.
    const deadline = ctx.clock.now() + (lease.renewDeadlineMs ?? 10_000)
    while (signal.aborted && work.busy() && ctx.clock.now() < deadline) await sleep(ctx.clock, 20)
  }
  if (!wanted) return lead(signal)
  await leaderElection({ ...ctx, name, namespace, ...lease, identity }, lead, signal)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
