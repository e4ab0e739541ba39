import type { Stored } from '../api/object.ts'
import type { Informer } from '../client/informers/informer.ts'

/**
 * Read your own writes. A controller that creates or deletes according to an informer must not look again before the
 * informer shows the write, or it writes twice. So it ends its reconcile with
 *
 *     const created = await client.create(Pods, pod)
 *     await seen(pods, created)
 *
 * It replaces upstream's expectations. Within one process it need not wait.
 */
export function seen<T>(informer: Informer<T>, ...written: Stored<T>[]): Promise<void> {
  return informer.until(() => written.every(({ metadata }) => informer.reached(metadata.resourceVersion)))
}

/** Resolves when the informer shows that each of these objects is gone, replaced or being deleted. */
export function seenDeleted<T>(informer: Informer<T>, ...deleted: Stored<T>[]): Promise<void> {
  return informer.until(() =>
    deleted.every(({ metadata: { namespace, name, uid } }) => {
      const present = informer.get(namespace ? `${namespace}/${name}` : name)
      return !present || present.metadata.uid !== uid || present.metadata.deletionTimestamp !== undefined
    }),
  )
}
