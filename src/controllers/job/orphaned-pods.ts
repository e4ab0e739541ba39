import { Jobs } from '../../api/batch/v1/index.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { ifFound } from '../../api/errors.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { Context, Controller } from '../../controller/controller.ts'
import { controllerOf } from '../../controller/ownership.ts'
import { mapped } from '../../controller/watches.ts'
import { controlledBy, indexedByController } from '../shared/controller-index.ts'
import { isTracked } from './names.ts'
import { releasePod } from './release.ts'

/** Takes the tracking finalizer off pods that no Job will count: their Job is gone, or has let go of them. */
export function orphanedPodsController({ client, informers }: Context): Controller {
  const jobs = informers.of(Jobs)
  const pods = indexedByController(informers, Pods)

  async function reconcile(key: string): Promise<void> {
    const pod = pods.get(key)
    if (pod && isTracked(pod) && isForsaken(pod) && !(await hasJob(client, pod))) await releasePod(client, pod)
  }

  /** According to the informers, which may lag. */
  function isForsaken(pod: Stored<Pod>): boolean {
    const owner = controllerOf(pod)
    if (!owner) return true
    if (owner.kind !== Jobs.kind || owner.apiVersion !== Jobs.apiVersion) return false
    return jobs.get(keyOf({ name: owner.name, namespace: pod.metadata.namespace }))?.metadata.uid !== owner.uid
  }

  return {
    name: 'job-orphaned-pods',
    watches: [
      mapped(Pods, (pod) => (isTracked(pod) && isForsaken(pod) ? [keyOf(pod)] : [])),
      // A new Job has no pods yet: only deletions matter here.
      mapped(Jobs, (job, old) => (old ? [] : controlledBy(pods, job.metadata.uid).map(keyOf))),
    ],
    reconcile,
  }
}

async function hasJob(client: Client, pod: Stored<Pod>): Promise<boolean> {
  const owner = controllerOf(pod)
  if (!owner) return false
  const job = await ifFound(client.get(Jobs, { name: owner.name, namespace: pod.metadata.namespace }))
  return job?.metadata.uid === owner.uid
}
