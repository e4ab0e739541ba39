import type { Clock } from '../api/clock.ts'

/** How long a key that failed has to wait. */
export interface RateLimiter {
  /** Counts a failure; answers the wait in milliseconds. */
  next(key: string): number
  /** It went well: the next failure is the first one again. */
  forget(key: string): void
  failures(key: string): number
}

/**
 * The longer of two: per key 5 ms doubling to 1000 s, and a bucket for all keys of 10 a second with a burst of 100.
 * (client-go's DefaultTypedControllerRateLimiter.)
 */
export function controllerRateLimiter(clock: Clock, { firstMs = 5, longestMs = 1_000_000 } = {}): RateLimiter {
  const failures = new Map<string, number>()
  const bucket = tokenBucket(clock, { perSecond: 10, burst: 100 })
  return {
    next(key) {
      const before = failures.get(key) ?? 0
      failures.set(key, before + 1)
      return Math.max(Math.min(firstMs * 2 ** before, longestMs), bucket.reserve())
    },
    forget: (key) => void failures.delete(key),
    failures: (key) => failures.get(key) ?? 0,
  }
}

export interface TokenBucket {
  /** Takes a token, if need be one of the future; answers the milliseconds until it is there. */
  reserve(): number
  /** Takes a token if there is one. */
  tryTake(): boolean
}

/** Fills at `perSecond` up to `burst`; begins full. */
export function tokenBucket(clock: Clock, { perSecond, burst }: { perSecond: number; burst: number }): TokenBucket {
  let tokens = burst
  let last = clock.now()
  function fill(): void {
    const now = clock.now()
    tokens = Math.min(burst, tokens + (Math.max(0, now - last) / 1000) * perSecond)
    last = now
  }
  return {
    reserve() {
      fill()
      tokens -= 1
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000
    },
    tryTake() {
      fill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
