import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { Stored } from '../api/object.ts'
import type { Client } from '../client/client.ts'

/** Whether the object has this finalizer, and so waits for its holder before it goes. */
export const hasFinalizer = ({ metadata }: { metadata?: { finalizers?: string[] } }, finalizer: string): boolean =>
  metadata?.finalizers?.includes(finalizer) ?? false

/** A client, or what has one: a controller's context. */
type Writer = Client | { client: Client }

/**
 * Holds an object back: it stays until `removeFinalizer`. Returns the object with its finalizer. Call it before you create
 * anything outside the cluster for the object.
 * @throws ApiError 409 if `object` is not the newest; the queue then retries the reconcile
 */
export function addFinalizer<T>(
  writer: Writer,
  resource: ResourceType<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<Stored<T>> {
  if (hasFinalizer(object, finalizer)) return Promise.resolve(object)
  return write(writer, resource, object, [...(object.metadata.finalizers ?? []), finalizer])
}

/** Releases an object that is being deleted. The object goes when its last finalizer does. */
export function removeFinalizer<T>(
  writer: Writer,
  resource: ResourceType<T>,
  object: Stored<T>,
  finalizer: string,
): Promise<Stored<T>> {
  if (!hasFinalizer(object, finalizer)) return Promise.resolve(object)
  return write(
    writer,
    resource,
    object,
    (object.metadata.finalizers ?? []).filter((one) => one !== finalizer),
  )
}

/** A merge patch replaces lists, so it names the revision to protect another writer's change. */
function write<T>(
  writer: Writer,
  resource: ResourceType<T>,
  { metadata: { name, namespace, uid, resourceVersion } }: Stored<T>,
  finalizers: string[],
): Promise<Stored<T>> {
  const client = 'client' in writer ? writer.client : writer
  return client.patch(resource, { name, namespace }, { metadata: { uid, resourceVersion, finalizers } })
}
