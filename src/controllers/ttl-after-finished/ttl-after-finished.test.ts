import { afterEach, beforeEach, expect, test } from 'vitest'
import { type JobCluster, startJobs } from '../../../test/support/jobs.ts'

let c: JobCluster
beforeEach(async () => {
  c = await startJobs()
})
afterEach(() => c.cluster.stop())

const jobs = async () => (await c.cluster.list('Job')).map(({ metadata }) => metadata.name)

test('a finished job goes after its time, with its pods', async () => {
  await c.create({ ttlSecondsAfterFinished: 100 })
  await c.cluster.clock.advance('1h')
  expect(await jobs()).toEqual(['j'])
  await c.succeed((await c.active())[0])
  await c.cluster.clock.advance(99_999)
  expect(await jobs()).toEqual(['j'])
  await c.cluster.clock.advance(1)
  expect(await jobs()).toEqual([])
  expect(await c.cluster.list('Pod')).toEqual([])
})

test('goes at once with 0, later with an extended time, and never without one', async () => {
  await c.create({ ttlSecondsAfterFinished: 0 }, 'now')
  await c.create({ ttlSecondsAfterFinished: 100 }, 'later')
  await c.create({}, 'never')
  for (const name of ['now', 'later', 'never']) await c.succeed((await c.active(name))[0])
  expect(await jobs()).toEqual(['later', 'never'])
  await c.cluster.clock.advance('50s')
  await c.patch({ ttlSecondsAfterFinished: 200 }, 'later')
  await c.cluster.clock.advance(149_999)
  expect(await jobs()).toEqual(['later', 'never'])
  await c.cluster.clock.advance(1)
  expect(await jobs()).toEqual(['never'])
  await c.cluster.clock.advance('3h')
  expect(await jobs()).toEqual(['never'])
})
