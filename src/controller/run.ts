import type { KubeObject, Stored } from '../api/object.ts'
import type { Context, Controller } from './controller.ts'
import { type Failure, type WorkQueue, workQueue } from './queue.ts'

/** Controllers at work. */
export interface RunningControllers {
  /** Every informer has synced and every controller has started. */
  readonly started: Promise<void>
  /** No key waits for its turn or is in work. Keys that wait for their time do not count. */
  readonly idle: boolean
  /** The queues, by the names of their controllers. */
  readonly queues: ReadonlyMap<string, WorkQueue>
}

/**
 * Runs control loops until `signal` is aborted. A controller does not wait for the informers of another one. Calls `failed`
 * after each reconcile that has thrown.
 */
export function runControllers(
  controllers: Controller[],
  ctx: Context,
  signal: AbortSignal,
  failed?: (controller: string, key: string, failure: Failure) => void,
): RunningControllers {
  const queues = new Map<string, WorkQueue>()
  const started = Promise.all(controllers.map((controller) => run(controller, ctx, signal, queues, failed)))
  return {
    started: started.then(() => undefined),
    get idle() {
      return [...queues.values()].every((queue) => queue.idle)
    },
    queues,
  }
}

async function run(
  controller: Controller,
  { informers, clock, log }: Context,
  signal: AbortSignal,
  queues: Map<string, WorkQueue>,
  failed?: (controller: string, key: string, failure: Failure) => void,
): Promise<void> {
  const { name, workers, reads = [] } = controller
  const queue = workQueue({
    name,
    clock,
    log,
    workers,
    work: (key) => controller.reconcile(key),
    failed: (key, failure) => failed?.(name, key, failure),
  })
  queues.set(name, queue)
  const sources = controller.watches.map(({ resource, scope, when, keys }) => {
    const informer = informers.of(resource, scope)
    const changed = (object: Stored<KubeObject>, old?: Stored<KubeObject>) => {
      if (when && !when(object, old)) return
      for (const key of keys(object, old)) queue.add(key)
    }
    const came = (object: Stored<KubeObject>) => changed(object)
    return { informer, remove: informer.on({ added: came, updated: changed, deleted: came }) }
  })
  const stop = () => {
    queue.stop()
    for (const { remove } of sources) remove()
  }
  if (signal.aborted) return stop()
  signal.addEventListener('abort', stop, { once: true })
  await Promise.all([...sources.map(({ informer }) => informer), ...reads].map(({ synced }) => synced))
  if (signal.aborted) return
  await controller.start?.(signal, queue)
  queue.start()
}
