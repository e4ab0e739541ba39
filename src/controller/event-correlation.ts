import type { Clock } from '../api/clock.ts'
import type { Event } from '../api/core/v1/index.ts'
import type { ObjectMeta } from '../api/meta/v1/index.ts'
import { type TokenBucket, tokenBucket } from './rate-limit.ts'

/** An event to write. */
export interface Sighting {
  event: Event
  /** Written before: only its count, message and time change. */
  readonly known: ObjectMeta | undefined
  /** The writer passes back the event that the server has stored. */
  written(metadata: ObjectMeta): void
}

/** The number of keys to remember; the least recently used goes first. */
const remembered = 4096
/** From this number of different messages of one reason about one object on, one event stands for all. */
const mostMessages = 10
const windowMs = 600_000
const spamBurst = 25
const spamPerSecond = 1 / 300

/**
 * Keeps events few, by client-go's rules:
 *
 * 1. About one object a source may report 25 events at once and then one every 5 minutes; more are dropped (undefined).
 * 2. 10 or more messages with the same reason about the same object within 10 minutes become one event,
 *    `(combined from similar events): ` and the newest of them.
 * 3. A repeated event raises the count of the first one.
 */
export function correlator(clock: Clock): (event: Event) => Sighting | undefined {
  const buckets = recentlyUsed<TokenBucket>()
  const groups = recentlyUsed<{ messages: Set<string>; last: number }>()
  const known = recentlyUsed<{ metadata?: ObjectMeta; count: number; firstTimestamp?: string }>()

  return (event) => {
    const { kind, namespace, name, uid, apiVersion, fieldPath } = event.involvedObject
    const bucketKey = keyOf(event.source?.component, event.source?.host, kind, namespace, name, uid, apiVersion)
    const bucket = buckets.get(bucketKey, () => tokenBucket(clock, { perSecond: spamPerSecond, burst: spamBurst }))
    if (!bucket.tryTake()) return undefined

    const groupKey = keyOf(bucketKey, event.type, event.reason)
    const group = groups.get(groupKey, () => ({ messages: new Set(), last: clock.now() }))
    if (clock.now() - group.last > windowMs) group.messages.clear()
    group.last = clock.now()
    group.messages.add(event.message ?? '')
    const combined = group.messages.size >= mostMessages
    if (combined && group.messages.size > mostMessages) group.messages.delete([...group.messages][0] ?? '')

    const message = combined ? `(combined from similar events): ${event.message}` : event.message
    const memory = known.get(combined ? groupKey : keyOf(groupKey, fieldPath, event.message), () => ({ count: 0 }))
    memory.count++
    memory.firstTimestamp ??= event.firstTimestamp
    return {
      event: { ...event, message, count: memory.count, firstTimestamp: memory.firstTimestamp },
      get known() {
        return memory.metadata
      },
      written: (metadata) => {
        memory.metadata = metadata
      },
    }
  }
}

const keyOf = (...parts: (string | undefined)[]): string => parts.join('\0')

/** A map that makes missing entries and forgets the least recently used one. */
function recentlyUsed<V>() {
  const entries = new Map<string, V>()
  return {
    get(key: string, make: () => V): V {
      const value = entries.get(key) ?? make()
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > remembered) entries.delete(entries.keys().next().value ?? '')
      return value
    },
  }
}
