import type { Cancel, Clock } from '../../api/clock.ts'
import type { AuditEvent, AuditSink } from './event.ts'

/** `--audit-{log,webhook}-batch-*` */
export interface BatchOptions {
  /** The most events that wait. Further ones are lost. */
  bufferSize: number
  /** The most events in one batch. */
  maxSize: number
  /** A batch that is not full waits so long for more. Milliseconds; 0: it does not. */
  maxWaitMs: number
  /** The most batches in a second, after `burst` at once. Absent: no limit. */
  throttle?: { perSecond: number; burst: number }
}

export interface BatchWorld {
  clock: Clock
  /** Stores a batch. Rejects when it is lost. */
  store(events: AuditEvent[]): Promise<void>
  /** Some events are lost. */
  lost(count: number, why: unknown): void
}

/** Gathers events, and stores them later, many at a time. A request never waits for them. */
export function batched({ bufferSize, maxSize, maxWaitMs, throttle }: BatchOptions, world: BatchWorld): AuditSink {
  const { clock, store, lost } = world
  const waiting: AuditEvent[] = []
  const storing = new Set<Promise<void>>()
  let cancel: Cancel | undefined
  let closed = false
  let tokens = throttle?.burst ?? 0
  let filledAt = clock.now()

  function mayStore(): boolean {
    if (!throttle || closed) return true
    const now = clock.now()
    tokens = Math.min(throttle.burst, tokens + ((now - filledAt) / 1000) * throttle.perSecond)
    filledAt = now
    if (tokens < 1) return false
    tokens--
    return true
  }

  function flush(): void {
    cancel?.()
    cancel = undefined
    while (waiting.length > 0) {
      if (!mayStore()) {
        later(1000 / (throttle?.perSecond ?? 1))
        return
      }
      const events = waiting.splice(0, maxSize)
      const stored: Promise<void> = store(events)
        .catch((error: unknown) => lost(events.length, error))
        .finally(() => storing.delete(stored))
      storing.add(stored)
    }
  }

  function later(ms: number): void {
    cancel ??= clock.after(ms, flush)
  }

  return {
    take(event) {
      if (closed || waiting.length >= bufferSize) {
        lost(1, new Error('audit buffer is full'))
        return true
      }
      waiting.push(event)
      if (waiting.length >= maxSize) flush()
      else later(maxWaitMs)
      return true
    },
    async close() {
      closed = true
      flush()
      await Promise.all(storing)
    },
  }
}
