import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JobCluster, startJobs } from '../../../test/support/jobs.ts'

let c: JobCluster
beforeEach(async () => {
  c = await startJobs()
})
afterEach(() => c.cluster.stop())

const conditions = async () => (await c.job()).status.conditions?.map(({ type, status }) => `${type}=${status}`) ?? []
const last = async () => (await c.job()).status.conditions?.at(-1)
const indexes = async () =>
  (await c.active()).map(({ metadata }) => Number(metadata.annotations?.['batch.kubernetes.io/job-completion-index']))

describe('an indexed job', () => {
  test('gives each pod its index', async () => {
    await c.create({ completionMode: 'Indexed', completions: 5, parallelism: 3 })
    const pods = await c.pods()
    expect(pods.map(({ metadata }) => metadata.name.slice(0, 4))).toEqual(['j-0-', 'j-1-', 'j-2-'])
    expect(pods[2]).toMatchObject({
      metadata: {
        labels: { 'batch.kubernetes.io/job-completion-index': '2' },
        annotations: { 'batch.kubernetes.io/job-completion-index': '2' },
      },
      spec: {
        hostname: 'j-2',
        containers: [
          {
            env: [
              {
                name: 'JOB_COMPLETION_INDEX',
                valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
              },
            ],
          },
        ],
      },
    })
    await c.succeed(pods[2], pods[0])
    expect((await c.job()).status).toMatchObject({ completedIndexes: '0,2', succeeded: 2 })
    expect(await indexes()).toEqual([1, 3, 4])
    await c.fail((await c.active())[0])
    await c.cluster.clock.advance('10s')
    expect(await indexes()).toEqual([1, 3, 4])
    await c.succeed(...(await c.active()))
    expect((await c.job()).status).toMatchObject({ completedIndexes: '0-4', succeeded: 5, failed: 1 })
    expect(await conditions()).toEqual(['SuccessCriteriaMet=True', 'Complete=True'])
  })

  test('grows and shrinks', async () => {
    await c.create({ completionMode: 'Indexed', completions: 2, parallelism: 2 })
    await c.patch({ completions: 4, parallelism: 4 })
    expect(await indexes()).toEqual([0, 1, 2, 3])
    await c.succeed((await c.active())[3], (await c.active())[1])
    expect((await c.job()).status.completedIndexes).toBe('1,3')
    await c.patch({ completions: 3, parallelism: 3 })
    await c.reap()
    expect(await indexes()).toEqual([0, 2])
    expect((await c.job()).status).toMatchObject({ completedIndexes: '1', succeeded: 1 })
  })

  test('limits failures by index', async () => {
    await c.create({ completionMode: 'Indexed', completions: 2, parallelism: 2, backoffLimitPerIndex: 1 })
    const failed = 'batch.kubernetes.io/job-index-failure-count'
    await c.fail((await c.active())[0])
    expect(await indexes()).toEqual([1])
    await c.cluster.clock.advance('10s')
    const again = (await c.active())[0]
    expect(again?.metadata.annotations).toMatchObject({ [failed]: '1' })
    expect((await c.job()).status).toMatchObject({ failed: 1, failedIndexes: '' })
    await c.fail(again)
    expect((await c.job()).status).toMatchObject({ failed: 2, failedIndexes: '0' })
    await c.cluster.clock.advance('1h')
    expect(await indexes()).toEqual([1])
    await c.succeed((await c.active())[0])
    expect(await last()).toMatchObject({ type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' })
    expect((await c.job()).status).toMatchObject({ completedIndexes: '1', failedIndexes: '0', succeeded: 1, failed: 2 })
  })

  test('gives up after maxFailedIndexes', async () => {
    await c.create({
      completionMode: 'Indexed',
      completions: 5,
      parallelism: 5,
      backoffLimitPerIndex: 0,
      maxFailedIndexes: 1,
    })
    await c.fail((await c.active())[1])
    expect(await conditions()).toEqual([])
    await c.fail((await c.active())[1])
    await c.reap()
    expect(await last()).toMatchObject({
      type: 'Failed',
      reason: 'MaxFailedIndexesExceeded',
      message: 'Job has exceeded the specified maximal number of failed indexes',
    })
    expect((await c.job()).status).toMatchObject({ failedIndexes: '1,2', failed: 5 })
  })

  test('succeeds by its success policy, and stops the other pods', async () => {
    await c.create({
      completionMode: 'Indexed',
      completions: 5,
      parallelism: 5,
      successPolicy: { rules: [{ succeededIndexes: '0', succeededCount: 1 }, { succeededCount: 3 }] },
    })
    const pods = await c.active()
    await c.succeed(pods[2], pods[3])
    expect(await conditions()).toEqual([])
    await c.succeed(pods[4])
    await c.reap()
    expect((await c.job()).status).toMatchObject({ succeeded: 3, completedIndexes: '2-4' })
    expect((await c.job()).status.failed).toBeUndefined()
    expect(await last()).toMatchObject({
      type: 'Complete',
      reason: 'SuccessPolicy',
      message: 'Matched rules at index 1',
    })
    expect(await c.active()).toEqual([])
  })
})
