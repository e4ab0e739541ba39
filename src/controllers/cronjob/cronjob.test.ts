import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CronJobSpec, CronJobs, type Job, Jobs } from '../../api/batch/v1/index.ts'
import { formatTime } from '../../api/clock.ts'
import { silentLog } from '../../api/log.ts'
import type { Stored } from '../../api/object.ts'
import { startCluster, type TestCluster } from '../../testing/index.ts'
import { cronJobController } from './cronjob.ts'

/** Leaves out the controller of Jobs, so that the test decides when Jobs end, and its queue takes no time. */
let c: TestCluster
/** The recorded events: `Normal SuccessfulCreate Created job tick-1`. Not read from Events, since these merge repeats. */
let recorded: string[]
let warnings: string[]
async function begin(start: string) {
  recorded = []
  warnings = []
  const events = { record: (_: unknown, ...event: string[]) => void recorded.push(event.slice(0, 3).join(' ')) }
  c = await startCluster({
    controllers: (ctx) => [cronJobController({ ...ctx, events })],
    start,
    log: { ...silentLog, warn: (message) => void warnings.push(message) },
  })
}
beforeEach(() => begin('2026-01-01T00:00:00Z'))
afterEach(() => c.stop())

const namespace = 'default'
const jobSpec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } } }
async function create(spec: Partial<CronJobSpec>, name = 'tick') {
  const metadata = { labels: { app: 'tick' }, annotations: { note: 'x' } }
  const given = { schedule: '*/10 * * * *', jobTemplate: { metadata, spec: jobSpec }, ...spec }
  await c.client.create(CronJobs, { metadata: { name, namespace }, spec: given })
  await c.settle()
}
const read = () => c.get('CronJob', 'tick')
async function patch(spec: Partial<CronJobSpec>) {
  await c.client.patch(CronJobs, { name: 'tick', namespace }, { spec })
  await c.settle()
}
/** Oldest first. */
async function jobs(): Promise<Stored<Job>[]> {
  const items = await c.list('Job')
  return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
}
const scheduled = async () =>
  (await jobs()).map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'])
async function finish(job: Stored<Job> | undefined, type: 'Complete' | 'Failed' = 'Complete') {
  const time = formatTime(c.clock.now())
  const interim = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  const conditions = [interim, type].map((one) => ({ type: one, status: 'True', lastTransitionTime: time }))
  const status = {
    startTime: job?.metadata.creationTimestamp,
    conditions,
    ...(type === 'Complete' && { completionTime: time }),
  }
  await c.client.patch(Jobs, job?.metadata ?? { name: '' }, { status }, { subresource: 'status' })
  await c.settle()
}
const eventsFor = (reason: string) => recorded.filter((event) => event.includes(` ${reason} `))

