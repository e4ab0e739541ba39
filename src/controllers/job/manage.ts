import type { Job } from '../../api/batch/v1/index.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Context } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { isNamespaceTerminating } from '../shared/living-namespace.ts'
import { createPods, deletePod } from '../shared/pod-control.ts'
import { podsToDelete } from '../shared/replica-ranking.ts'
import { settled } from '../shared/settled.ts'
import { type Assessment, attemptsBefore, holdingPlaces } from './assess.ts'
import { endOf, type FailureRecord, waitAfter } from './back-off.ts'
import { isIndexed, isSuspended, liveIndexOf } from './names.ts'
import { indexedPodOf, podOf } from './pod.ts'
import { releasePod } from './release.ts'

/** The changes made to a Job's pods. */
export interface Management {
  removed: Stored<Pod>[]
  created: number
  /** Milliseconds until the next change: failed pods are not replaced at once. */
  waitMs?: number
  /** The first failure. */
  error?: unknown
}

/** Pods created or deleted in one pass; the rest follows when the informer shows these. */
const burst = 500

/** Brings the number of active pods to the Job's present need: removes or creates, never both in one pass. */
export async function managePods(
  ctx: Context,
  pods: Informer<Pod>,
  job: Stored<Job>,
  state: Assessment,
  failures: FailureRecord,
): Promise<Management> {
  const wanted = wantedActive(job, state)
  const surplus = surplusPods(job, state, Math.max(0, state.active.length - wanted), ctx.clock.now()).slice(0, burst)
  if (surplus.length > 0) return removePods(ctx, pods, job, surplus)
  const missing = wanted - state.active.length - holdingPlaces(job, state).length
  if (missing <= 0) return { removed: [], created: 0 }
  const { ready, waitMs } = due(job, state, Math.min(missing, burst), failures, ctx.clock.now())
  return { removed: [], ...(await makePods(ctx, pods, job, ready)), ...(waitMs > 0 && { waitMs }) }
}

function wantedActive(job: Stored<Job>, { active, succeeded }: Assessment): number {
  const { completions, parallelism = 1 } = job.spec
  if (isSuspended(job)) return 0
  // A work queue: once a pod has succeeded, no further pods start, and the active ones finish the work.
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism
  return Math.max(0, Math.min(parallelism, completions - succeeded))
}

/** The `count` least important active pods at least, and all that duplicate another pod's index. */
function surplusPods(job: Stored<Job>, { active }: Assessment, count: number, now: number): Stored<Pod>[] {
  if (!isIndexed(job)) return podsToDelete(active, [], count, now)
  const kept = new Map<number, Stored<Pod>>()
  const surplus: Stored<Pod>[] = []
  for (const pod of podsToDelete(active, [], active.length, now).toReversed()) {
    const index = liveIndexOf(job, pod)
    if (index === undefined || kept.has(index)) surplus.push(pod)
    else kept.set(index, pod)
  }
  return [...surplus, ...podsToDelete([...kept.values()], [], Math.max(0, count - surplus.length), now)]
}

/** The pods to create now, and how long the others have to wait. */
function due(
  job: Stored<Job>,
  state: Assessment,
  count: number,
  failures: FailureRecord,
  now: number,
): { ready: Pod[]; waitMs: number } {
  const perIndex = state.failedIndexes !== undefined
  const waitMs = perIndex ? 0 : failures.wait(now)
  if (waitMs > 0) return { ready: [], waitMs }
  if (!isIndexed(job)) return { ready: Array<Pod>(count).fill(podOf(job)), waitMs }
  const attempts = pendingIndexes(job, state, count).map((index) => {
    const predecessor = state.toReplace.get(index)
    const wait = predecessor ? waitAfter(attemptsBefore(predecessor) + 1, endOf(predecessor), now) : 0
    return { index, predecessor, wait }
  })
  const waits = attempts.map(({ wait }) => wait).filter((wait) => wait > 0)
  return {
    ready: attempts
      .filter(({ wait }) => wait === 0)
      .map(({ index, predecessor }) => indexedPodOf(job, index, predecessor)),
    waitMs: waits.length > 0 ? Math.min(...waits) : 0,
  }
}

/** The first indexes that have no pod and have neither succeeded nor failed. */
function pendingIndexes(job: Stored<Job>, state: Assessment, count: number): number[] {
  const { completions = 0 } = job.spec
  const taken = new Set([...state.active, ...holdingPlaces(job, state)].map((pod) => liveIndexOf(job, pod)))
  const pending: number[] = []
  for (let index = 0; index < completions && pending.length < count; index++)
    if (!taken.has(index) && !state.completed?.has(index) && !state.failedIndexes?.has(index)) pending.push(index)
  return pending
}

async function makePods(
  ctx: Context,
  pods: Informer<Pod>,
  job: Stored<Job>,
  wanted: Pod[],
): Promise<Pick<Management, 'created' | 'error'>> {
  const { created, error } = await createPods(ctx, job, wanted)
  await seen(pods, ...created)
  return { created: created.length, ...(error !== undefined && !isNamespaceTerminating(error) && { error }) }
}

/**
 * Surplus pods have not failed: this releases each pod, in the state it was seen in, before it deletes it. If we die in
 * between, `retrack` tracks the pod again.
 */
async function removePods(
  ctx: Context,
  pods: Informer<Pod>,
  job: Stored<Job>,
  surplus: Stored<Pod>[],
): Promise<Management> {
  const { done, error } = await settled(surplus, async (pod) => {
    await releasePod(ctx.client, pod, { unchanged: true })
    await deletePod(ctx, job, pod)
  })
  await seenDeleted(pods, ...done)
  return { removed: done, created: 0, ...(error !== undefined && { error }) }
}

/** Restores the finalizer of active pods that have lost it. */
export async function retrack({ client }: Context, finalizer: string, untracked: Stored<Pod>[]): Promise<void> {
  for (const { metadata } of untracked) {
    const { name, namespace, uid } = metadata
    const patch = { metadata: { uid, finalizers: [finalizer] } }
    await client.patch(Pods, { name, namespace }, patch, { type: 'strategic' })
  }
}
