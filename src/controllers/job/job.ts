import { finished } from '../../api/batch/jobs.ts'
import { type Job, type JobStatus, Jobs } from '../../api/batch/v1/index.ts'
import { isActive } from '../../api/core/pods.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { selectorOf } from '../../api/machinery/selectors/labels.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { claim, controllerOf } from '../../controller/ownership.ts'
import { watch } from '../../controller/watches.ts'
import { orphans } from '../shared/adoption.ts'
import { controlledBy, indexedByController, orphansBeside } from '../shared/controller-index.ts'
import { deletePod } from '../shared/pod-control.ts'
import { type Settled, settled } from '../shared/settled.ts'
import { assess } from './assess.ts'
import { FailureRecord } from './back-off.ts'
import { catchUpWith } from './catch-up.ts'
import { countEnded, countReleased, uncountedOf } from './counting.ts'
import { type Management, managePods, retrack } from './manage.ts'
import { isForeign, isTracked, trackingFinalizer } from './names.ts'
import { podChanges } from './pod-changes.ts'
import { releasePods } from './release.ts'
import { describeState, ended, suspensionChange, tidy, withStart, withSuspension, withVerdict } from './status.ts'
import { completion, deadlineIn, type Verdict, verdictOn } from './verdict.ts'

/** The controller's memory of a Job between two passes. */
interface Memory {
  uid: string
  failures: FailureRecord
  /** The informers show all our writes to it. */
  isCertain: boolean
}

type Requeue = { requeueAfterMs: number } | undefined

