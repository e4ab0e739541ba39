import type { Cancel, Clock } from '../api/clock.ts'
import { nextTurn } from '../client/turn.ts'

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /**
   * Moves time by milliseconds or by `'1h30m'`, `'10m'`, `'5s'`, `'200ms'`: runs the timers that become due in order,
   * each at its own time, and between two instants lets settle what they set off.
   */
  advance(by: number | string): Promise<void>
  /** As `advance`, to a time: milliseconds since 1970, a date, or its text. @throws RangeError when that is past. */
  advanceTo(time: number | string | Date): Promise<void>
  /** When the next timer is due, in milliseconds since 1970; undefined: there is none. */
  readonly nextTimer: number | undefined
}

/**
 * `start` is milliseconds since 1970 or a date; default 2026-01-01T00:00:00Z. `settle` says how to let settle what the
 * timers of one instant set off; default: a few turns of the event loop.
 */
export function virtualClock(
  start: number | string = '2026-01-01T00:00:00Z',
  settle: () => Promise<void> = fewTurns,
): VirtualClock {
  let now = typeof start === 'string' ? Date.parse(start) : start
  let order = 0
  const timers: Timer[] = []

  function next(): Timer | undefined {
    while (timers[0]?.cancelled) pop(timers)
    return timers[0]
  }

  async function advanceTo(end: number): Promise<void> {
    await settle()
    for (let timer = next(); timer && timer.due <= end; timer = next()) {
      now = Math.max(now, timer.due)
      const newest = order
      for (let due: Timer | undefined = timer; due && due.due <= now && due.order < newest; due = next()) {
        pop(timers)
        due.callback()
      }
      await settle()
    }
    now = end
  }

  return {
    now: () => now,
    after(ms, callback): Cancel {
      const timer: Timer = { due: now + Math.max(0, ms), order: order++, callback, cancelled: false }
      push(timers, timer)
      return () => {
        timer.cancelled = true
      }
    },
    advance: (by) => advanceTo(now + (typeof by === 'string' ? parseDuration(by) : by)),
    async advanceTo(time) {
      const end = typeof time === 'number' ? time : new Date(time).getTime()
      if (!(end >= now)) throw new RangeError(`${String(time)} is not after ${new Date(now).toISOString()}`)
      await advanceTo(end)
    },
    get nextTimer() {
      return next()?.due
    },
  }
}

interface Timer {
  due: number
  order: number
  callback: () => void
  cancelled: boolean
}

async function fewTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `'1h30m'`. @throws on anything else. */
export function parseDuration(text: string): number {
  let sum = 0
  const rest = text.replace(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g, (_, count: string, unit: string) => {
    sum += Number(count) * (units[unit] ?? 0)
    return ''
  })
  if (rest || !text) throw new TypeError(`not a duration: "${text}"`)
  return sum
}

const before = (a: Timer, b: Timer) => a.due < b.due || (a.due === b.due && a.order < b.order)

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length
  for (; at > 0; ) {
    const parent = (at - 1) >> 1
    const above = heap[parent]
    if (!above || !before(timer, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = timer
}

function pop(heap: Timer[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    const left = heap[child]
    if (!left) break
    const right = heap[child + 1]
    if (right && before(right, left)) child++
    const smaller = heap[child] ?? left
    if (!before(smaller, last)) break
    heap[at] = smaller
    at = child
  }
  heap[at] = last
}
