import type { Cancel, Clock } from './clock.ts'

/** A clock that distinguishes routine work from other timers: `testing/time/clock.ts`. */
export interface RoutineClock extends Clock {
  /** As `after`, but a leap of the clock may postpone the call. */
  routine(ms: number, callback: () => void): Cancel
}

/**
 * As `clock.after`, for periodic work that changes nothing visible while all is well: a heartbeat, a check for changes. The
 * machine's clock runs each turn at its time. A virtual clock leaps over all but the last turns, so that a month of them
 * costs next to nothing. A turn that has something to do is not routine: use `after`.
 */
export const routinely = (clock: Clock, ms: number, callback: () => void): Cancel =>
  'routine' in clock ? (clock as RoutineClock).routine(ms, callback) : clock.after(ms, callback)
