import type { Clock } from '../api/clock.ts'
import type { Random } from '../api/random.ts'
import type { EtcdClient } from './etcd-client.ts'

interface Lease {
  id: Promise<number>
  /** Until when (ms since 1970) it is given to new entries. */
  until: number
  entries: number
}

/** kube-apiserver's figures: a lease serves entries for 5 % of their life, at most a minute, and at most so many. */
const sharePart = 0.05
const maxShareSeconds = 60
const maxEntries = 1000

/** Leases, shared by entries that end at about the same time: one for each entry would be as heavy as the entries. */
export class EtcdLeases {
  readonly #client: EtcdClient
  readonly #clock: Clock
  readonly #random: Random
  readonly #leases = new Map<number, Lease>()

  constructor(client: EtcdClient, clock: Clock, random: Random) {
    this.#client = client
    this.#clock = clock
    this.#random = random
  }

  /** The id of a lease that ends not before `ttlSeconds` from now. */
  for(ttlSeconds: number): Promise<number> {
    const now = this.#clock.now()
    let lease = this.#leases.get(ttlSeconds)
    if (!lease || now >= lease.until || lease.entries >= maxEntries) {
      const share = Math.min(maxShareSeconds, Math.ceil(ttlSeconds * sharePart))
      const fresh = { id: this.#grant(ttlSeconds + share), until: now + share * 1000, entries: 0 }
      fresh.id.catch(() => {
        if (this.#leases.get(ttlSeconds) === fresh) this.#leases.delete(ttlSeconds)
      })
      this.#leases.set(ttlSeconds, fresh)
      lease = fresh
    }
    lease.entries++
    return lease.id
  }

  async #grant(ttl: number): Promise<number> {
    // Ids of etcd's own choice have 63 bits, which a number does not hold.
    const id = 1 + Math.floor(this.#random.next() * (2 ** 52 - 1))
    await this.#client.call('/etcdserverpb.Lease/LeaseGrant', { ttl, id }, 'write')
    return id
  }
}
