import type { CallOptions } from '../../api/call.ts'
import type { Cancel } from '../../api/clock.ts'
import { type ApiError, fieldError, invalid, methodNotAllowed } from '../../api/errors.ts'
import { Change } from '../cache/change.ts'
import type { Item } from '../cache/item.ts'
import { selectionOf } from '../cache/selection.ts'
import { type Selection, seenBy, type Watcher } from '../cache/watchers.ts'
import { convertedWatch } from './convert-watch.ts'
import type { Core, Request, Served } from './core.ts'
import { notOlderThan, parseRevision, tooOld } from './read.ts'

/** Receives the events of a watch. Called synchronously; must not throw. */
export interface WatchStream {
  /** Set without a connection to go stale: without timeoutSeconds the watch lasts until its stop. */
  readonly lasting?: true
  changes(batch: Change[]): void
  /** `initialEventsEnd`: the bookmark that closes the synthetic events of `sendInitialEvents`. */
  bookmark(revision: number, initialEventsEnd: boolean): void
  /** The initial events, if any, have been passed on. */
  initialized?(): void
  /** `undefined`: the time is up. */
  end(error?: Error): void
}

const bookmarkMs = 60_000
/** Without timeoutSeconds a watch lasts between one and two of these, so that not all clients come back at once. */
const lifetimeMs = 30 * 60_000

/**
 * Prepares a watch of the cache: the present objects (where the client asked for them), then every change, without a
 * gap. The returned function starts the watch, and returns a function that stops it without an `end`.
 * @throws ApiError 400 or 422 for options that do not fit.
 */
export function watch(request: Request): (stream: WatchStream) => Cancel {
  const { core, served, call } = request
  const { options } = call
  if (served.definition.verbs?.includes('watch') === false || served.definition.answer)
    throw methodNotAllowed(served.type, 'watch')
  const problem = checkWatchOptions(options)
  if (problem) throw problem
  const selection = selectionOf(served.definition, call)
  const asked = options.resourceVersion ?? ''
  const revision = asked === '' ? 0 : parseRevision(asked)

  return (given) => {
    const stream = served.conversion ? convertedWatch(served, given, () => stop()) : given
    let stop: Cancel = () => {}
    let stopped = false
    const begin = () => {
      if (!stopped) stop = follow(core, served, selection, options, revision, stream)
    }
    // A watch of the present shows every write acknowledged before it; others need only their revision.
    const wait = asked === '' ? core.feed.fresh() : options.sendInitialEvents ? notOlderThan(core, revision) : undefined
    if (wait) wait.then(begin, (error: Error) => !stopped && stream.end(error))
    else begin()
    return () => {
      stopped = true
      stop()
    }
  }
}

function follow(
  core: Core,
  { cache }: Served,
  selection: Selection,
  options: CallOptions,
  revision: number,
  stream: WatchStream,
): Cancel {
  const sendsState = options.sendInitialEvents ?? revision === 0
  const timers: Cancel[] = []
  const stop = () => {
    cache.watchers.remove(watcher)
    for (const cancel of timers) cancel()
  }
  const watcher: Watcher = {
    selection,
    changes: (batch) => stream.changes(batch),
    end(error) {
      stop()
      stream.end(error)
    },
  }

  let past: Change[]
  if (sendsState) past = cache.list(selection).map((item) => new Change('ADDED', item))
  else if (revision === 0) past = []
  else {
    const events = cache.eventsAfter(revision)
    if (!events) {
      stream.end(tooOld(revision, core.feed.revision))
      return () => {}
    }
    past = events.flatMap((event) => (covers(selection, event.item) ? (seenBy(selection, event) ?? []) : []))
  }
  cache.watchers.add(watcher)
  if (past.length > 0) stream.changes(past)
  if (options.sendInitialEvents && options.allowWatchBookmarks) stream.bookmark(core.feed.revision, true)
  stream.initialized?.()
  if (options.allowWatchBookmarks)
    timers.push(every(core, bookmarkMs, () => stream.bookmark(core.feed.revision, false)))
  const timeUp = () => {
    stop()
    stream.end()
  }
  if (options.timeoutSeconds) timers.push(core.clock.after(options.timeoutSeconds * 1000, timeUp))
  else if (!stream.lasting) timers.push(core.clock.after(lifetimeMs * (1 + core.random.next()), timeUp))
  return stop
}

/** Checks namespace and name of a selection; for live events, the index of watchers does. */
const covers = ({ namespace, name }: Selection, item: Item): boolean =>
  (namespace === undefined || item.namespace === namespace) && (name === undefined || item.name === name)

function every({ clock, random }: Core, ms: number, action: () => void): Cancel {
  let cancel: Cancel
  const again = () => {
    cancel = clock.after(ms, () => {
      again()
      action()
    })
  }
  cancel = clock.after(ms * (0.8 + 0.2 * random.next()), () => {
    again()
    action()
  })
  return () => cancel()
}

function checkWatchOptions(options: CallOptions): ApiError | undefined {
  const { sendInitialEvents, resourceVersionMatch: match } = options
  const problems = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    problems.push(
      fieldError.forbidden(
        'resourceVersionMatch',
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    )
  if (match && sendInitialEvents === undefined)
    problems.push(
      fieldError.forbidden(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      ),
    )
  if (match && match !== 'NotOlderThan' && match !== 'Exact')
    problems.push(fieldError.notSupported('resourceVersionMatch', match, ['NotOlderThan']))
  if (options.continue) problems.push(fieldError.forbidden('continue', 'continue is forbidden for watch'))
  return problems.length > 0 ? invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', problems) : undefined
}
