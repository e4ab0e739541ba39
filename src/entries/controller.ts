/**
 * `k8ts/controller`: control loops, the same that the built-in controllers of k8ts are made of.
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
 * Without Node built-ins, but for what `runOperator` loads when it is called.
 *
 * @module k8ts/controller
 */

export { type Cancel, type Clock, formatTime, sleep, systemClock } from '../api/clock.ts'
export { type Random, systemRandom } from '../api/random.ts'
export { conditionOf, isConditionTrue, type NewCondition, withCondition } from '../client/conditions.ts'
export type { Context, Controller, EventRecorder, KeyQueue, Log, Watch } from '../client/controller.ts'
export { type Ensured, type EnsureOwner, ensure } from '../client/ensure.ts'
export { type EventRecorderOptions, eventRecorder, type RunningEventRecorder } from '../client/events.ts'
export { addFinalizer, hasFinalizer, removeFinalizer } from '../client/finalizers.ts'
export type { Informer, InformerHandler, InformerScope, Informers } from '../client/informer.ts'
export { createInformers, type InformerSources } from '../client/informers.ts'
export { type LeaderElectionOptions, leaderElection } from '../client/leader-election.ts'
export { type LogLevel, silentLog, textLog } from '../client/log.ts'
export { type ControllerMetrics, controllerMetrics, type ReconcileCounts } from '../client/metrics.ts'
export { type LeaseOptions, type OperatorOptions, runOperator } from '../client/operator.ts'
export { seen, seenDeleted } from '../client/own-writes.ts'
export { type ClaimOptions, claim, controllerOf, controllerRef, isControlledBy } from '../client/ownership.ts'
export type { Requeue, WorkQueue } from '../client/queue.ts'
export { type RunningControllers, runControllers } from '../client/run.ts'
export { mapped, owned, watch } from '../client/watches.ts'
