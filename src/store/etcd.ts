import { type Clock, systemClock } from '../api/clock.ts'
import { serviceUnavailable } from '../api/errors.ts'
import { type Random, systemRandom } from '../api/random.ts'
import { nextTurn } from '../api/turn.ts'
import type { Request } from '../grpc/schema.ts'
import { type EtcdClient, type EtcdTls, etcdClient, etcdError, isCompacted, isFuture } from './etcd-client.ts'
import { startCompactor } from './etcd-compactor.ts'
import { EtcdLeases } from './etcd-leases.ts'
import { type EtcdMessage, type etcdSchema, revisionOf } from './etcd-schema.ts'
import { type EtcdWatch, etcdWatch } from './etcd-watch.ts'
import type { WatchSink, WriteResult } from './store.ts'
import { CompactedError, type Entry, FutureRevisionError, type ListOptions, type Page, type Store } from './store.ts'

export interface EtcdStoreOptions {
  /** `https://10.0.0.1:2379`, or `host:port`: then with TLS if `tls` is given. */
  endpoints: string[]
  tls?: EtcdTls
  /** Before all keys. Default: none, so that keys are those of an upstream API server (`/registry/...`). */
  prefix?: string
  clock?: Clock
  random?: Random
  /** Interval of compactions, as kube-apiserver does them; 0: leave them to others. Milliseconds; default: 5 minutes. */
  compactionIntervalMs?: number
}

/** Entries fetched with one call. */
const pageSize = 10_000

