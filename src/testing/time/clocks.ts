import { type Clock, systemClock } from '../../api/clock.ts'
import { type Leap, type VirtualClock, virtualClock } from './clock.ts'

/** Which clock a cluster runs on; see `TestClusterOptions`. */
export interface ClockOptions {
  clock?: 'virtual' | 'real' | Clock
  start?: number | string | Date
}

/** The clock of all parts, and its form that tests can move. */
export interface Clocks {
  clock: Clock
  time: VirtualClock
}

/** `settle` and `mayLeap` are a virtual clock's. */
export function clocksOf(
  { clock = 'virtual', start }: ClockOptions,
  settle: () => Promise<void>,
  mayLeap: () => Leap,
): Clocks {
  if (clock === 'virtual') {
    const time = virtualClock(start, settle, mayLeap)
    return { clock: time, time }
  }
  const given = clock === 'real' ? systemClock : clock
  return { clock: given, time: isVirtual(given) ? given : unmovable(given) }
}

const isVirtual = (clock: Clock): clock is VirtualClock => 'advance' in clock

/** Real time passes by itself: `advance` can only wait for it. */
function unmovable(clock: Clock): VirtualClock {
  return {
    ...clock,
    advance: () => Promise.reject(new TypeError('the clock of this cluster is real: it cannot be moved')),
    advanceTo: (to) =>
      new Promise<void>((resolve) => void clock.after(Math.min(10, new Date(to).getTime() - clock.now()), resolve)),
    nextTimer: undefined,
    routine: clock.after,
    stir: () => undefined,
  }
}
