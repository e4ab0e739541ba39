import type { Cancel, Clock } from '../api/clock.ts'
import { codeOf, messageOf } from '../api/errors.ts'
import type { Log } from '../api/log.ts'
import { routinely } from '../api/routine.ts'
import { nextTurn } from '../api/turn.ts'
import { controllerRateLimiter, type RateLimiter } from './rate-limit.ts'

export interface WorkQueueOptions {
  /** For the log. */
  name: string
  clock: Clock
  log: Log
  /**
   * Works on one key. May return when to call it again; the queue logs a failure and retries after a back-off.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: work that has nothing to ask for returns nothing
  work(key: string): Promise<void | Requeue>
  /** Number of keys in work at the same time. Default 5. */
  workers?: number
  /** Default: client-go's for controllers. */
  rateLimiter?: RateLimiter
  /** Called after each failure. */
  failed?(key: string, failure: Failure): void
}

/** The failures of a key since its last success. */
export interface Failure {
  /** Failures in a row. */
  times: number
  /** How many of these, up to the last, have the same message, but for numbers, ids and generated names. */
  alike: number
  /** The last error. */
  error: unknown
  /** Time of the last failure, in milliseconds since 1970. */
  at: number
}

/** When to work on a key again. */
export interface Requeue {
  requeueAfterMs: number
  /** A check that most likely finds nothing to do: see `api/routine.ts`. */
  routine?: boolean
}

/**
 * Keys to work on. A key that is added many times before its turn gets one turn; a key added while it is in work gets
 * another turn afterwards; the queue never works on a key twice at once. Order is first come, first served.
 */
export interface WorkQueue {
  /** Queues the key for the next free worker; a key that waits already is queued once. */
  add(key: string): void
  /** Adds the key after `ms`, or earlier if it is due earlier already. */
  addAfter(key: string, ms: number): void
  /** Adds the key after the back-off of a failure. */
  addRateLimited(key: string): void
  /** Starts the work; until then the queue only collects keys. */
  start(): void
  /** Takes no more keys. Work under way continues. */
  stop(): void
  /** No key waits for its turn or is in work. Keys that wait for their time do not count. */
  readonly idle: boolean
  /** Keys waiting for their turn. */
  readonly length: number
  /** Keys waiting for their time. */
  readonly delayed: number
  /** Failures without a success since, by key. */
  readonly failures: ReadonlyMap<string, Failure>
  /** Queues a failed key at once, not after its back-off. */
  retry(key: string): void
}

/** Keys started before I/O and timers get a chance. */
const keysPerTurn = 50

export function workQueue({ name, clock, log, work, workers = 5, ...options }: WorkQueueOptions): WorkQueue {
  const limiter = options.rateLimiter ?? controllerRateLimiter(clock)
  const waiting = new Set<string>()
  const running = new Set<string>()
  const again = new Set<string>()
  const failures = new Map<string, Failure>()
  const later = delays(clock, add)
  let started = false
  let stopped = false
  let dispatching = false

  function add(key: string): void {
    if (stopped) return
    if (running.has(key)) again.add(key)
    else waiting.add(key)
    dispatch()
  }

  function addAfter(key: string, ms: number, isRoutine = false): void {
    if (stopped) return
    if (ms <= 0) add(key)
    else later.add(key, ms, isRoutine)
  }

  /** Never starts work in the caller's own turn, so that one turn handles changes that come together. */
  async function dispatch(): Promise<void> {
    if (dispatching || !started || stopped) return
    dispatching = true
    await Promise.resolve()
    let begun = 0
    while (!stopped && running.size < workers) {
      const [key] = waiting
      if (key === undefined) break
      waiting.delete(key)
      running.add(key)
      void run(key)
      if (++begun % keysPerTurn === 0) await nextTurn()
    }
    dispatching = false
  }

  let sinceTurn = 0
  async function run(key: string): Promise<void> {
    try {
      const result = await work(key)
      limiter.forget(key)
      failures.delete(key)
      if (result) addAfter(key, result.requeueAfterMs, result.routine)
    } catch (error) {
      // Another writer was faster, which is normal.
      const level = codeOf(error) === 409 ? 'debug' : 'warn'
      log[level](`${name}: working on ${key || 'its key'} failed, will try again`, { error: textOf(error) })
      if (!stopped) {
        const failure = next(failures.get(key), error, clock.now())
        failures.set(key, failure)
        options.failed?.(key, failure)
        addAfter(key, limiter.next(key))
      }
    }
    // Work that never leaves the process would block I/O and timers as long as there are keys.
    if (++sinceTurn >= keysPerTurn) {
      sinceTurn = 0
      await nextTurn()
    }
    running.delete(key)
    if (again.delete(key) && !stopped) waiting.add(key)
    void dispatch()
  }

  return {
    add,
    addAfter: (key, ms) => addAfter(key, ms),
    addRateLimited: (key) => addAfter(key, limiter.next(key)),
    start() {
      started = true
      void dispatch()
    },
    stop() {
      stopped = true
      later.stop()
      waiting.clear()
      again.clear()
      failures.clear()
    },
    get idle() {
      return waiting.size === 0 && running.size === 0
    },
    get length() {
      return waiting.size
    },
    get delayed() {
      return later.size
    },
    failures,
    retry(key) {
      if (!failures.has(key)) return
      later.cancel(key)
      add(key)
    },
  }
}

function next(before: Failure | undefined, error: unknown, at: number): Failure {
  const isAlike = before !== undefined && gistOf(before.error) === gistOf(error)
  return { times: (before?.times ?? 0) + 1, alike: isAlike ? before.alike + 1 : 1, error, at }
}

/** What an error says, without what differs each time: words with a digit in them, and random ends as of `generateName`. */
function gistOf(error: unknown): string {
  return String(error).replace(/[\w-]+/g, (word) => (/\d|-[bcdfghjklmnpqrstvwxz]{5}$/.test(word) ? '#' : word))
}

/** Keys that wait for their time. A key waits once, for the earliest requested time. */
function delays(clock: Clock, ready: (key: string) => void) {
  const timers = new Map<string, { due: number; routine: boolean; cancel: Cancel }>()

  function add(key: string, ms: number, isRoutine: boolean): void {
    const present = timers.get(key)
    const due = Math.min(clock.now() + ms, present?.due ?? Number.POSITIVE_INFINITY)
    const routine = isRoutine && (present?.routine ?? true)
    if (present?.due === due && present.routine === routine) return
    present?.cancel()
    const fire = () => {
      timers.delete(key)
      ready(key)
    }
    const wait = due - clock.now()
    timers.set(key, { due, routine, cancel: routine ? routinely(clock, wait, fire) : clock.after(wait, fire) })
  }

  function cancel(key: string): void {
    timers.get(key)?.cancel()
    timers.delete(key)
  }

  return {
    add,
    cancel,
    stop() {
      for (const key of [...timers.keys()]) cancel(key)
    },
    get size() {
      return timers.size
    },
  }
}

const textOf = (error: unknown): string => (error instanceof Error && error.stack) || messageOf(error)
