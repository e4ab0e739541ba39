import { converted } from './conversion.ts'
import type { Served } from './core.ts'
import type { WatchStream } from './watch.ts'

/**
 * A watch whose objects a webhook converts: events wait until it has, in their order. When it fails, the watch ends: its client
 * comes back for what it has missed. `stop` stops the source.
 */
export function convertedWatch(served: Served, stream: WatchStream, stop: () => void): WatchStream {
  let queue: Promise<void> | undefined
  let over = false
  const next = (pending: Promise<void> | undefined, deliver: () => void) => {
    if (!pending && !queue) return deliver()
    const turn = Promise.all([queue, pending]).then(() => {
      if (!over) deliver()
      if (queue === turn) queue = undefined
    }, fail)
    queue = turn
  }
  const fail = (error: Error) => {
    if (over) return
    over = true
    stop()
    stream.end(error)
  }
  return {
    ...stream,
    changes: (batch) =>
      next(
        converted(
          served,
          batch.map(({ item }) => item),
        ),
        () => stream.changes(batch),
      ),
    bookmark: (revision, initial) => next(undefined, () => stream.bookmark(revision, initial)),
    end: (error) => next(undefined, () => stream.end(error)),
  }
}
