import { finished } from '../../api/batch/jobs.ts'
import { type CronJob, CronJobs, type Job, Jobs } from '../../api/batch/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import { codeOf, ifFound, messageOf } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import { type Stored, splitKey } from '../../api/object.ts'
import type { Informer } from '../../client/informers/informer.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'
import { isControlledBy } from '../../controller/ownership.ts'
import { owned, watch } from '../../controller/watches.ts'
import { controlledBy, indexedByController } from '../shared/controller-index.ts'
import { dueTimes } from './due.ts'
import { beyondHistory } from './history.ts'
import { jobFor } from './job.ts'
import { Run } from './run.ts'
import type { Schedule } from './schedule.ts'

type Requeue = { requeueAfterMs: number } | undefined

/** What a pass over one CronJob works with. */
interface Work {
  ctx: Context
  cronJobs: Informer<CronJob>
  jobs: Informer<Job>
  times: ReturnType<typeof dueTimes>
}

/** Starts a Job each time a CronJob is due, and forgets old ones. */
export function cronJobController(ctx: Context): Controller {
  const cronJobs = ctx.informers.of(CronJobs)
  /** CronJobs whose last attempt has an unknown outcome. */
  const doubts = new Set<string>()
  const work: Work = { ctx, cronJobs, jobs: indexedByController(ctx.informers, Jobs), times: dueTimes() }

  async function reconcile(key: string): Promise<Requeue> {
    if (doubts.has(key)) await catchUp(key)
    const cronJob = cronJobs.get(key)
    if (!cronJob) {
      doubts.delete(key)
      work.times.forget(key)
      return undefined
    }
    doubts.add(key)
    const requeue = await pass(work, cronJob)
    doubts.delete(key)
    return requeue
  }

  async function catchUp(key: string): Promise<void> {
    const live = await ifFound(ctx.client.get(CronJobs, splitKey(key)))
    if (live) await seen(cronJobs, live)
  }

  return { name: 'cronjob', watches: [watch(CronJobs), owned(Jobs, CronJobs)], reconcile }
}

/** Brings a CronJob, its Jobs and its status up to date. */
async function pass(work: Work, cronJob: Stored<CronJob>): Promise<Requeue> {
  const own = controlledBy(work.jobs, cronJob.metadata.uid)
  const run = new Run(cronJob)
  noticeJobs(run, own)
  await noticeMissing(work, run, own)
  let requeue: Requeue
  let failure: { error: unknown } | undefined
  try {
    requeue = cronJob.metadata.deletionTimestamp ? undefined : await keepSchedule(work, run)
  } catch (error) {
    failure = { error }
  }
  await forget(work, run, own)
  await writeStatus(work, run)
  if (failure) throw failure.error
  return requeue
}

function noticeJobs(run: Run, own: Stored<Job>[]): void {
  for (const job of own) {
    const end = finished(job)
    const { name } = job.metadata
    if (!end && !run.isActive(job)) run.tell('Warning', 'UnexpectedJob', unexpected(name))
    if (end && run.isActive(job)) {
      run.deactivate(job.metadata.uid)
      run.tell('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end.type}`)
    }
    const { completionTime } = job.status
    if (end?.type === 'Complete' && completionTime && completionTime > (run.status.lastSuccessfulTime ?? ''))
      run.status = { ...run.status, lastSuccessfulTime: completionTime }
  }
}

/** Active ones that are gone. */
async function noticeMissing({ ctx }: Work, run: Run, own: Stored<Job>[]): Promise<void> {
  const present = new Set(own.map(({ metadata }) => metadata.uid))
  for (const { uid = '', name = '', namespace } of run.active) {
    if (present.has(uid) || (await liveJob(ctx, name, namespace))?.metadata.uid === uid) continue
    run.deactivate(uid)
    run.tell('Normal', 'MissingJob', `Active job went missing: ${name}`)
  }
}

const liveJob = ({ client }: Context, name: string, namespace: string | undefined) =>
  ifFound(client.get(Jobs, { name, namespace }))

/** Starts a Job if one is due. */
async function keepSchedule(work: Work, run: Run): Promise<Requeue> {
  const { spec } = run.cronJob
  const now = work.ctx.clock.now()
  const schedule = spec.suspend ? undefined : work.times.schedule(run)
  if (!schedule) return undefined
  const due = work.times.due(run, schedule, now)
  if (due !== undefined && !run.isHandled(due)) {
    if (spec.concurrencyPolicy === 'Forbid' && run.active.length > 0) {
      const why = 'Not starting job because prior execution is running and concurrency policy is Forbid'
      run.tell('Normal', 'JobAlreadyActive', why)
    } else {
      if (spec.concurrencyPolicy === 'Replace') await removeActive(work, run)
      await startJob(work, run, schedule, due)
    }
  }
  const next = schedule.next(now)
  return next === undefined ? undefined : { requeueAfterMs: next - now }
}

async function removeActive({ ctx }: Work, run: Run): Promise<void> {
  for (const { name = '', namespace } of run.active) {
    const job = await liveJob(ctx, name, namespace)
    if (job) await removeJob(ctx, run, job)
  }
}

async function removeJob({ client, events }: Context, run: Run, { metadata }: Stored<Job>): Promise<void> {
  const { name, namespace, uid } = metadata
  try {
    const options = { propagationPolicy: 'Background', preconditions: { uid } } as const
    await client.delete(Jobs, { name, namespace }, options)
  } catch (error) {
    if (codeOf(error) !== 404 && codeOf(error) !== 409) {
      events.record(run.cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`)
      throw error
    }
  }
  run.deactivate(uid)
  events.record(run.cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`)
}

async function startJob({ ctx, jobs }: Work, run: Run, schedule: Schedule, due: number): Promise<void> {
  const { client, events } = ctx
  const wanted = jobFor(run.cronJob, due, schedule.zone)
  const { name = '', namespace } = wanted.metadata ?? {}
  try {
    const job = await client.create(Jobs, wanted)
    events.record(run.cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`)
    run.activate(job)
    await seen(jobs, job)
  } catch (error) {
    const present = codeOf(error) === 409 ? await liveJob(ctx, name, namespace) : undefined
    if (!present) {
      events.record(run.cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`)
      throw error
    }
    // We made it and stopped before we could record it. A Job of another owner with that name blocks this one time.
    if (isControlledBy(present as Job, run.cronJob) && !finished(present)) run.activate(present)
  }
  run.status = { ...run.status, lastScheduleTime: formatTime(due) }
}

/** Finished Jobs beyond the limits. */
async function forget({ ctx, jobs }: Work, run: Run, own: Stored<Job>[]): Promise<void> {
  const excess = beyondHistory(run.cronJob, own)
  for (const job of excess) await removeJob(ctx, run, job)
  await seenDeleted(jobs, ...excess)
}

async function writeStatus({ ctx, cronJobs }: Work, run: Run): Promise<void> {
  const { cronJob, status } = run
  if (!jsonEqual(cronJob.status, status)) {
    const updated = { ...cronJob, status } as CronJob
    await seen(cronJobs, await ctx.client.update(CronJobs, updated, { subresource: 'status' }))
  }
  for (const [type, reason, message] of run.news) ctx.events.record(cronJob, type, reason, message)
}

const unexpected = (name: string): string => `Saw a job that the controller did not create or forgot: ${name}`
