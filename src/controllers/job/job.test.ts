import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type JobCluster, startJobs } from '../../../test/support/jobs.ts'
import { observed } from '../../../test/support/observed.ts'
import { Pods } from '../../api/core/v1/index.ts'
import { trackingFinalizer } from './names.ts'

let c: JobCluster
beforeEach(async () => {
  c = await startJobs()
})
afterEach(() => c.cluster.stop())

const conditions = async () => (await c.job()).status.conditions?.map(({ type, status }) => `${type}=${status}`) ?? []
const last = async () => (await c.job()).status.conditions?.at(-1)
const template = (restartPolicy: string) => ({
  spec: { restartPolicy, containers: [{ name: 'main', image: 'work:1' }] },
})

describe('a job', () => {
  test('makes a pod, and is complete when the pod has succeeded', async () => {
    await c.create({})
    const [pod] = await c.pods()
    const { metadata, status } = await c.job()
    expect(pod?.metadata).toMatchObject({
      generateName: 'j-',
      finalizers: [trackingFinalizer],
      labels: {
        'batch.kubernetes.io/controller-uid': metadata.uid,
        'batch.kubernetes.io/job-name': 'j',
        'controller-uid': metadata.uid,
        'job-name': 'j',
      },
      ownerReferences: [{ kind: 'Job', name: 'j', controller: true, blockOwnerDeletion: true }],
    })
    expect(status).toEqual({
      startTime: '2026-01-01T00:00:00Z',
      active: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    })
    if (pod) await c.run(pod)
    expect((await c.job()).status.ready).toBe(1)
    await c.cluster.clock.advance('5s')
    await c.succeed(pod)
    const time = { lastProbeTime: '2026-01-01T00:00:05Z', lastTransitionTime: '2026-01-01T00:00:05Z' }
    const why = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods', status: 'True' }
    expect((await c.job()).status).toEqual({
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:05Z',
      succeeded: 1,
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      conditions: [
        { type: 'SuccessCriteriaMet', ...why, ...time },
        { type: 'Complete', ...why, ...time },
      ],
    })
    expect((await c.pods())[0]?.metadata.finalizers ?? []).toEqual([])
    expect((await c.events()).map((event) => event.replace(/j-\w+/, 'POD'))).toEqual([
      'Normal SuccessfulCreate Created pod: POD',
      'Normal Completed Job completed',
    ])
  })

  test('runs `parallelism` pods at once until `completions` have succeeded', async () => {
    await c.create({ parallelism: 3, completions: 7 })
    for (const [active, succeeded] of [
      [3, 3],
      [3, 6],
      [1, 7],
    ] as const) {
      expect(await c.active()).toHaveLength(active)
      await c.succeed(...(await c.active()))
      expect((await c.job()).status.succeeded).toBe(succeeded)
    }
    expect(await c.pods()).toHaveLength(7)
    expect(await conditions()).toEqual(['SuccessCriteriaMet=True', 'Complete=True'])
  })

  test('follows a change of its parallelism, and does not count the pods that it removes', async () => {
    await c.create({ parallelism: 5, completions: 10 })
    await c.patch({ parallelism: 2 })
    expect(await c.active()).toHaveLength(2)
    await c.reap()
    expect(await c.pods()).toHaveLength(2)
    expect((await c.job()).status).toMatchObject({ active: 2, terminating: 0 })
    expect((await c.job()).status.failed).toBeUndefined()
    await c.patch({ parallelism: 4 })
    expect(await c.active()).toHaveLength(4)
  })

  test('without completions ends when one pod has succeeded and none is left', async () => {
    await c.create({ parallelism: 3 })
    const [a, b, d] = await c.pods()
    await c.succeed(a)
    expect(await c.active()).toHaveLength(2)
    expect(await conditions()).toEqual([])
    await c.fail(b)
    expect(await c.active()).toHaveLength(1)
    await c.succeed(d)
    expect(await conditions()).toEqual(['SuccessCriteriaMet=True', 'Complete=True'])
    expect((await c.job()).status).toMatchObject({ succeeded: 2, failed: 1 })
  })

  test('tries again after 10 s, 20 s, 40 s ... and gives up after backoffLimit', async () => {
    await c.create({ backoffLimit: 3 })
    for (const wait of [10, 20, 40]) {
      await c.cluster.clock.advance('3s')
      await c.fail((await c.active())[0])
      await c.cluster.clock.advance(wait * 1000 - 1)
      expect(await c.active()).toHaveLength(0)
      await c.cluster.clock.advance(1)
      expect(await c.active()).toHaveLength(1)
    }
    await c.fail((await c.active())[0])
    expect((await c.job()).status).toMatchObject({ failed: 4 })
    expect(await conditions()).toEqual(['FailureTarget=True', 'Failed=True'])
    expect(await last()).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    })
    expect((await c.events()).at(-1)).toBe('Warning BackoffLimitExceeded Job has reached the specified backoff limit')
    await c.cluster.clock.advance('1h')
    expect(await c.pods()).toHaveLength(4)
  })

  test('waits no longer than 10 min, and not at all after a success', async () => {
    await c.create({ backoffLimit: 20, completions: 2 })
    for (let failure = 0; failure < 9; failure++) {
      await c.fail((await c.active())[0])
      await c.cluster.clock.advance('10m')
      expect(await c.active()).toHaveLength(1)
    }
    await c.fail((await c.active())[0])
    await c.cluster.clock.advance(599_999)
    expect(await c.active()).toHaveLength(0)
    await c.cluster.clock.advance(1)
    await c.succeed((await c.active())[0])
    expect(await c.active()).toHaveLength(1)
    await c.cluster.clock.advance('1s')
    await c.fail((await c.active())[0])
    await c.cluster.clock.advance('10s')
    expect(await c.active()).toHaveLength(1)
  })

  test('goes on waiting when the controller is restarted', async () => {
    await c.create({})
    await c.fail((await c.active())[0])
    await c.cluster.clock.advance('10s')
    await c.fail((await c.active())[0])
    c.cluster.restartControllers()
    await c.cluster.clock.advance('19s')
    expect(await c.active()).toHaveLength(0)
    await c.cluster.clock.advance('1s')
    expect(await c.active()).toHaveLength(1)
  })

  test('counts restarts where pods restart their containers', async () => {
    await c.create({ backoffLimit: 2, template: template('OnFailure') })
    const [pod] = await c.active()
    const restarted = (restartCount: number) => ({
      phase: 'Running',
      containerStatuses: [{ name: 'main', restartCount, ready: true, image: '', imageID: '' }],
    })
    const patch = async (restarts: number) => {
      await c.cluster.client.patch(
        Pods,
        pod?.metadata ?? { name: '' },
        { status: restarted(restarts) },
        { subresource: 'status' },
      )
      await c.cluster.settle()
    }
    await patch(1)
    expect(await conditions()).toEqual([])
    await patch(2)
    expect(await last()).toMatchObject({ type: 'Failed', reason: 'BackoffLimitExceeded' })
    expect((await c.job()).status.failed).toBe(1)
  })

  test('fails at its deadline to the second, once its pods are gone', async () => {
    await c.create({ parallelism: 2, completions: 5, activeDeadlineSeconds: 60 })
    for (const pod of await c.active()) {
      await c.cluster.client.patch(Pods, pod.metadata, {
        metadata: { finalizers: [trackingFinalizer, 'example.com/slow'] },
      })
      await c.run(pod)
    }
    await c.cluster.clock.advance(59_999)
    expect(await conditions()).toEqual([])
    await c.cluster.clock.advance(1)
    expect(await conditions()).toEqual(['FailureTarget=True'])
    expect((await c.job()).status).toMatchObject({ failed: 2, terminating: 2, ready: 0 })
    expect((await c.job()).status.active).toBeUndefined()
    await c.cluster.clock.advance('30s')
    expect(await conditions()).toEqual(['FailureTarget=True'])
    for (const pod of await c.pods())
      await c.cluster.client.patch(Pods, pod.metadata, { metadata: { finalizers: null } })
    await c.reap()
    expect(await last()).toMatchObject({
      type: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
    })
    expect((await c.job()).status).toMatchObject({ failed: 2, terminating: 0, uncountedTerminatedPods: {} })
    expect((await c.job()).status.completionTime).toBeUndefined()
  })

  test('starts its time anew when it is suspended and resumed', async () => {
    await c.create({ parallelism: 2, completions: 2, suspend: true, activeDeadlineSeconds: 100 })
    expect(await c.pods()).toEqual([])
    expect(await last()).toMatchObject({
      type: 'Suspended',
      status: 'True',
      reason: 'JobSuspended',
      message: 'Job suspended',
    })
    expect((await c.job()).status.startTime).toBeUndefined()
    await c.cluster.clock.advance('1h')
    await c.patch({ suspend: false })
    expect(await c.active()).toHaveLength(2)
    expect(await last()).toMatchObject({
      type: 'Suspended',
      status: 'False',
      reason: 'JobResumed',
      message: 'Job resumed',
    })
    expect((await c.job()).status.startTime).toBe('2026-01-01T01:00:00Z')
    await c.cluster.clock.advance('90s')
    await c.patch({ suspend: true })
    await c.reap()
    expect(await c.pods()).toEqual([])
    expect((await c.job()).status).toMatchObject({ terminating: 0 })
    expect((await c.job()).status.failed).toBeUndefined()
    await c.cluster.clock.advance('90s')
    await c.patch({ suspend: false })
    expect(await c.active()).toHaveLength(2)
    await c.cluster.clock.advance('99s')
    expect(await conditions()).toEqual(['Suspended=False'])
    await c.succeed(...(await c.active()))
    expect(await conditions()).toEqual(['Suspended=False', 'SuccessCriteriaMet=True', 'Complete=True'])
    expect((await c.events()).filter((event) => /Suspended|Resumed/.test(event))).toEqual([
      'Normal Suspended Job suspended x2',
      'Normal Resumed Job resumed x2',
    ])
  })

  test('replaces a pod as soon as it is deleted, or only when it has failed', async () => {
    for (const policy of ['TerminatingOrFailed', 'Failed']) {
      const name = policy === 'Failed' ? 'late' : 'soon'
      await c.create({ podReplacementPolicy: policy }, name)
      const [pod] = await c.active(name)
      if (!pod) throw new Error('a pod')
      await c.cluster.client.patch(Pods, pod.metadata, {
        metadata: { finalizers: [trackingFinalizer, 'example.com/slow'] },
      })
      await c.cluster.client.delete(Pods, pod.metadata)
      await c.cluster.settle()
      expect((await c.job(name)).status.failed ?? 0).toBe(policy === 'Failed' ? 0 : 1)
      expect((await c.job(name)).status.terminating).toBe(1)
      await c.cluster.clock.advance('1m')
      expect(await c.active(name)).toHaveLength(policy === 'Failed' ? 0 : 1)
      if (policy !== 'Failed') continue
      await c.fail(pod)
      await c.cluster.clock.advance('10s')
      expect(await c.active(name)).toHaveLength(1)
      expect((await c.job(name)).status).toMatchObject({ failed: 1, terminating: 0 })
    }
  })

  test('leaves jobs alone that another controller manages', async () => {
    await c.create({ managedBy: 'example.com/mine' })
    expect(await c.pods()).toEqual([])
    expect((await c.job()).status).toEqual({})
  })

  test('releases its pods when it is deleted', async () => {
    await c.create({ parallelism: 3, completions: 3 })
    await c.cluster.delete('Job', 'j', 'default', { propagationPolicy: 'Orphan' })
    await c.cluster.settle()
    const left = await c.pods()
    expect(left).toHaveLength(3)
    expect(left.flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([])
  })

  test('takes over pods that its own selector matches', async () => {
    const labels = { app: 'queue', 'job-name': 'j' }
    const spec = { containers: [{ name: 'main', image: 'work:1' }], restartPolicy: 'Never' }
    await c.cluster.client.create(Pods, { metadata: { name: 'orphan', namespace: 'default', labels }, spec })
    await c.create({
      manualSelector: true,
      completions: 2,
      parallelism: 2,
      selector: { matchLabels: { app: 'queue' } },
      template: { metadata: { labels }, spec },
    })
    const pods = await c.active()
    expect(pods).toHaveLength(2)
    expect(pods.map(({ metadata }) => metadata.finalizers)).toEqual([[trackingFinalizer], [trackingFinalizer]])
    await c.succeed(...pods)
    expect((await c.job()).status.succeeded).toBe(2)
  })

  test('counts a thousand pods that end at once, 500 in a write', async () => {
    await c.create({ completions: 1500, parallelism: 1200 })
    const moments = await observed(c.cluster, 'Job', async () => {
      for (const active of [1200, 300]) {
        const pods = await c.active()
        expect(pods).toHaveLength(active)
        const status = { phase: 'Succeeded' }
        await Promise.all(
          pods.map(({ metadata }) => c.cluster.client.patch(Pods, metadata, { status }, { subresource: 'status' })),
        )
        await c.cluster.settle()
      }
    })
    expect((await c.job()).status).toMatchObject({ succeeded: 1500, uncountedTerminatedPods: {} })
    expect(await conditions()).toEqual(['SuccessCriteriaMet=True', 'Complete=True'])
    expect(await c.pods()).toHaveLength(1500)
    const uncounted = moments.flat().map(({ status }) => status.uncountedTerminatedPods?.succeeded?.length ?? 0)
    expect(Math.max(...uncounted)).toBe(500)
  })

  test('tracks a pod again that it has released but not removed', async () => {
    await c.create({ completions: 1 })
    const [pod] = await c.active()
    if (!pod) throw new Error('a pod')
    await c.cluster.client.patch(Pods, pod.metadata, { metadata: { finalizers: null } })
    await c.cluster.settle()
    expect((await c.active()).map(({ metadata }) => metadata.finalizers)).toEqual([[trackingFinalizer]])
    await c.succeed(pod)
    expect((await c.job()).status.succeeded).toBe(1)
    expect(await c.pods()).toHaveLength(1)
  })

  test('makes no pods with a template that another job has had', async () => {
    await c.create({})
    const { spec } = await c.job()
    await expect(c.create({ ...spec }, 'copy')).rejects.toMatchObject({ code: 422 })
  })
})
