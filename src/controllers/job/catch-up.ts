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
 * Before a Job is worked on for the first time, or again after something failed: what the informers show may be older than
 * what was done to it, and the Job may be older than its pods. Counting needs pods that are as new as the counters. So the
 * server is asked for the Job, then for its pods, and the informers are waited for.
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
