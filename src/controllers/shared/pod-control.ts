import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { codeOf, messageOf } from '../../api/errors.ts'
import type { KubeObject, Stored, StoredMeta } from '../../api/object.ts'
import type { Context } from '../../controller/controller.ts'
import { isNamespaceTerminating } from './living-namespace.ts'
import { slowStart } from './slow-start.ts'

type Owner = KubeObject & { metadata: StoredMeta }

/** Creates an owner's pods, in batches that double, and records Events. Returns the pods made and the first failure. */
export async function createPods(
  { client, events }: Context,
  owner: Owner,
  pods: readonly Pod[],
): Promise<{ created: Stored<Pod>[]; error?: unknown }> {
  const { namespace } = owner.metadata
  const left = pods.values()
  const { done, error } = await slowStart(pods.length, async () => {
    const created = await client.create(Pods, left.next().value as Pod, { namespace })
    events.record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
    return created
  })
  if (error === undefined) return { created: done }
  if (!isNamespaceTerminating(error))
    events.record(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
  return { created: done, error }
}

/** Deletes one of an owner's pods and records an Event. Succeeds, too, if the pod is gone or replaced already. */
export async function deletePod(
  { client, events }: Context,
  owner: Owner,
  { metadata: { name, namespace, uid } }: Stored<Pod>,
): Promise<void> {
  try {
    await client.delete(Pods, { name, namespace }, { preconditions: { uid } })
    events.record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
  } catch (error) {
    if (codeOf(error) === 404 || codeOf(error) === 409) return
    events.record(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`)
    throw error
  }
}
