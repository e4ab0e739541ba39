/** Time as a parameter: only `systemClock` reads the machine's clock, so that tests can move time. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number
  /** Runs `callback` once after `ms` milliseconds. The returned function cancels it. */
  after(ms: number, callback: () => void): Cancel
}

/** Cancels a timer. */
export type Cancel = () => void

/** The machine's own clock. Its timers do not keep a process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer: unknown = setTimeout(callback, Math.min(ms, 0x7fffffff))
    if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
      timer.unref()
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0])
  },
}

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted; never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal?.addEventListener('abort', done)
  })
}

/** `metav1.Time`: RFC 3339, whole seconds, UTC. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== formatted.second)
    formatted = { second, text: `${new Date(Math.min(ms, lastMs)).toISOString().slice(0, 19)}Z` }
  return formatted.text
}
/** Most times are now: the last one is kept. */
let formatted = { second: Number.NaN, text: '' }
/** RFC 3339 has no later time. */
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59)
/** `metav1.MicroTime`: RFC 3339 with six decimals, UTC. */
export const formatMicroTime = (ms: number): string => new Date(ms).toISOString().replace(/Z$/, '000Z')
