import type { Cancel, Clock } from './clock.ts'

/** A clock that can tell apart what has to happen and what goes round: `testing/time/clock.ts`. */
export interface RoutineClock extends Clock {
  /** As `after`, but the turn may be put off while time is moved on in leaps. */
  routine(ms: number, callback: () => void): Cancel
}

/**
 * As `clock.after`, for a turn of work that goes round every few seconds or minutes and changes nothing that anybody
 * looks at while all is well: a heartbeat, a look whether something has changed. On the machine's clock each turn has its
 * time. One that is moved by hand leaps over them, the last ones aside, so that a month of them costs next to nothing.
 * Where a turn has something to do, it is not routine: ask for it with `after`.
 */
export const routinely = (clock: Clock, ms: number, callback: () => void): Cancel =>
  'routine' in clock ? (clock as RoutineClock).routine(ms, callback) : clock.after(ms, callback)
