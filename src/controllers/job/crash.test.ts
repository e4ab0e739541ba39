import { describe, expect, test } from 'vitest'
import { badLine } from '../../../test/support/bad-line.ts'
import { type JobCluster, startJobs } from '../../../test/support/jobs.ts'
import type { JobSpec } from '../../api/batch/v1/index.ts'
import { isActive, isTerminal } from '../../api/core/pods.ts'
import type { Pod } from '../../api/core/v1/index.ts'
import { internalError, serviceUnavailable } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { Context } from '../../controller/controller.ts'
import { seededRandom } from '../../testing/time/random.ts'
import { jobController } from './job.ts'
import { isTracked } from './names.ts'
import { orphanedPodsController } from './orphaned-pods.ts'

/** A controller that dies at a write: `before` the server does it, or `after`. */
interface Death {
  /** The number of writes until then. */
  left: number
  when: 'before' | 'after'
  isDead: boolean
}

function mortal(client: Client, death: Death): Client {
  const write = async <T>(call: () => Promise<T>): Promise<T> => {
    const isLast = --death.left === 0
    if (death.isDead || (isLast && death.when === 'before')) {
      death.isDead = true
      throw serviceUnavailable('dead')
    }
    if (!isLast) return call()
    await call()
    death.isDead = true
    throw internalError('dead')
  }
  return {
    ...client,
    create: (...args) => write(() => client.create(...args)),
    update: (...args) => write(() => client.update(...args)),
    patch: (...args) => write(() => client.patch(...args)),
    apply: (...args) => write(() => client.apply(...args)),
    delete: (...args) => write(() => client.delete(...args)),
  }
}

interface Scenario {
  name: string
  spec: Partial<JobSpec>
  /** Plays the kubelet for one round. */
  round(c: JobCluster, active: Stored<Pod>[], round: number): Promise<void>
  status: object
  /** How many pods succeeded and failed. */
  pods?: { succeeded: number; failed: number }
  /** The Job removes none of its pods, since it never makes too many. */
  removesNone?: boolean
}

const index = (pod: Stored<Pod>) => pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']

const scenarios: Scenario[] = [
  {
    name: 'that completes after a failure',
    spec: { parallelism: 2, completions: 3 },
    async round(c, [first, ...others], round) {
      if (round === 0) await c.fail(first)
      else await c.succeed(first)
      await c.succeed(...others)
    },
    status: { succeeded: 3, failed: 1, conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete' }] },
    pods: { succeeded: 3, failed: 1 },
    removesNone: true,
  },
  {
    name: 'that fails with pods still running',
    spec: { parallelism: 3, completions: 3, backoffLimit: 0 },
    async round(c, [first, ...others], round) {
      if (round > 0) return
      for (const pod of others) await c.run(pod)
      await c.fail(first)
    },
    status: { failed: 3, conditions: [{ type: 'FailureTarget' }, { type: 'Failed' }] },
  },
  {
    name: 'that is suspended and resumed',
    spec: { parallelism: 2, completions: 2 },
    async round(c, active, round) {
      if (round === 0) await c.patch({ suspend: true })
      else if (round === 3) await c.patch({ suspend: false })
      else if (round > 3) await c.succeed(...active)
    },
    status: { succeeded: 2, conditions: [{ type: 'Suspended' }, { type: 'SuccessCriteriaMet' }, { type: 'Complete' }] },
    pods: { succeeded: 2, failed: 0 },
  },
  {
    name: 'with indexes, of which one fails for good',
    spec: { completionMode: 'Indexed', parallelism: 2, completions: 3, backoffLimitPerIndex: 1 },
    async round(c, active) {
      for (const pod of active) await (index(pod) === '1' ? c.fail(pod) : c.succeed(pod))
    },
    status: { succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1' },
    pods: { succeeded: 2, failed: 2 },
    removesNone: true,
  },
  {
    name: 'with indexes and a success policy',
    spec: {
      completionMode: 'Indexed',
      parallelism: 3,
      completions: 3,
      successPolicy: { rules: [{ succeededIndexes: '1' }] },
    },
    async round(c, active) {
      for (const pod of active) if (index(pod) !== '1') await c.run(pod)
      for (const pod of active) if (index(pod) === '1') await c.succeed(pod)
    },
    status: { succeeded: 1, completedIndexes: '1', conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete' }] },
  },
]

/** Plays rounds until the job has ended and every pod is counted. */
async function play(
  c: JobCluster,
  { spec, round, status, pods, removesNone }: Scenario,
  onRound: () => Promise<void>,
): Promise<void> {
  await c.create(spec)
  for (let at = 0; at < 40; at++) {
    await onRound()
    await round(
      c,
      (await c.pods()).filter((pod) => isActive(pod) && isTracked(pod)),
      at,
    )
    await onRound()
    await c.reap()
    expect((await c.active()).length).toBeLessThanOrEqual(spec.parallelism ?? 1)
    await c.cluster.clock.advance('20s')
    const { conditions } = (await c.job()).status
    if (conditions?.some(({ type }) => type === 'Complete' || type === 'Failed')) break
  }
  await onRound()
  await c.cluster.clock.advance('1m')
  const left = await c.pods()
  const now = (await c.job()).status
  expect(now).toMatchObject({ uncountedTerminatedPods: {}, ready: 0, terminating: 0, ...status })
  expect([now.succeeded, now.failed]).toEqual([
    'succeeded' in status ? status.succeeded : undefined,
    'failed' in status ? status.failed : undefined,
  ])
  expect(left.filter(isTracked)).toEqual([])
  expect(left.every(isTerminal)).toBe(true)
  const inPhase = (phase: string) => left.filter((pod) => pod.status.phase === phase).length
  if (removesNone) expect((await c.events()).filter((event) => event.includes('Delete'))).toEqual([])
  if (pods) expect({ succeeded: inPhase('Succeeded'), failed: inPhase('Failed') }).toEqual(pods)
}

/** Only these, since the test counts their writes. */
const make = (ctx: Context) => [jobController(ctx), orphanedPodsController(ctx)]

describe.each(scenarios)('a job $name', (scenario) => {
  test.each(['before', 'after'] as const)(
    'is counted exactly, wherever the controller dies (%s the write)',
    async (when) => {
      for (let at = 1; ; at++) {
        const death: Death = { left: at, when, isDead: false }
        const c = await startJobs({ controllers: (ctx) => make({ ...ctx, client: mortal(ctx.client, death) }) })
        let died = false
        await play(c, scenario, async () => {
          if (!death.isDead) return
          died = true
          death.isDead = false
          c.cluster.restartControllers()
          await c.cluster.settle({ mayFail: true })
        }).catch((error) => {
          throw new Error(`died ${when} write ${at}: ${error.message}`, { cause: error })
        })
        await c.cluster.stop()
        if (!died) {
          expect(at).toBeGreaterThan(5)
          break
        }
      }
    },
  )

  test.each([1, 2, 3, 4])('is counted exactly on a bad line (seed %i)', async (seed) => {
    const chance = seededRandom(seed)
    const line = badLine(seed, { failing: 0.1, lost: 0.1, lateMs: 2000, breaking: 0.05 })
    const c = await startJobs({ controllers: make, line, seed })
    await play(c, scenario, async () => {
      await c.cluster.clock.advance('20s')
      if (chance.next() < 0.2) c.cluster.restartControllers()
    })
    await c.cluster.stop()
  })
})
