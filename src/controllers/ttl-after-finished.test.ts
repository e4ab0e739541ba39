import { afterEach, beforeEach, expect, test } from 'vitest'
import { Jobs } from '../api/batch/v1/index.ts'
import { Pods } from '../api/core/v1/index.ts'
import { type JobCluster, startJobs } from '../testing/jobs.ts'
import { controllers } from './index.ts'

let c: JobCluster
beforeEach(async () => {
  // Without those that look around every few seconds.
  const needed = ['job', 'job-orphaned-pods', 'ttl-after-finished', 'garbage-collector']
  c = await startJobs((ctx) => controllers(ctx).filter(({ name }) => needed.includes(name)))
})
afterEach(() => c.stop())

const count = async () => (await c.client.list(Jobs, { namespace: 'default' })).items.length

test('a finished job goes after its time, with its pods', async () => {
  await c.create({ ttlSecondsAfterFinished: 100 })
  await c.advance('1h')
  expect(await count()).toBe(1)
  await c.succeed((await c.active())[0])
  await c.advance(99_999)
  expect(await count()).toBe(1)
  await c.advance(1)
  await c.advance('1s')
  expect(await count()).toBe(0)
  expect((await c.client.list(Pods, { namespace: 'default' })).items).toEqual([])
})

test('at once with 0, later when it is given more time, and never without', async () => {
  await c.create({ ttlSecondsAfterFinished: 0 }, 'now')
  await c.create({ ttlSecondsAfterFinished: 100 }, 'later')
  await c.create({}, 'never')
  for (const name of ['now', 'later', 'never']) await c.succeed((await c.active(name))[0])
  await c.advance('50s')
  expect(await c.find(Jobs, 'now', 'default')).toBeUndefined()
  await c.patch({ ttlSecondsAfterFinished: 200 }, 'later')
  await c.advance('100s')
  expect(await c.find(Jobs, 'later', 'default')).toBeDefined()
  await c.advance('51s')
  expect(await c.find(Jobs, 'later', 'default')).toBeUndefined()
  await c.advance('3h')
  expect(await c.find(Jobs, 'never', 'default')).toBeDefined()
})
