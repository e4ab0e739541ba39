import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informers/informer.ts'
import { type Settled, settled } from '../shared/settled.ts'
import { isTracked, trackingFinalizer } from './names.ts'

/**
 * Takes the tracking finalizer off a pod; a deleted pod needs no release. `unchanged`: only if the server's pod is still
 * the given one. @throws ApiError 409 if it is not.
 */
export async function releasePod(
  client: Client,
  pod: Stored<Pod>,
  options: { unchanged?: boolean } = {},
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = pod.metadata
  if (!isTracked(pod)) return
  const metadata = {
    uid,
    ...(options.unchanged && { resourceVersion }),
    '$deleteFromPrimitiveList/finalizers': [trackingFinalizer],
  }
  try {
    await client.patch(Pods, { name, namespace }, { metadata }, { type: 'strategic' })
  } catch (error) {
    if (codeOf(error) === 404) return
    // Another pod has the name by now.
    if (!options.unchanged && codeOf(error) === 409) return
    throw error
  }
}

/** Releases many pods, and waits until the informer shows it. */
export async function releasePods(
  client: Client,
  pods: Informer<Pod>,
  tracked: Stored<Pod>[],
): Promise<Settled<Stored<Pod>>> {
  const outcome = await settled(tracked, (pod) => releasePod(client, pod))
  await seenReleased(pods, outcome.done)
  return outcome
}

function seenReleased(pods: Informer<Pod>, released: Stored<Pod>[]): Promise<void> {
  return pods.until(() =>
    released.every(({ metadata: { namespace, name, uid } }) => {
      const present = pods.get(`${namespace}/${name}`)
      return !present || present.metadata.uid !== uid || !isTracked(present)
    }),
  )
}