/** Runs Jobs: makes their pods, counts those that end, and sets the Job's conditions when it ends. */
export function jobController(ctx: Context): Controller {
  const { client, clock, events, informers } = ctx
  const jobs = informers.of(Jobs)
  const pods = indexedByController(informers, Pods)
  const memories = new Map<string, Memory>()

  async function reconcile(key: string): Promise<Requeue> {
    const known = jobs.get(key)
    if (!known || isForeign(known) || finished(known)) {
      memories.delete(key)
      if (known && !isForeign(known)) await releaseAll(known)
      return undefined
    }
    const memory = memoryOf(known)
    if (!memory.isCertain) await catchUpWith(client, jobs, pods, known)
    memory.isCertain = false
    const job = jobs.get(key)
    // A new Job of that name, or its end, is a change that calls us again.
    if (job?.metadata.uid !== known.metadata.uid || finished(job)) return undefined
    const requeue = await work(job, memory)
    memory.isCertain = true
    return requeue
  }

  function memoryOf(job: Stored<Job>): Memory {
    const { uid } = job.metadata
    const present = memories.get(keyOf(job))
    if (present?.uid === uid) return present
    const made = { uid, failures: new FailureRecord(), isCertain: false }
    memories.set(keyOf(job), made)
    return made
  }

  /** A finished Job has no uncounted pods. */
  async function releaseAll(job: Stored<Job>): Promise<void> {
    const { error } = await releasePods(client, pods, controlledBy(pods, job.metadata.uid).filter(isTracked))
    if (error) throw error
  }

  async function work(given: Stored<Job>, { failures }: Memory): Promise<Requeue> {
    const own = await ownPods(given)
    if (!own) return undefined
    const now = clock.now()
    const job = withStart(given, now)
    const state = assess(job, own)
    failures.update(state.ended.succeeded, state.ended.failed)

    let verdict = verdictOn(job, state, now)
    let managed: Management = { removed: [], created: 0 }
    const isGoing = job.metadata.deletionTimestamp !== undefined
    if (!verdict && !isGoing) managed = await managePods(ctx, pods, job, state, failures)
    verdict ??= completion(job, state.succeeded, state.active.length - managed.removed.length + managed.created)

    // Writes the intent, acts, writes the result: a crash never counts a pod twice.
    const doomed = verdict ? without(state.active, managed.removed) : []
    const left = { ...state, pods: without(state.pods, managed.removed) }
    const count = countEnded(job, left, verdict)
    const removed = [...managed.removed, ...doomed]
    let status = describeState(count.status, state, { removed, created: managed.created })
    if (verdict) status = withVerdict(status, verdict, now)
    else if (!isGoing) status = withSuspension(job, status, now)
    let written = await write(given, status)
    tellOfSuspension(given, written.status)

    const deletion = await deletePods(job, doomed)
    const release = await releasePods(client, pods, without(count.release, deletion.failed))
    const stillTracked = new Set(without(left.pods.filter(isTracked), release.done).map(({ metadata }) => metadata.uid))
    status = countReleased(written.status, stillTracked)
    const isOver = stillTracked.size === 0 && uncountedOf(status) === 0 && !status.terminating
    if (verdict && isOver) status = ended(status, verdict, now)
    written = await write(written, status)
    await seen(jobs, written)
    if (verdict && isOver) tellOfEnd(written, verdict)

    const error = managed.error ?? deletion.error ?? release.error
    if (error) throw error
    if (count.more) return { requeueAfterMs: 0 }
    return soonest(verdict ? undefined : deadlineIn(job, now), managed.waitMs)
  }

  /** The Job's pods; undefined: it has just adopted some, and their change will call us again. */
  async function ownPods(job: Stored<Job>): Promise<Stored<Pod>[] | undefined> {
    const selector = selectorOf(job.spec.selector)
    const matches = ({ metadata }: Stored<Pod>) => selector.matches(metadata.labels)
    const own = controlledBy(pods, job.metadata.uid)
    const free = orphansBeside(pods, job).filter(matches)
    const claimed =
      free.length > 0 || !own.every(matches)
        ? await claim({
            client,
            owner: job,
            ownerResource: Jobs,
            resource: Pods,
            objects: [...own, ...free],
            matches,
            finalizer: trackingFinalizer,
          })
        : own
    const untracked = claimed.filter((pod) => isActive(pod) && !isTracked(pod) && controllerOf(pod))
    if (untracked.length > 0 && !job.metadata.deletionTimestamp) await retrack(ctx, trackingFinalizer, untracked)
    else if (claimed.every(controllerOf)) return claimed
    return undefined
  }

  async function write(job: Stored<Job>, status: JobStatus): Promise<Stored<Job>> {
    if (jsonEqual(tidy(job.status), tidy(status))) return job
    return client.update(Jobs, { ...job, status: tidy(status) } as Job, { subresource: 'status' })
  }

  async function deletePods(job: Stored<Job>, doomed: Stored<Pod>[]): Promise<Settled<Stored<Pod>>> {
    const outcome = await settled(doomed, (pod) => deletePod(ctx, job, pod))
    await seenDeleted(pods, ...outcome.done)
    return outcome
  }

  function tellOfSuspension(job: Stored<Job>, status: JobStatus): void {
    const change = suspensionChange(job.status, status)
    if (change) events.record(job, 'Normal', change, `Job ${change.toLowerCase()}`)
  }

  function tellOfEnd(job: Stored<Job>, { type, reason, message }: Verdict): void {
    if (type === 'FailureTarget') {
      events.record(job, 'Warning', reason, message)
      return
    }
    const { completions } = job.spec
    if (completions !== undefined && (job.status.succeeded ?? 0) > completions) {
      const tooMany = 'Too many succeeded pods running after completion count reached'
      events.record(job, 'Warning', 'TooManySucceededPods', tooMany)
    }
    events.record(job, 'Normal', 'Completed', 'Job completed')
  }

  return {
    name: 'job',
    watches: [watch(Jobs), podChanges(), orphans(Pods, jobs, mayAdopt)],
    reconcile,
  }
}

const mayAdopt = (job: Stored<Job>, labels: Record<string, string> | undefined): boolean =>
  !finished(job) && selectorOf(job.spec.selector).matches(labels)

function without<T>(all: T[], some: readonly T[]): T[] {
  if (some.length === 0) return all
  const excluded = new Set(some)
  return all.filter((one) => !excluded.has(one))
}

function soonest(...times: (number | undefined)[]): Requeue {
  const known = times.filter((time) => time !== undefined)
  return known.length > 0 ? { requeueAfterMs: Math.max(0, Math.min(...known)) } : undefined
}
