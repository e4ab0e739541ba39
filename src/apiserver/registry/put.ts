import { asJson } from '../../api/machinery/json/as-json.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { atRevision, encodeForStore, type Item } from '../cache/item.ts'
import { forStorage } from './conversion.ts'
import { type Core, callKey, type Served } from './core.ts'

/** A cache that follows a store in another process may lag this long behind a write before the writer stops waiting. */
const cacheLagMs = 5000

/**
 * Writes `wanted` in place of `old` (absent: creates it). The cache keeps a new object under the new revision, which shares the
 * parts of `wanted`: never change these any more. Later reads of this server see it. Undefined: another writer was faster.
 */
export async function put(core: Core, served: Served, wanted: KubeObject, old?: Item): Promise<Item | undefined> {
  const { cache, definition } = served
  const object = asStored(served.conversion ? await forStorage(served, wanted) : wanted)
  const key = callKey(object.metadata ?? {})
  const bytes = encodeForStore(object)
  const done = cache.writing(key, bytes, object)
  try {
    const result = await core.store.put(
      cache.storeKey(key),
      bytes,
      old?.revision ?? 0,
      definition.ttlSeconds ? { ttlSeconds: definition.ttlSeconds } : undefined,
    )
    if (!result.ok) {
      if (result.current) await core.feed.reached(result.current.revision, cacheLagMs)
      else if (old) await core.feed.fresh()
      return undefined
    }
    await core.feed.reached(result.revision, cacheLagMs)
    const cached = cache.get(key)
    if (cached?.revision === result.revision) return cached
    return cache.itemOf(key, bytes, result.revision, atRevision(object, result.revision))
  } finally {
    done()
  }
}

/** An object as the store would return it: without the undefined members that hooks may leave. */
export const asStored = (object: KubeObject): Stored<KubeObject> => asJson(object) as Stored<KubeObject>

/** Removes `old`, and returns it under the revision of its removal. Undefined: another writer changed it meanwhile. */
export async function remove(core: Core, served: Served, old: Item): Promise<Item | undefined> {
  const { cache } = served
  const result = await core.store.delete(cache.storeKey(old.key), old.revision)
  if (!result.ok) {
    if (result.current) await core.feed.reached(result.current.revision, cacheLagMs)
    else await core.feed.fresh()
    return undefined
  }
  await core.feed.reached(result.revision, cacheLagMs)
  return old.at(result.revision)
}
