import { type Cancel, type Clock, formatMicroTime } from '../../api/clock.ts'
import { type Lease, Leases } from '../../api/coordination/v1/index.ts'
import { isRefusal } from '../../api/errors.ts'
import type { Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import { routinely } from '../../api/routine.ts'
import type { Objects } from '../definition.ts'

export interface IdentityOptions {
  /** Of the machine: two servers of one cluster have different ones. */
  hostname: string
  clock: Clock
  random: Random
  failed(error: unknown): void
}

const namespace = 'kube-system'
/** Upstream's figures. */
const leaseSeconds = 3600
const renewMs = 10_000
const collectMs = 3600_000
const component = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }

/**
 * Keeps the Lease by which everybody sees which API servers there are, and deletes those of servers that have been gone for
 * an hour: upstream's controllers `identity-lease` and `identity-lease-garbage-collector`. The returned function stops both;
 * the Lease stays, as upstream's does.
 */
export function keepIdentity(objects: Objects, options: IdentityOptions): Cancel {
  const { hostname, clock, random, failed } = options
  const owner = identityOf(hostname).then((name) => ({ name, hostname, holder: `${name}_${random.uuid()}` }))
  let collectAt = 0
  let stopped = false
  let cancel: Cancel = () => {}
  const turn = async () => {
    try {
      await renew(objects, await owner, clock.now())
      if (clock.now() < collectAt) return
      collectAt = clock.now() + collectMs
      await collect(objects, clock.now())
    } catch (error) {
      if (!stopped) failed(error)
    }
  }
  const repeat = () =>
    void turn().then(() => {
      if (!stopped) cancel = routinely(clock, renewMs, repeat)
    })
  repeat()
  return () => {
    stopped = true
    cancel()
  }
}

interface Owner {
  name: string
  hostname: string
  holder: string
}

async function renew(objects: Objects, { name, hostname, holder }: Owner, now: number): Promise<void> {
  const labels = { ...component, 'kubernetes.io/hostname': hostname }
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: leaseSeconds,
    renewTime: formatMicroTime(now),
  }
  if (!objects.known(Leases, { namespace, name }))
    try {
      await objects.create<Lease>(Leases, { metadata: { name, namespace, labels }, spec })
      return
    } catch (error) {
      // It is of an earlier process on this machine, and this one takes it over.
      if (!isRefusal(error)) throw error
    }
  await objects.update<Lease>(Leases, { namespace, name }, (present) => ({
    ...present,
    metadata: { ...present.metadata, labels: { ...present.metadata.labels, ...labels } },
    spec: { ...present.spec, ...spec },
  }))
}

/** `apiserver-` and 26 characters of the hash of the host's name. */
export async function identityOf(hostname: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(hostname))
  return `apiserver-${base32(new Uint8Array(hash, 0, 16))}`
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 without padding, in small letters. */
function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + alphabet[(value << (5 - bits)) & 31] : text
}

async function collect(objects: Objects, now: number): Promise<void> {
  for (const lease of await objects.list(Leases, namespace)) {
    if (!isIdentity(lease) || !isExpired(lease, now)) continue
    const { name, uid, resourceVersion } = lease.metadata
    try {
      await objects.delete(Leases, { namespace, name }, { preconditions: { uid, resourceVersion } })
    } catch (error) {
      // Another server was faster, or its owner is back.
      if (!isRefusal(error)) throw error
    }
  }
}

const isIdentity = ({ metadata }: Stored<Lease>): boolean =>
  Object.entries(component).every(([key, value]) => metadata.labels?.[key] === value)

/** One without a time is of nobody. */
function isExpired({ spec = {} }: Stored<Lease>, now: number): boolean {
  const { renewTime, leaseDurationSeconds } = spec
  if (!renewTime || leaseDurationSeconds === undefined) return true
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 < now
}
