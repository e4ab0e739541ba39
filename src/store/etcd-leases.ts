import type { Clock } from '../api/clock.ts'
import type { Random } from '../api/random.ts'
import type { EtcdClient } from './etcd-client.ts'

interface Lease {
  id: Promise<number>
  /** New entries get this lease until then (ms since 1970). */
  until: number
  entries: number
}

/** kube-apiserver's figures: entries share a lease within 5 % of their life, at most a minute, up to a maximum number. */
const sharePart = 0.05
const maxShareSeconds = 60
const maxEntries = 1000

/** Leases, shared by entries that end at about the same time: one per entry would cost as much as the entries. */
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

  /** The id of a lease that lasts at least `ttlSeconds` from now. */
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
    // Ids that etcd chooses have 63 bits, too many for a number.
    const id = 1 + Math.floor(this.#random.next() * (2 ** 52 - 1))
    await this.#client.call('Lease', 'LeaseGrant', { ttl, id }, 'write')
    return id
  }
}