/** A store in etcd v3, whose semantics are the `Store`'s own. */
export function etcdStore({
  endpoints,
  tls,
  prefix = '',
  clock = systemClock,
  random = systemRandom,
  compactionIntervalMs = 5 * 60_000,
}: EtcdStoreOptions): Store {
  const client = etcdClient(endpoints, tls)
  const leases = new EtcdLeases(client, clock, random)
  const stopCompactor = compactionIntervalMs > 0 ? startCompactor(client, clock, compactionIntervalMs) : () => {}
  const watches = new Map<EtcdWatch, WatchSink>()
  const bytesOf = (key: string) => Buffer.from(prefix + key)
  const prefixLength = Buffer.byteLength(prefix)
  const entryOf = ({ key, value, modRevision }: EtcdMessage<'KeyValue'>): Entry => ({
    key: Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8', prefixLength),
    // A copy: a view would keep the whole message in memory.
    value: new Uint8Array(value),
    revision: modRevision,
  })
  let closed = false
  let coming: Promise<number> | undefined
  let progress: Promise<boolean> | undefined

  /** Some older versions answer a progress request before earlier events (etcd issue 15220). */
  const progressIsSound = () => {
    progress ??= client.call('Maintenance', 'Status', {}, 'read').then(
      ({ version }) => hasSoundProgress(version),
      () => {
        progress = undefined
        return false
      },
    )
    return progress
  }

  async function write(
    key: string,
    expected: number,
    op: Request<typeof etcdSchema, 'RequestOp'>,
  ): Promise<WriteResult> {
    const keyBytes = bytesOf(key)
    const answer = await client.call(
      'KV',
      'Txn',
      {
        compare: [{ result: 'EQUAL', target: 'MOD', key: keyBytes, modRevision: expected }],
        success: [op],
        failure: [{ requestRange: { key: keyBytes } }],
      },
      'write',
    )
    if (answer.succeeded) return { ok: true, revision: revisionOf(answer) }
    const current = answer.responses[0]?.responseRange?.kvs[0]
    return current ? { ok: false, current: entryOf(current) } : { ok: false }
  }

  async function get(key: string): Promise<Entry | undefined> {
    const { kvs } = await client.call('KV', 'Range', { key: bytesOf(key) }, 'read')
    return kvs[0] && entryOf(kvs[0])
  }

  /** Translates etcd's errors. */
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw storeClosed()
    try {
      return await work()
    } catch (error) {
      if (isCompacted(error)) throw new CompactedError(await compactedAt(client))
      if (isFuture(error)) throw new FutureRevisionError(await revision())
      throw etcdError(error)
    }
  }

  async function revision(): Promise<number> {
    return revisionOf(await client.call('KV', 'Range', { key: Buffer.from('\0'), countOnly: true }, 'read'))
  }

  async function list(below: string, { limit, after, revision: at }: ListOptions): Promise<Page> {
    const entries: Entry[] = []
    const rangeEnd = endOf(bytesOf(below))
    let revision = at
    let key = bytesOf(below)
    // The first key after `after` is `after` with a zero byte.
    if (after !== undefined && Buffer.compare(bytesOf(after), key) >= 0) key = bytesOf(`${after}\0`)
    for (;;) {
      const wanted = limit ? Math.min(pageSize, limit - entries.length) : pageSize
      const request = { key, rangeEnd, limit: wanted, revision }
      const answer = await client.call('KV', 'Range', request, 'read')
      const { kvs, more, count } = answer
      revision ||= revisionOf(answer)
      for (const kv of kvs) entries.push(entryOf(kv))
      const last = entries.at(-1)
      if (!more || !last) return { entries, revision, remaining: 0 }
      if (limit && entries.length >= limit) return { entries, revision, remaining: count - kvs.length }
      key = bytesOf(`${last.key}\0`)
    }
  }

  async function consistentRevision(): Promise<number> {
    const newest = await revision()
    if (watches.size > 0 && (await progressIsSound())) for (const watch of watches.keys()) watch.askProgress(newest)
    return newest
  }

  return {
    revision() {
      // All who ask in one turn of the event loop share a read: it begins after their calls, so that it is theirs.
      coming ??= nextTurn().then(() => {
        coming = undefined
        return guarded(consistentRevision)
      })
      return coming
    },

    get: (key) => guarded(() => get(key)),

    list: (below, options = {}) => guarded(() => list(below, options)),

    put: (key, value, expected, { ttlSeconds } = {}) =>
      guarded(async () => {
        const lease = ttlSeconds ? await leases.for(ttlSeconds) : 0
        return write(key, expected, { requestPut: { key: bytesOf(key), value, lease } })
      }),

    delete: (key, expected) =>
      guarded(async () => {
        if (expected > 0) return write(key, expected, { requestDeleteRange: { key: bytesOf(key) } })
        // No entry has revision 0, and for etcd deleting nothing is a success.
        const current = await get(key)
        return current ? { ok: false, current } : { ok: false }
      }),

    watch(below, after, sink) {
      if (closed) {
        queueMicrotask(() => sink.error(storeClosed()))
        return () => {}
      }
      const key = bytesOf(below)
      const own: WatchSink = {
        events: (batch) => sink.events(batch),
        progress: (revision) => sink.progress?.(revision),
        error(error) {
          watches.delete(watch)
          sink.error(error)
        },
      }
      const watch = etcdWatch({ client, clock, key, rangeEnd: endOf(key), revision: after, sink: own, entryOf })
      watches.set(watch, sink)
      return () => {
        watches.delete(watch)
        watch.stop()
      }
    },

    compact: (to) =>
      guarded(async () => {
        try {
          await client.call('KV', 'Compact', { revision: to }, 'write')
        } catch (error) {
          // It is compacted already.
          if (!isCompacted(error)) throw error
        }
      }),

    async close() {
      if (closed) return
      closed = true
      stopCompactor()
      for (const [watch, sink] of watches) {
        watch.stop()
        sink.error(storeClosed())
      }
      watches.clear()
      client.close()
    },
  }
}

const storeClosed = () => serviceUnavailable('the store is closed')

/** The first key after all that start with `prefix`. */
function endOf(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix)
  for (let at = end.length - 1; at >= 0; at--) {
    const byte = end[at] ?? 0
    if (byte === 0xff) continue
    end[at] = byte + 1
    return end.subarray(0, at + 1)
  }
  // etcd's notation for all keys from here on.
  return Buffer.from([0])
}

/** etcd reveals the start of its history only to a watch that starts before it. */
function compactedAt(client: EtcdClient): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = client.watch({
      received({ compactRevision }) {
        if (compactRevision === 0) return
        stream.cancel()
        resolve(compactRevision)
      },
      ended: (error) => reject(error ?? serviceUnavailable('etcd has ended the watch')),
    })
    const key = Buffer.from([0])
    stream.send({ createRequest: { key, rangeEnd: key, startRevision: 1 } })
  })
}

/** Fixed in 3.4.25 and 3.5.8. */
export function hasSoundProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const since: Record<number, number> = { 4: 25, 5: 8 }
  return major > 3 || (major === 3 && (minor > 5 || patch >= (since[minor] ?? Number.POSITIVE_INFINITY)))
}
