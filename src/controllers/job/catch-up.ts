import { type Job, Jobs } from '../../api/batch/v1/index.ts'
import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { ifFound } from '../../api/errors.ts'
import { selectorOf } from '../../api/machinery/selectors/labels.ts'
import { keyOf, type Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informers/informer.ts'
import { revisionReached } from '../../client/informers/informers.ts'
import { seen } from '../../controller/own-writes.ts'
import { controlledBy } from '../shared/controller-index.ts'

/**
 * Runs before the first pass over a Job, and after a failure: the informers may lag behind our own writes, and the Job
 * behind its pods. Counting needs pods that are as new as the counters. So it reads the Job from the server, then its pods,
 * and waits until the informers show them.
 */
export async function catchUpWith(
  client: Client,
  jobs: Informer<Job>,
  pods: Informer<Pod>,
  { metadata, spec }: Stored<Job>,
): Promise<void> {
  const { name, namespace, uid } = metadata
  const live = await ifFound(client.get(Jobs, { name, namespace }))
  if (!live) return jobs.until(() => jobs.get(keyOf({ name, namespace }))?.metadata.uid !== uid)
  const selector = selectorOf(spec.selector)
  const { items, metadata: list } = await client.list(Pods, { namespace, labelSelector: selector.toString() })
  const present = new Set(items.map((pod) => pod.metadata.uid))
  await seen(jobs, live)
  await seen(pods, ...items)
  await pods.until(() =>
    controlledBy(pods, uid).every(
      (pod) =>
        present.has(pod.metadata.uid) ||
        !selector.matches(pod.metadata.labels) ||
        !revisionReached(list.resourceVersion, pod.metadata.resourceVersion),
    ),
  )
}
