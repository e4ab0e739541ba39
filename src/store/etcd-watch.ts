import type { Cancel, Clock } from '../api/clock.ts'
import type { EtcdClient } from './etcd-client.ts'
import { type EtcdMessage, revisionOf } from './etcd-schema.ts'
import { CompactedError, type Entry, type StoreEvent, type WatchSink } from './store.ts'

export interface EtcdWatch {
  /** Asks etcd for a progress notification, unless the watch has seen everything up to `revision`. */
  askProgress(revision: number): void
  stop(): void
}

export interface EtcdWatchOptions {
  client: EtcdClient
  clock: Clock
  key: Buffer
  rangeEnd: Buffer
  /** The changes after this revision. */
  revision: number
  sink: WatchSink
  entryOf(kv: EtcdMessage<'KeyValue'>): Entry
}

const firstDelayMs = 50
const maxDelayMs = 3000

/** One watch on one stream. Reopens a broken stream at the next member, where the last one ended. */
export function etcdWatch({ client, clock, key, rangeEnd, revision, sink, entryOf }: EtcdWatchOptions): EtcdWatch {
  let seen = revision
  let delay = firstDelayMs
  let stopped = false
  let retrying = false
  let cancelRetry: Cancel = () => {}
  let stream = open()

  function open() {
    const broken = () => {
      if (!stopped && opened === stream) again()
    }
    const opened = client.watch({
      received(response) {
        if (stopped || opened !== stream) return
        try {
          receive(response)
        } catch (error) {
          end(error instanceof Error ? error : new Error(String(error)))
        }
      },
      ended: broken,
    })
    opened.send({ createRequest: { key, rangeEnd, startRevision: seen + 1, progressNotify: true } })
    return opened
  }

  function again(): void {
    if (retrying) return
    retrying = true
    client.rotate()
    cancelRetry = clock.after(delay, () => {
      retrying = false
      stream = open()
    })
    delay = Math.min(maxDelayMs, delay * 2)
  }

  function receive(response: EtcdMessage<'WatchResponse'>): void {
    const { created, canceled, compactRevision, cancelReason, events } = response
    if (canceled) {
      if (compactRevision > 0) throw new CompactedError(compactRevision)
      // A missing leader or a stopping member is temporary; an outright refusal is not.
      if (/permission|auth/i.test(cancelReason)) throw new Error(`etcd has ended the watch: ${cancelReason}`)
      again()
      stream.cancel()
      return
    }
    delay = firstDelayMs
    if (created) return
    if (events.length === 0) {
      const revision = revisionOf(response)
      if (revision <= seen) return
      seen = revision
      sink.progress?.(seen)
      return
    }
    const batch = events.flatMap(({ type, kv }): StoreEvent[] => {
      if (!kv) return []
      const { key, value, revision } = entryOf(kv)
      return [{ type: type === 'DELETE' ? 'delete' : 'put', key, value, revision }]
    })
    seen = Math.max(seen, batch.at(-1)?.revision ?? 0)
    sink.events(batch)
  }

  function end(error: Error): void {
    stop()
    sink.error(error)
  }

  function stop(): void {
    if (stopped) return
    stopped = true
    cancelRetry()
    stream.cancel()
  }

  return {
    stop,
    askProgress(newest) {
      if (!stopped && !retrying && seen < newest) stream.send({ progressRequest: {} })
    },
  }
}
