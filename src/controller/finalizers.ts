import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { Stored } from '../api/object.ts'
import type { Client } from '../client/client.ts'

/** The object waits for the holder of this finalizer before it goes. */
export const hasFinalizer = ({ metadata }: { metadata?: { finalizers?: string[] } }, finalizer: string): boolean =>
  metadata?.finalizers?.includes(finalizer) ?? false

/**
 * Holds an object back: it is not gone before `removeFinalizer`. Answers the object with its finalizer. To be called
 * before anything is made outside the cluster on the object's behalf.
 * @throws ApiError 409 where `object` is not the newest; a reconcile is tried again then
 */
export function addFinalizer<T>(
  client: Client,
  resource: ResourceType<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<Stored<T>> {
  if (hasFinalizer(object, finalizer)) return Promise.resolve(object)
  return write(client, resource, object, [...(object.metadata.finalizers ?? []), finalizer])
}

/** Lets go of an object that is being deleted. The last one to do so makes it go. */
export function removeFinalizer<T>(
  client: Client,
  resource: ResourceType<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<Stored<T>> {
  if (!hasFinalizer(object, finalizer)) return Promise.resolve(object)
  return write(
    client,
    resource,
    object,
    (object.metadata.finalizers ?? []).filter((one) => one !== finalizer),
  )
}

/** A merge patch replaces lists, so that it must not meet another one's change: the revision sees to that. */
function write<T>(
  client: Client,
  resource: ResourceType<T>,
  { metadata: { name, namespace, uid, resourceVersion } }: Stored<T>,
  finalizers: string[],
): Promise<Stored<T>> {
  return client.patch(resource, { name, namespace }, { metadata: { uid, resourceVersion, finalizers } })
}
