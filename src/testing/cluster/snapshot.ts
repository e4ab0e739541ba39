import type { Pod } from '../../api/core/v1/index.ts'
import type { Entry, Store } from '../../store/store.ts'

/** What a store held at one moment. */
export type StoreSnapshot = ReadonlyMap<string, Entry>

export async function snapshotOf(store: Store): Promise<StoreSnapshot> {
  return new Map((await entriesOf(store)).map((entry) => [entry.key, entry]))
}

/** Nodes go on reporting: their leases and their own time are not put back. */
const kept = /^\/registry\/leases\/kube-node-lease\//
const eventTtlSeconds = 3600

/**
 * Writes everything back as it was, so that all who watch see what has changed; revisions go on. Returns how many objects
 * it had to change.
 */
export async function restoreTo(store: Store, snapshot: StoreSnapshot): Promise<number> {
  let changed = 0
  // Somebody may write in between: then once more.
  for (let left = 1; left > 0; ) {
    const present = new Map((await entriesOf(store)).map((entry) => [entry.key, entry]))
    const writes: Promise<{ ok: boolean }>[] = []
    for (const { key, revision } of present.values())
      if (!snapshot.has(key) && !kept.test(key)) writes.push(store.delete(key, revision))
    for (const { key, value } of snapshot.values()) {
      const now = present.get(key)
      if (now && (kept.test(key) || same(now.value, value))) continue
      const ttl = key.startsWith('/registry/events/') ? { ttlSeconds: eventTtlSeconds } : {}
      writes.push(store.put(key, value, now?.revision ?? 0, ttl))
    }
    const results = await Promise.all(writes)
    left = results.filter(({ ok }) => !ok).length
    changed += results.length - left
  }
  return changed
}

/**
 * Deletes pods that are on their way out or have ended otherwise than in the snapshot, so that their nodes are done with
 * them before they come back. Returns how many.
 */
export async function dropEnding(store: Store, snapshot: StoreSnapshot): Promise<number> {
  const ending = (await store.list('/registry/pods/')).entries.filter(({ key, value }) => {
    const before = snapshot.get(key)
    return before && isEnding(value) && !isEnding(before.value)
  })
  await Promise.all(ending.map(({ key, revision }) => store.delete(key, revision)))
  return ending.length
}

function isEnding(value: Uint8Array): boolean {
  const { metadata, status } = JSON.parse(new TextDecoder().decode(value)) as Pod
  return metadata?.deletionTimestamp !== undefined || status?.phase === 'Failed' || status?.phase === 'Succeeded'
}

const entriesOf = async (store: Store): Promise<Entry[]> => (await store.list('/')).entries

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])
