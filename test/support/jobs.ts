import { type Job, type JobSpec, Jobs } from '../../src/api/batch/v1/index.ts'
import { formatTime } from '../../src/api/clock.ts'
import { isActive } from '../../src/api/core/pods.ts'
import { type Pod, Pods } from '../../src/api/core/v1/index.ts'
import type { Stored } from '../../src/api/object.ts'
import { controllers } from '../../src/controllers/index.ts'
import { startCluster, type TestCluster } from '../../src/testing/cluster/cluster.ts'
import type { TestClusterOptions } from '../../src/testing/cluster/options.ts'

/** A cluster without nodes, for tests of Jobs: they play the kubelet, so that each pod ends when and how they say. */
export interface JobCluster {
  cluster: TestCluster
  job(name?: string): Promise<Stored<Job>>
  /** Of a job, by name. */
  pods(name?: string): Promise<Stored<Pod>[]>
  /** Those that neither have ended nor are being deleted. */
  active(name?: string): Promise<Stored<Pod>[]>
  /** What Events tell: `Normal SuccessfulCreate Created pod: j-abcde`; a repeated one ends in ` x2`. */
  events(name?: string): Promise<string[]>
  /** Makes a Job in `default`, with a container that is named `main`. */
  create(spec: Partial<JobSpec>, name?: string): Promise<Stored<Job>>
  patch(spec: Partial<JobSpec>, name?: string): Promise<void>
  run(pod: Stored<Pod>): Promise<void>
  succeed(...pods: (Stored<Pod> | undefined)[]): Promise<void>
  /** Now, by this exit code; with `condition`, for that reason. */
  fail(pod: Stored<Pod> | undefined, how?: { exitCode?: number; condition?: string }): Promise<void>
  /** Ends the pods that are being deleted. */
  reap(): Promise<void>
}

const namespace = 'default'

/** What has to do with Jobs. Without those that look around every few seconds days go by quickly. */
const loops = ['job', 'job-orphaned-pods', 'cronjob', 'ttl-after-finished', 'garbage-collector', 'serviceaccount']

export async function startJobs(options: TestClusterOptions = {}): Promise<JobCluster> {
  const cluster = await startCluster({
    controllers: (ctx) => controllers(ctx).filter(({ name }) => loops.includes(name)),
    ...options,
  })
  const { client, clock } = cluster
  // On a bad line what is left to do waits for time to go on.
  const settle = () => (options.line ? clock.advance(0) : cluster.settle({ mayFail: true }))
  await settle()

  const pods = async (name = 'j') => {
    const items = await cluster.list('Pod', { labelSelector: `job-name=${name}` })
    return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }
  const setStatus = async ({ metadata }: Stored<Pod>, status: Pod['status']) => {
    await client.patch(Pods, { namespace, name: metadata.name }, { status }, { subresource: 'status' })
  }
  const ended = (exitCode: number) => {
    const terminated = { exitCode, finishedAt: formatTime(clock.now()) }
    return { name: 'main', restartCount: 0, ready: false, image: '', imageID: '', state: { terminated } }
  }
  return {
    cluster,
    job: (name = 'j') => cluster.get('Job', name),
    pods,
    active: async (name = 'j') => (await pods(name)).filter(isActive),
    async events(name = 'j') {
      const events = await cluster.events({ kind: 'Job', name })
      return events.map(
        ({ type, reason, message, count = 1 }) => `${type} ${reason} ${message}${count > 1 ? ` x${count}` : ''}`,
      )
    },
    async create(spec, name = 'j') {
      const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } }
      const made = await client.create(Jobs, { metadata: { name, namespace }, spec: { template, ...spec } })
      await settle()
      return made
    },
    async patch(spec, name = 'j') {
      await client.patch(Jobs, { namespace, name }, { spec })
      await settle()
    },
    async run(pod) {
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(clock.now()) }
      await setStatus(pod, { phase: 'Running', conditions: [ready] })
      await settle()
    },
    async succeed(...some) {
      for (const pod of some) if (pod) await setStatus(pod, { phase: 'Succeeded', containerStatuses: [ended(0)] })
      await settle()
    },
    async fail(pod, { exitCode = 1, condition } = {}) {
      if (!pod) throw new Error('there is no such pod')
      const conditions = condition ? [{ type: condition, status: 'True' }] : []
      await setStatus(pod, { phase: 'Failed', conditions, containerStatuses: [ended(exitCode)] })
      await settle()
    },
    async reap() {
      for (const { metadata } of await cluster.list('Pod'))
        if (metadata.deletionTimestamp) await cluster.delete('Pod', metadata.name, namespace, { gracePeriodSeconds: 0 })
      await settle()
    },
  }
}
