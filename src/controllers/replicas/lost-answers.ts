import { type Pod, Pods } from '../../api/core/v1/index.ts'
import { codeOf } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'
import type { Informer } from '../../client/informers/informer.ts'
import { seen, seenDeleted } from '../../controller/own-writes.ts'

/** The server may have done a failed write all the same: the server or the connection broke off. */
export function mayBeDone(error: unknown): boolean {
  const code = codeOf(error)
  return code === undefined || code >= 500
}

/**
 * After such a failure: reads the server's state and waits until the informer shows it, so that no pod is created or
 * deleted twice. `deleted`: pods whose deletion failed.
 */
export async function catchUp(
  client: Client,
  pods: Informer<Pod>,
  namespace: string | undefined,
  deleted: Stored<Pod>[] = [],
): Promise<void> {
  const { items } = await client.list(Pods, { namespace })
  await seen(pods, ...items)
  const alive = new Set(items.flatMap(({ metadata }) => (metadata.deletionTimestamp ? [] : [metadata.uid])))
  await seenDeleted(pods, ...deleted.filter(({ metadata }) => !alive.has(metadata.uid)))
}
