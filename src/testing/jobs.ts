import { type Job, type JobSpec, Jobs } from '../api/batch/v1/index.ts'
import { formatTime } from '../api/clock.ts'
import { type Pod, Pods } from '../api/core/v1/index.ts'
import type { Stored } from '../api/object.ts'
import type { Client } from '../client/client.ts'
import type { Context, Controller } from '../client/controller.ts'
import { isActive } from '../client/pods.ts'
import type { VirtualClock } from './clock.ts'
import { type ControllerCluster, startControllers } from './controllers.ts'

/** Controllers, and a test that plays the kubelet. */
export interface JobCluster extends ControllerCluster {
  job(name?: string): Promise<Stored<Job>>
  pods(name?: string): Promise<Stored<Pod>[]>
  active(name?: string): Promise<Stored<Pod>[]>
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

export async function startJobs(
  make: (ctx: Context) => Controller[],
  line?: (client: Client, clock: VirtualClock) => Client,
): Promise<JobCluster> {
  const cluster = await startControllers(make, line)
  const { client, clock, settle } = cluster

  const pods = async (name = 'j') => {
    const { items } = await client.list(Pods, { namespace, labelSelector: `job-name=${name}` })
    return items.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  }
  const setStatus = async ({ metadata }: Stored<Pod>, status: Pod['status']) => {
    await client.patch(Pods, { namespace, name: metadata.name }, { status }, { subresource: 'status' })
  }
  const ended = (exitCode: number) => {
    const terminated = { exitCode, finishedAt: formatTime(clock.now()) }
    return { name: 'main', restartCount: 0, ready: false, image: '', imageID: '', state: { terminated } }
  }
  return Object.assign(cluster, {
    job: (name = 'j') => client.get(Jobs, { namespace, name }),
    pods,
    active: async (name = 'j') => (await pods(name)).filter(isActive),
    async create(spec: Partial<JobSpec>, name = 'j') {
      const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } }
      const made = await client.create(Jobs, { metadata: { name, namespace }, spec: { template, ...spec } })
      await settle()
      return made
    },
    async patch(spec: Partial<JobSpec>, name = 'j') {
      await client.patch(Jobs, { namespace, name }, { spec })
      await settle()
    },
    async run(pod: Stored<Pod>) {
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(clock.now()) }
      await setStatus(pod, { phase: 'Running', conditions: [ready] })
      await settle()
    },
    async succeed(...some: (Stored<Pod> | undefined)[]) {
      for (const pod of some) if (pod) await setStatus(pod, { phase: 'Succeeded', containerStatuses: [ended(0)] })
      await settle()
    },
    async fail(
      pod: Stored<Pod> | undefined,
      { exitCode = 1, condition }: { exitCode?: number; condition?: string } = {},
    ) {
      if (!pod) throw new Error('there is no such pod')
      const conditions = condition ? [{ type: condition, status: 'True' }] : []
      await setStatus(pod, { phase: 'Failed', conditions, containerStatuses: [ended(exitCode)] })
      await settle()
    },
    async reap() {
      const { items } = await client.list(Pods, { namespace })
      for (const { metadata } of items)
        if (metadata.deletionTimestamp)
          await client.delete(Pods, { namespace, name: metadata.name }, { gracePeriodSeconds: 0 })
      await settle()
    },
  }) as JobCluster
}