test('starts a job at each of its times, to the millisecond', async () => {
  await create({})
  await c.clock.advance(599_999)
  expect(await jobs()).toEqual([])
  await c.clock.advance(1)
  const [job] = await jobs()
  const { metadata, status } = await read()
  expect(job?.metadata).toMatchObject({
    name: `tick-${Date.parse('2026-01-01T00:10:00Z') / 60_000}`,
    labels: { app: 'tick' },
    annotations: { note: 'x', 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-01-01T00:10:00Z' },
    ownerReferences: [{ kind: 'CronJob', name: 'tick', uid: metadata.uid, controller: true, blockOwnerDeletion: true }],
  })
  expect(status).toMatchObject({
    lastScheduleTime: '2026-01-01T00:10:00Z',
    active: [{ kind: 'Job', apiVersion: 'batch/v1', name: job?.metadata.name, uid: job?.metadata.uid, namespace }],
  })
  expect(recorded).toEqual([`Normal SuccessfulCreate Created job ${job?.metadata.name}`])
  await c.clock.advance('2m')
  await finish(job)
  expect((await read()).status).toEqual({
    lastScheduleTime: '2026-01-01T00:10:00Z',
    lastSuccessfulTime: '2026-01-01T00:12:00Z',
  })
  expect(recorded.at(-1)).toBe(`Normal SawCompletedJob Saw completed job: ${job?.metadata.name}, condition: Complete`)
  await c.clock.advance('3h')
  expect(await jobs()).toHaveLength(19)
})

test('runs for days, and keeps as many finished jobs as its limits say', async () => {
  await create({ schedule: '@hourly', successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 })
  for (let hour = 1; hour <= 72; hour++) {
    await c.clock.advance('1h')
    await finish((await jobs()).at(-1), hour % 3 === 0 ? 'Failed' : 'Complete')
  }
  expect(await scheduled()).toEqual(['2026-01-03T22:00:00Z', '2026-01-03T23:00:00Z', '2026-01-04T00:00:00Z'])
  expect(eventsFor('SuccessfulCreate')).toHaveLength(72)
  expect(eventsFor('SuccessfulDelete')).toHaveLength(69)
})

test('follows the local time of its zone', async () => {
  await c.stop()
  await begin('2026-03-06T12:00:00Z')
  await create({ schedule: '30 2,12 * * *', timeZone: 'America/New_York', successfulJobsHistoryLimit: 20 })
  await c.clock.advance('4d')
  expect(await scheduled()).toEqual([
    '2026-03-06T12:30:00-05:00',
    '2026-03-07T02:30:00-05:00',
    '2026-03-07T12:30:00-05:00',
    '2026-03-08T12:30:00-04:00',
    '2026-03-09T02:30:00-04:00',
    '2026-03-09T12:30:00-04:00',
    '2026-03-10T02:30:00-04:00',
  ])
  await patch({ timeZone: 'Europe/Berlin' })
  await c.clock.advance('1d')
  expect((await scheduled()).slice(7)).toEqual([
    '2026-03-10T12:30:00+01:00',
    '2026-03-11T02:30:00+01:00',
    '2026-03-11T12:30:00+01:00',
  ])
})

describe('while a job still runs', () => {
  test('Allow starts the next beside it', async () => {
    await create({ concurrencyPolicy: 'Allow' })
    await c.clock.advance('30m')
    expect((await read()).status.active).toHaveLength(3)
  })

  test('Forbid skips a job, and starts the next due one when the active job ends', async () => {
    await create({ concurrencyPolicy: 'Forbid' })
    await c.clock.advance('25m')
    expect(await jobs()).toHaveLength(1)
    const why = 'Not starting job because prior execution is running and concurrency policy is Forbid'
    expect(eventsFor('JobAlreadyActive')).toContain(`Normal JobAlreadyActive ${why}`)
    await finish((await jobs())[0])
    expect(await scheduled()).toEqual(['2026-01-01T00:10:00Z', '2026-01-01T00:20:00Z'])
    await c.clock.advance('5m')
    expect((await read()).status.lastScheduleTime).toBe('2026-01-01T00:20:00Z')
  })

  test('Forbid with a deadline: too late is too late', async () => {
    await create({ concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 60 })
    await c.clock.advance('25m')
    await finish((await jobs())[0])
    expect(await jobs()).toHaveLength(1)
    expect(eventsFor('MissSchedule')).toEqual([
      'Warning MissSchedule Missed scheduled time to start a job: Thu, 01 Jan 2026 00:20:00 UTC',
    ])
    await c.clock.advance('5m')
    expect(await scheduled()).toEqual(['2026-01-01T00:10:00Z', '2026-01-01T00:30:00Z'])
  })

  test('Replace removes it', async () => {
    await create({ concurrencyPolicy: 'Replace' })
    await c.clock.advance('25m')
    expect(await scheduled()).toEqual(['2026-01-01T00:20:00Z'])
    expect((await read()).status.active).toHaveLength(1)
    expect(eventsFor('SuccessfulDelete')).toHaveLength(1)
    expect(eventsFor('MissingJob')).toEqual([])
  })
})

test('starts nothing while it is suspended, and once afterwards', async () => {
  await create({ suspend: true })
  await c.clock.advance('3d')
  expect(await jobs()).toEqual([])
  await c.clock.advance('5m')
  await patch({ suspend: false })
  expect(await scheduled()).toEqual(['2026-01-04T00:00:00Z'])
  expect(eventsFor('TooManyMissedTimes')).toEqual([
    'Warning TooManyMissedTimes too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
  ])
  await c.clock.advance('5m')
  expect(await jobs()).toHaveLength(2)
})

test('with a starting deadline does not make up for what is past it', async () => {
  await create({ suspend: true, startingDeadlineSeconds: 120 })
  await c.clock.advance('65m')
  await patch({ suspend: false })
  expect(await jobs()).toEqual([])
  await patch({ suspend: true })
  await c.clock.advance('7m')
  await patch({ suspend: false })
  expect(await scheduled()).toEqual(['2026-01-01T01:10:00Z'])
})

test('takes a job that it has made and forgotten as its own', async () => {
  await create({})
  await c.clock.advance('10m')
  await c.client.patch(
    CronJobs,
    { name: 'tick', namespace },
    { status: { active: null, lastScheduleTime: null } },
    { subresource: 'status' },
  )
  await c.settle()
  const { status } = await read()
  expect(status).toMatchObject({ lastScheduleTime: '2026-01-01T00:10:00Z', active: [{ kind: 'Job' }] })
  expect(await jobs()).toHaveLength(1)
  expect(eventsFor('SuccessfulCreate')).toHaveLength(1)
})

test('notices that an active job is gone, and one that it did not make', async () => {
  await create({})
  await c.clock.advance('10m')
  const [job] = await jobs()
  await c.delete('Job', job?.metadata.name ?? '', namespace, { propagationPolicy: 'Background' })
  await c.settle()
  expect((await read()).status.active).toBeUndefined()
  expect(eventsFor('MissingJob')).toEqual([`Normal MissingJob Active job went missing: ${job?.metadata.name}`])
  const ownerReferences = job?.metadata.ownerReferences
  await c.client.create(Jobs, { metadata: { name: 'by-hand', namespace, ownerReferences }, spec: jobSpec })
  await c.settle()
  expect(eventsFor('UnexpectedJob')).toContain(
    'Warning UnexpectedJob Saw a job that the controller did not create or forgot: by-hand',
  )
})

test('comes back after a restart, without a time lost or doubled', async () => {
  await create({ schedule: '*/30 * * * *' })
  await c.clock.advance('45m')
  c.restartControllers()
  await c.clock.advance('45m')
  expect(await scheduled()).toEqual(['2026-01-01T00:30:00Z', '2026-01-01T01:00:00Z', '2026-01-01T01:30:00Z'])
})

test('asks for nothing once it is deleted', async () => {
  await create({})
  await c.delete('CronJob', 'tick')
  await c.clock.advance('1d')
  expect(await jobs()).toEqual([])
  expect(warnings).toEqual([])
})
