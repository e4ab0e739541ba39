import type { Clock } from '../api/clock.ts'

/** Computes how long a failed key has to wait. */
export interface RateLimiter {
  /** Counts a failure; returns the wait in milliseconds. */
  next(key: string): number
  /** Forgets the failures of a key that has succeeded. */
  forget(key: string): void
  failures(key: string): number
}

/**
 * The longer of two waits: per key 5 ms doubling to 1000 s, and for all keys a bucket of 10 a second with a burst of 100.
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
  /** Takes a token, possibly a future one; returns the milliseconds until it is available. */
  reserve(): number
  /** Takes a token if one is available. */
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
