import { describe, expect, test } from 'vitest'
import { startTestServer } from '../../../test/support/api-server.ts'
import { findKubectl, kubectlVersions, testKubectl } from '../../../test/support/kubectl.ts'
import { type Job, Jobs } from '../../api/batch/v1/index.ts'
import { systemClock } from '../../api/clock.ts'
import { silentLog } from '../../api/log.ts'
import type { Stored } from '../../api/object.ts'
import { systemRandom } from '../../api/random.ts'
import { createInformers } from '../../client/informers/informers.ts'
import { localClient } from '../../client/local.ts'
import { eventRecorder } from '../../controller/events.ts'
import { runControllers } from '../../controller/run.ts'
import { controllers } from '../../controllers/index.ts'
import { startSimulatedNodes } from '../../kubelet/simulated/nodes.ts'
import { startScheduler } from '../../scheduler/scheduler.ts'
import { startCluster } from './cluster.ts'

/** Jobs on a complete cluster: scheduler, simulated nodes, all controllers. */
const namespace = 'default'
const template = (annotations: Record<string, string>, restartPolicy = 'Never') => ({
  metadata: { annotations },
  spec: { restartPolicy, containers: [{ name: 'main', image: 'work:1' }] },
})

test('pods that end by themselves end their job', async () => {
  await using cluster = await startCluster({ nodes: 2 })
  const { client, clock } = cluster
  const create = (name: string, spec: object) =>
    client.create(Jobs, { metadata: { name, namespace }, spec: spec as never })
  await create('good', { completions: 5, parallelism: 2, template: template({ 'k8ts.dev/exit-after': '30s' }) })
  await create('bad', {
    backoffLimit: 2,
    template: template({ 'k8ts.dev/exit-after': '5s', 'k8ts.dev/exit-code': '3' }),
  })
  await create('restarting', {
    backoffLimit: 5,
    template: template({ 'k8ts.dev/exit-after': '1s', 'k8ts.dev/exit-code': '1' }, 'OnFailure'),
  })
  await create('late', { activeDeadlineSeconds: 60, ttlSecondsAfterFinished: 60, template: template({}) })
  await create('policy', {
    backoffLimit: 6,
    podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] },
    template: template({ 'k8ts.dev/exit-after': '5s', 'k8ts.dev/exit-code': '42' }),
  })
  const ended = async (name: string, type: string) => {
    const isSo = ({ status }: Stored<Job>) => status.conditions?.some((condition) => condition.type === type)
    await cluster.settle({ until: async () => isSo(await cluster.get('Job', name)) })
    return cluster.get('Job', name)
  }
  expect((await ended('policy', 'Failed')).status.conditions?.at(-1)?.reason).toBe('PodFailurePolicy')
  expect((await ended('bad', 'Failed')).status).toMatchObject({ failed: 3, uncountedTerminatedPods: {} })
  expect((await ended('late', 'Failed')).status.conditions?.at(-1)?.reason).toBe('DeadlineExceeded')
  expect((await ended('good', 'Complete')).status).toMatchObject({ succeeded: 5, ready: 0 })
  expect((await ended('restarting', 'Failed')).status.conditions?.at(-1)?.reason).toBe('BackoffLimitExceeded')
  await clock.advance('2m')
  await expect(cluster.get('Job', 'late')).rejects.toMatchObject({ code: 404 })
  expect((await cluster.list('Pod')).flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([])
})

/** A control plane with a port, by the machine's clock; its pods end well after a second. */
async function served() {
  const server = await startTestServer()
  const sources = { clock: systemClock, random: systemRandom, log: silentLog }
  const client = localClient(server.server, { name: 'admin', groups: ['system:masters'] })
  const informers = createInformers({ ...sources, client })
  const events = eventRecorder({ ...sources, client, component: 'test' })
  const ctx = { ...sources, client, informers, events }
  const ending = new AbortController()
  await runControllers(controllers(ctx, { rootCa: server.ca }), ctx, ending.signal).started
  const scheduler = startScheduler(ctx)
  await scheduler.started
  const nodes = await startSimulatedNodes({ ctx, count: 1, defaults: { 'k8ts.dev/exit-after': '1s' } })
  return {
    kubeconfig: server.kubeconfig(),
    async stop() {
      await nodes.stop()
      scheduler.stop()
      ending.abort()
      informers.stop()
      await server.close()
    },
  }
}

describe.each(kubectlVersions)('%s', (name) => {
  const program = findKubectl(name)
  if (!program) {
    test.skip(`${name} is not on this machine`, () => {})
    return
  }

  test('creates jobs, waits for them and shows them', async () => {
    const { kubeconfig, stop } = await served()
    const kubectl = testKubectl(program, kubeconfig)
    const { run } = kubectl
    try {
      expect(await run('create', 'job', 'one', '--image=work:1', '--', 'sleep', '1')).toBe('job.batch/one created')
      expect(await run('create', 'cronjob', 'tick', '--image=work:1', '--schedule=0 0 1 1 *')).toBe(
        'cronjob.batch/tick created',
      )
      expect(await run('create', 'job', 'by-hand', '--from=cronjob/tick')).toBe('job.batch/by-hand created')
      expect(await run('wait', '--for=condition=complete', 'job/one', 'job/by-hand', '--timeout=20s')).toBe(
        'job.batch/one condition met\njob.batch/by-hand condition met',
      )
      expect(await run('get', 'jobs')).toMatch(
        /^NAME +STATUS +COMPLETIONS +DURATION +AGE\nby-hand +Complete +1\/1 +\d+s +\d+s\none +Complete +1\/1 +\d+s +\d+s$/,
      )
      expect(await run('get', 'cronjobs')).toMatch(
        /^NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +AGE\ntick +0 0 1 1 \* +<none> +False +0 +<none> +\d+s$/,
      )
      expect(await run('get', 'pods', '-l', 'job-name=one', '--no-headers')).toMatch(
        /^one-\w+ +0\/1 +Completed +0 +\d+s$/,
      )
      const described = await run('describe', 'job', 'one')
      expect(described).toMatch(/Pods Statuses: +0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed/)
      expect(described).toMatch(/SuccessfulCreate .* Created pod: one-/)
      expect(described).toMatch(/Completed .* Job completed/)
      expect(await run('describe', 'cronjob', 'tick')).toMatch(/Schedule: +0 0 1 1 \*/)
      expect(await run('delete', 'job', 'one', 'by-hand')).toContain('job.batch "one" deleted')
      expect(await run('wait', '--for=delete', 'pod', '-l', 'job-name=one', '--timeout=20s')).not.toContain('error')
    } finally {
      kubectl.remove()
      await stop()
    }
  }, 60_000)
})
