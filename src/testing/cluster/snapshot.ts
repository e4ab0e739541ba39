import type { Pod } from '../../api/core/v1/index.ts'
import type { Entry, Store } from '../../store/store.ts'
import type { Images } from '../nodes/images.ts'
import { untilQuiet } from '../time/quiet.ts'
import type { SettleOptions } from '../time/settle.ts'
import type { World } from './world.ts'

/** Belongs to the cluster that made it. */
export interface Snapshot {
  /** What the store held. */
  readonly objects: StoreSnapshot
  /** Restores the behaviour of images. */
  readonly resetImages: () => void
}

/** The contents of a store at one moment. */
export type StoreSnapshot = ReadonlyMap<string, Entry>

/** The parts of a snapshot, and the parts that must settle before and after a restore. */
interface Sources extends Pick<World, 'activity' | 'faults'> {
  store: Store
  images: Images
  network: { machines: ReadonlyMap<string, { mend(): Promise<void> }> }
  settle(how?: SettleOptions): Promise<void>
  /** The store may have lost the Roles that every cluster has. */
  recheckRoles(): void
}

/** See `snapshot` and `restore` of a test cluster. */
export function snapshotsOf({ activity, faults, store, images, network, settle, recheckRoles }: Sources) {
  const snapshots = new WeakSet<Snapshot>()
  return {
    async snapshot(): Promise<Snapshot> {
      const objects = new Map((await entriesOf(store)).map((entry) => [entry.key, entry]))
      const snapshot = { objects, resetImages: images.mark() }
      snapshots.add(snapshot)
      return snapshot
    },
    async restore(snapshot: Snapshot): Promise<void> {
      if (!snapshots.has(snapshot)) throw new TypeError('restore takes a snapshot of this cluster, and this is none')
      const { objects, resetImages } = snapshot
      faults.clear()
      resetImages()
      await Promise.all([...network.machines.values()].map((machine) => machine.mend()))
      // Watches and bindings that wait to retry after a fault need time.
      const isBusy = () => [...activity.parts].some((part) => part.busy() !== undefined)
      if (isBusy()) await settle({ until: () => !isBusy() })
      if ((await dropEnding(store, objects)) > 0) await untilQuiet(activity)
      await restoreTo(store, objects)
      recheckRoles()
      // A part that retries a second after an earlier error is busy until then.
      await settle({ until: () => [...activity.parts].every((part) => part.busy() === undefined) })
    },
  }
}

/** Nodes keep reporting: a restore does not touch their leases and heartbeats. */
const kept = /^\/registry\/leases\/kube-node-lease\//
const eventTtlSeconds = 3600

/**
 * Writes all objects back as they were, so that every watch sees the changes; revisions continue. Returns the number of
 * changed objects.
 */
async function restoreTo(store: Store, snapshot: StoreSnapshot): Promise<number> {
  let changed = 0
  // Another write may interfere: then try again.
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
 * Deletes pods that are terminating, or have ended otherwise than in the snapshot, so that their nodes are done with them
 * before they come back. Returns their number.
 */
async function dropEnding(store: Store, snapshot: StoreSnapshot): Promise<number> {
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
