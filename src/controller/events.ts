import type { Clock } from '../api/clock.ts'
import { formatTime } from '../api/clock.ts'
import { type Event, Events, type ObjectReference } from '../api/core/v1/index.ts'
import { codeOf } from '../api/errors.ts'
import type { Log } from '../api/log.ts'
import type { KubeObject } from '../api/object.ts'
import type { Client } from '../client/client.ts'
import type { EventRecorder } from './controller.ts'
import { correlator, type Sighting } from './event-correlation.ts'

/** The tools of an event recorder, and the component that its events name. */
export interface EventRecorderOptions {
  client: Client
  clock: Clock
  log: Log
  /** `source.component`: `kubelet`, `default-scheduler`, `deployment-controller`. */
  component: string
  /** `source.host`: the node, for a kubelet. */
  host?: string
}

/** An event recorder that shows its pending writes, for tests and orderly stops. */
export interface RunningEventRecorder extends EventRecorder {
  /** Resolves when everything recorded so far has been written or given up. */
  readonly idle: boolean
}

/** The most events not yet written; it drops further ones, as losing an event is better than losing the process. */
const longestBacklog = 1000

/**
 * Writes core/v1 Events, one after the other; repeats raise the first one's `count`: see `correlator`. Gives up a write that
 * the server refuses, and retries one that does not reach it every 10 s, 12 times.
 */
export function eventRecorder({ client, clock, log, component, host }: EventRecorderOptions): RunningEventRecorder {
  const correlate = correlator(clock)
  const source = { component, ...(host && { host }) }
  let pending = 0
  let last: Promise<void> = Promise.resolve()

  async function write(sighting: Sighting): Promise<void> {
    const { known, event } = sighting
    if (known) {
      try {
        const { count, lastTimestamp, message } = event
        const { name = '', namespace } = known
        return sighting.written(
          (await client.patch(Events, { name, namespace }, { count, lastTimestamp, message })).metadata,
        )
      } catch (error) {
        // It has expired or was deleted: create it again, with its count.
        if (codeOf(error) !== 404) throw error
      }
    }
    sighting.written((await client.create(Events, event)).metadata)
  }

  async function writeAtLast(sighting: Sighting): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write(sighting)
      } catch (error) {
        const refused = codeOf(error) !== undefined
        if (refused || attempt === 12) {
          log.debug('an event could not be written', { reason: sighting.event.reason, error: String(error) })
          return
        }
        await new Promise<void>((resolve) => clock.after(10_000, resolve))
      }
    }
  }

  return {
    record(about, type, reason, message, fieldPath) {
      if (pending >= longestBacklog) return
      const sighting = correlate(newEvent(about, { type, reason, message, fieldPath, source, clock }))
      if (!sighting) return
      pending++
      last = last.then(() => writeAtLast(sighting)).finally(() => pending--)
    },
    get idle() {
      return pending === 0
    },
  }
}

/** A reference to the object. */
export function referenceTo({ apiVersion, kind, metadata = {} }: KubeObject, fieldPath?: string): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    ...(kind && { kind }),
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(uid && { uid }),
    ...(apiVersion && { apiVersion }),
    ...(resourceVersion && { resourceVersion }),
    ...(fieldPath && { fieldPath }),
  }
}

/** By clock, so that each clock has a count of its own. */
const eventsMade = new WeakMap<Clock, number>()

function nextCount(clock: Clock): bigint {
  const count = eventsMade.get(clock) ?? 0
  eventsMade.set(clock, (count + 1) % 1_000_000)
  return BigInt(count)
}

function newEvent(
  about: KubeObject,
  given: { type: string; reason: string; message: string; fieldPath?: string; source: Event['source']; clock: Clock },
): Event {
  const { type, reason, message, fieldPath, source, clock } = given
  const now = clock.now()
  const time = formatTime(now)
  // Upstream's names end in the nanoseconds since 1970; a count stands for the digits that our clocks lack.
  const nanoseconds = BigInt(Math.floor(now)) * 1_000_000n + nextCount(clock)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${about.metadata?.name}.${nanoseconds.toString(16)}`,
      namespace: about.metadata?.namespace ?? 'default',
    },
    involvedObject: referenceTo(about, fieldPath),
    reason,
    message,
    source,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type,
    reportingComponent: source?.component,
    reportingInstance: source?.host ?? '',
  }
}
