import type { KubeObject, Stored } from '../../api/object.ts'
import { encodeForStore, type Item } from '../cache/item.ts'
import type { Core, Served } from './core.ts'

/** A cache that follows a store in another process may lag this long behind a write before the writer stops waiting. */
const cacheLagMs = 5000

/**
 * Writes `object` in place of `old` (absent: where nothing is). The object becomes the server's and is not to be touched
 * again. Later reads of this server see it. Undefined: somebody else was faster.
 */
export async function put(core: Core, served: Served, object: KubeObject, old?: Item): Promise<Item | undefined> {
  const { cache, definition } = served
  const stored = object as Stored<KubeObject>
  const { namespace, name } = stored.metadata
  const key = namespace ? `${namespace}/${name}` : name
  const bytes = encodeForStore(stored)
  const done = cache.writing(key, bytes, stored)
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
    stored.metadata.resourceVersion = `${result.revision}`
    return cache.itemOf(key, bytes, result.revision, stored)
  } finally {
    done()
  }
}

/** Removes `old`, and answers it under the revision of its removal. Undefined: somebody changed it meanwhile. */
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
