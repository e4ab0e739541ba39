import type { Clock } from '../../api/clock.ts'

/** A clock that callers can stop waiting for. */
export interface EndingClock extends Clock {
  /** Ends all waits, since nothing may turn the clock any more. */
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
