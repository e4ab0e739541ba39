import type { Store } from '../../store/store.ts'
import { registryRoot } from '../cache/keys.ts'

/** The addresses of the API servers that share a store and are alive. */
export interface LiveServers {
  /** Says that this server lives, and answers the addresses of all that do, in order. @throws ApiError 503 or 504 */
  renew(): Promise<string[]>
  /** Says that this server ends, and answers the others. */
  leave(): Promise<string[]>
}

/** Upstream's keys, and how long a server counts as alive after its last word (it speaks every ten seconds). */
const folder = `${registryRoot}masterleases/`
const ttlSeconds = 15

/**
 * Each server keeps an entry of its address that expires: upstream's lease reconciler. The value is upstream's, too, though
 * only the key and its life matter.
 */
export function liveServers(store: Store, address: string): LiveServers {
  const key = `${folder}${address}`
  const value = new TextEncoder().encode(
    JSON.stringify({ kind: 'Endpoints', apiVersion: 'v1', metadata: {}, subsets: [{ addresses: [{ ip: address }] }] }),
  )
  let revision = 0

  const all = async () => (await store.list(folder)).entries.map((entry) => entry.key.slice(folder.length)).sort()

  return {
    async renew() {
      for (;;) {
        const result = await store.put(key, value, revision, { ttlSeconds })
        revision = result.ok ? result.revision : (result.current?.revision ?? 0)
        if (result.ok) return all()
      }
    },
    async leave() {
      const result = await store.delete(key, revision)
      if (!result.ok && result.current) await store.delete(key, result.current.revision)
      return all()
    },
  }
}
