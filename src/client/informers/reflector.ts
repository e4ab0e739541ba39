import type { WatchEvent } from '../../api/call.ts'
import { type Clock, sleep } from '../../api/clock.ts'
import { ApiError } from '../../api/errors.ts'
import type { Log } from '../../api/log.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Client } from '../client.ts'
import type { InformerScope } from './informer.ts'

/** Receives a reflector's objects: the whole set at first and after a gap, then each change. */
export interface ReflectorSink<T> {
  replace(objects: Stored<T>[], revision: string): void
  apply(batch: WatchEvent<Stored<T>>[]): void
}

/**
 * The state of a reflector.
 *
 * - `list`: asks for everything. On success -> `watch`; on failure -> `wait`, then `list`.
 * - `watch`: follows changes from `revision`. Ended in good order -> `watch` from the newest revision seen. 410, or an
 *   answer that shows that the revision is unknown -> `list` of the newest. Any other failure -> `wait`, then `watch`.
 * - `wait`: backs off: 0.8 s doubling to 30 s (to 5 s while no server answers), jittered up to double, forgotten after 2 minutes without a failure.
 */
type State =
  | { at: 'list'; revision: string }
  | { at: 'watch'; revision: string }
  | { at: 'wait'; next: State; failure: unknown }

const firstWaitMs = 800
const longestWaitMs = 30_000
/** The longest wait while no server answers: a client that still waits long after its return looks broken itself. */
const longestWaitForServerMs = 5_000
const forgetFailuresAfterMs = 120_000
const shortestWatchSeconds = 300

/** Passes all objects of one resource and their changes to `sink`, until `signal` is aborted. */
export async function reflect<T>(
  { client, clock, random, log }: { client: Client; clock: Clock; random: Random; log: Log },
  resource: ResourceType<T>,
  scope: InformerScope,
  sink: ReflectorSink<T>,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0
  let lastFailure = 0
  const name = `${resource.apiVersion}/${resource.resource}`

  async function list(revision: string): Promise<State> {
    try {
      // Any revision that the server has will do at first; after that, never one older than the newest seen.
      const answer = await client.list(resource, { ...scope, resourceVersion: revision })
      if (!signal.aborted) sink.replace(answer.items, answer.metadata.resourceVersion)
      return { at: 'watch', revision: answer.metadata.resourceVersion }
    } catch (failure) {
      if (isGone(failure) && revision) return { at: 'list', revision: '' }
      return { at: 'wait', next: { at: 'list', revision: isGone(failure) ? '' : revision }, failure }
    }
  }

  async function watch(revision: string): Promise<State> {
    const started = clock.now()
    let newest = revision
    let refused: ApiError | undefined
    const stop = new AbortController()
    const renewal = client.inProcess ? {} : { allowWatchBookmarks: true, timeoutSeconds: watchSeconds(random) }
    try {
      await client.watch(
        resource,
        {
          ...scope,
          resourceVersion: revision,
          ...renewal,
          signal: AbortSignal.any([signal, stop.signal]),
        },
        (batch) => {
          if (signal.aborted || refused) return
          const bad = batch.findIndex((event) => event.type === 'ERROR')
          const good = bad < 0 ? batch : batch.slice(0, bad)
          const last = good.at(-1)
          if (last) {
            newest = last.object.metadata.resourceVersion
            sink.apply(good)
          }
          if (bad >= 0) {
            refused = errorOf(batch[bad]?.object)
            stop.abort()
          }
        },
      )
      if (refused) throw refused
      // A watch that ends at once without an event would make us spin.
      const useless = clock.now() - started < 1000 && newest === revision
      const again: State = { at: 'watch', revision: newest }
      return useless ? { at: 'wait', next: again, failure: new Error('very short watch') } : again
    } catch (failure) {
      if (isGone(failure)) return { at: 'list', revision: '' }
      return { at: 'wait', next: { at: 'watch', revision: newest }, failure }
    }
  }

  async function wait({ next, failure }: { next: State; failure: unknown }): Promise<State> {
    if (signal.aborted) return next
    if (clock.now() - lastFailure > forgetFailuresAfterMs) failures = 0
    lastFailure = clock.now()
    const longest = failure instanceof ApiError ? longestWaitMs : longestWaitForServerMs
    const base = Math.min(firstWaitMs * 2 ** failures++, longest)
    log.warn(`${next.at} of ${name} failed, will try again`, { error: String(failure) })
    const asked = failure instanceof ApiError ? (failure.retryAfterSeconds ?? 0) * 1000 : 0
    await sleep(clock, Math.max(asked, base * (1 + random.next())), signal)
    return next
  }

  let state: State = { at: 'list', revision: '0' }
  while (!signal.aborted) {
    if (state.at === 'list') state = await list(state.revision)
    else if (state.at === 'watch') state = await watch(state.revision)
    else state = await wait(state)
  }
}

const watchSeconds = (random: Random): number => shortestWatchSeconds + Math.floor(random.next() * shortestWatchSeconds)

/** The requested revision is too old, or unknown to this server: only a new list helps. */
function isGone(failure: unknown): boolean {
  if (!(failure instanceof ApiError)) return false
  const tooLarge = failure.status.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge')
  return failure.code === 410 || tooLarge === true
}

function errorOf(object: unknown): ApiError {
  const {
    code = 500,
    reason = '',
    message = 'the watch failed',
    details,
  } = (object ?? {}) as Partial<ApiError['status']>
  return new ApiError(code, reason, message, details)
}
