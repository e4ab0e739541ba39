import type { WatchEvent } from '../../api/call.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import type { Client } from '../../client/client.ts'

/** Which objects a watch reports, and from when on. */
export interface WatchScope {
  /** Absent: all namespaces. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** `'start'`: present objects come first, as ADDED. Default `'now'`. */
  from?: 'start' | 'now'
  /** Ends the loop when aborted, as the end of the cluster does. */
  signal?: AbortSignal
}

/** Changes, one after the other. The watch ends with the loop. */
export type WatchStream<T> = AsyncIterableIterator<WatchEvent<T>>

/** A watch as an async iterator; it misses nothing between its creation and the first `next`. */
export function watching<T>(
  client: Client,
  type: Promise<ResourceType<T>>,
  { from = 'now', signal, ...scope }: WatchScope,
  stopped: AbortSignal,
): WatchStream<Stored<T>> {
  const own = new AbortController()
  const end = AbortSignal.any([own.signal, stopped, ...(signal ? [signal] : [])])
  const events: WatchEvent<Stored<T>>[] = []
  let over: { error?: unknown } | undefined
  let wake = () => {}

  const run = async () => {
    const resource = await type
    const revision =
      from === 'start' ? '0' : (await client.list(resource, { ...scope, limit: 1 })).metadata.resourceVersion
    await client.watch(resource, { ...scope, resourceVersion: revision, signal: end }, (batch) => {
      events.push(...batch)
      wake()
    })
  }
  run().then(
    () => finish({}),
    (error: unknown) => finish({ error }),
  )
  function finish(how: { error?: unknown }): void {
    over = how
    wake()
  }

  return {
    async next() {
      for (;;) {
        const event = events.shift()
        if (event) return { done: false, value: event }
        if (end.aborted) return { done: true, value: undefined }
        if (over) {
          if (over.error) throw over.error
          return { done: true, value: undefined }
        }
        await new Promise<void>((resolve) => {
          wake = resolve
          end.addEventListener('abort', () => resolve(), { once: true })
        })
      }
    },
    async return() {
      own.abort()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
