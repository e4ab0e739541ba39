/**
 * `k8ts/controller`: control loops, which k8ts' own controllers use, too.
 *
 *     import { type Context, type Controller, ensure, owned, runOperator, watch } from 'k8ts/controller'
 *     import { Deployments, splitKey } from 'k8ts/client'
 *
 *     function websites(ctx: Context): Controller {
 *       const known = ctx.informers.of(Websites)
 *       return {
 *         name: 'website',
 *         watches: [watch(Websites), owned(Deployments, Websites)],
 *         async reconcile(key) {
 *           const website = known.get(key)
 *           if (!website) return
 *           await ensure(ctx, Deployments, deploymentOf(website), { resource: Websites, object: website })
 *         },
 *       }
 *     }
 *
 *     await runOperator({ name: 'website-operator', controllers: (ctx) => [websites(ctx)], leaderElection: true })
 *
 * In a test, `runControllers` takes the same controllers with the context of a test cluster, on its virtual clock.
 * Uses no Node built-ins, except those that `runOperator` loads when called.
 *
 * @module k8ts/controller
 */

export { type Cancel, type Clock, formatTime, sleep, systemClock } from '../api/clock.ts'
export {
  type AnyCondition,
  conditionOf,
  isConditionTrue,
  type NewCondition,
  withCondition,
  withoutCondition,
} from '../api/conditions.ts'
export type { Log } from '../api/log.ts'
export { type LogLevel, silentLog, textLog } from '../api/log.ts'
export { type Random, systemRandom } from '../api/random.ts'
export type { Informer, InformerHandler, InformerScope, Informers } from '../client/informers/informer.ts'
export { createInformers, type InformerSources } from '../client/informers/informers.ts'
export type { Context, Controller, EventRecorder, KeyQueue, Watch } from '../controller/controller.ts'
export { type Ensured, type EnsureOptions, type EnsureOwner, ensure } from '../controller/ensure.ts'
export { type EventRecorderOptions, eventRecorder, type RunningEventRecorder } from '../controller/events.ts'
export { addFinalizer, hasFinalizer, removeFinalizer } from '../controller/finalizers.ts'
export { type LeaderElectionOptions, leaderElection } from '../controller/leader-election.ts'
export { type ControllerMetrics, controllerMetrics, type ReconcileCounts } from '../controller/metrics.ts'
export { type LeaseOptions, type OperatorOptions, runOperator } from '../controller/operator.ts'
export { seen, seenDeleted } from '../controller/own-writes.ts'
export { type ClaimOptions, claim, controllerOf, controllerRef, isControlledBy } from '../controller/ownership.ts'
export type { Requeue, WorkQueue } from '../controller/queue.ts'
export { type RunningControllers, runControllers } from '../controller/run.ts'
export { changeOf, mapped, owned, type WatchFilter, watch } from '../controller/watches.ts'
