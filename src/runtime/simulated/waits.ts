import type { Clock } from '../../api/clock.ts'

/** A clock that somebody stops waiting for. */
export interface EndingClock extends Clock {
  /** What waits has waited long enough: it would wait for a clock that nobody may turn any more. */
  end(): void
}

export function endingClock(clock: Clock): EndingClock {
  const waiting = new Set<() => void>()
  return {
    now: () => clock.now(),
    after(ms, callback) {
      const run = () => {
        cancel()
        callback()
      }
      const timer = clock.after(ms, run)
      const cancel = () => {
        waiting.delete(run)
        timer()
      }
      waiting.add(run)
      return cancel
    },
    end() {
      for (const run of [...waiting]) run()
    },
  }
}
