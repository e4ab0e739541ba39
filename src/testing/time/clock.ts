import type { Cancel } from '../../api/clock.ts'
import type { RoutineClock } from '../../api/routine.ts'
import { nextTurn } from '../../api/turn.ts'
import { type Duration, durationMs } from '../duration.ts'

/** A clock that stands still until a test moves it. */
export interface VirtualClock extends RoutineClock {
  /**
   * Moves time by milliseconds or by `'1h30m'`, `'10m'`, `'5s'`, `'200ms'`: runs due timers in order, each at its own time,
   * and lets the cluster settle at each instant. Time does not go back. @throws TypeError
   */
  advance(by: Duration): Promise<void>
  /** As `advance`, to a time: milliseconds since 1970, a date, or its text. @throws RangeError if it is past or invalid. */
  advanceTo(time: number | string | Date): Promise<void>
  /** When the next timer is due, in milliseconds since 1970; undefined: there is none. */
  readonly nextTimer: number | undefined
  /**
   * Reports an event from outside: all routine work runs at its own times for the next minutes. Resolves when skipped routine
   * work has been caught up on; undefined: none was skipped.
   */
  stir(): Promise<void> | undefined
}

/** Whether time may leap over routine work: at once, not at present, or not for the next round. */
export type Leap = 'leap' | 'stay' | 'not soon'

/** Slightly more than the longest period of routine work: time never leaps over work with a longer period. */
const roundMs = 6 * 60_000

/**
 * `start` is milliseconds since 1970 or a date; default 2026-01-01T00:00:00Z. `settle` waits for the work that the timers of
 * one instant start; default: a few turns of the event loop.
 *
 * `mayLeap` allows leaps: to skip routine work while all is well, from a round after the last event from outside (`advance`
 * is one) to a round before the end of an `advance`. Then each skipped work runs once, at once, in order. Other timers run at
 * their own times in any case. Default: no leaps.
 */
export function virtualClock(
  start: number | string | Date = '2026-01-01T00:00:00Z',
  settle: () => Promise<void> = fewTurns,
  mayLeap: () => Leap = () => 'stay',
): VirtualClock {
  let now = timeOf(start)
  let order = 0
  let restless = now
  const timers: Timer[] = []
  const routine: Timer[] = []
  const stirred: (() => void)[] = []

  const add = (heap: Timer[], wait: number, callback: () => void): Cancel => {
    const ms = Math.max(0, wait)
    const timer: Timer = { due: now + ms, ms, order: order++, callback, cancelled: false }
    push(heap, timer)
    return () => {
      timer.cancelled = true
    }
  }

  const earliest = (): Timer[] => {
    const [timer, turn] = [first(timers), first(routine)]
    return turn && !(timer && before(timer, turn)) ? routine : timers
  }

  const mayLeapTo = (landing: number): boolean => {
    const due = first(routine)?.due
    if (due === undefined || due >= landing || now < restless || now >= landing) return false
    const leap = mayLeap()
    if (leap === 'not soon') restless = now + roundMs
    return leap === 'leap'
  }

  /** Runs the next due timer, at its time, or leaps to a round before the end. False: nothing is due until `end`. */
  function step(end: number): boolean {
    const landing = end - roundMs
    const leaping = mayLeapTo(landing)
    const { due = Number.POSITIVE_INFINITY } = first(leaping ? timers : earliest()) ?? {}
    if (leaping && due > landing) {
      now = landing
      return true
    }
    if (due > end) return false
    now = Math.max(now, due)
    const newest = order
    for (;;) {
      const heap = leaping ? timers : earliest()
      const timer = first(heap)
      if (!timer || timer.due > due || timer.order >= newest) return true
      pop(heap)
      timer.callback()
    }
  }

  const isBehind = (): boolean => (first(routine)?.due ?? now) < now

  /** Runs all skipped work once, shortest period first, since the others check its results. */
  async function makeUp(): Promise<void> {
    const left: Timer[] = []
    for (let turn = first(routine); turn && turn.due < now; turn = first(routine)) {
      pop(routine)
      left.push(turn)
    }
    left.sort((a, b) => a.ms - b.ms || a.order - b.order)
    for (const turn of left) {
      if (turn.cancelled) continue
      turn.callback()
      await settle()
    }
  }

  async function advanceTo(end: number): Promise<void> {
    restless = now + roundMs
    await settle()
    while (step(end)) {
      await settle()
      if (!isBehind() || mayLeapTo(end - roundMs)) continue
      await makeUp()
      for (const done of stirred.splice(0)) done()
    }
    now = end
  }

  return {
    now: () => now,
    after: (ms, callback) => add(timers, ms, callback),
    routine: (ms, callback) => add(ms < roundMs ? routine : timers, ms, callback),
    stir() {
      restless = now + roundMs
      return isBehind() ? new Promise((resolve) => stirred.push(resolve)) : undefined
    },
    advance: async (by) => advanceTo(now + durationMs(by)),
    async advanceTo(time) {
      const end = timeOf(time)
      if (end < now)
        throw new RangeError(`${new Date(end).toISOString()} is past: it is ${new Date(now).toISOString()}`)
      await advanceTo(end)
    },
    get nextTimer() {
      return first(earliest())?.due
    },
  }
}

/** The next valid entry of a heap. */
function first(heap: Timer[]): Timer | undefined {
  while (heap[0]?.cancelled) pop(heap)
  return heap[0]
}

interface Timer {
  due: number
  /** The requested delay. */
  ms: number
  order: number
  callback: () => void
  cancelled: boolean
}

/** Milliseconds since 1970. */
function timeOf(given: number | string | Date): number {
  const time = given instanceof Date || typeof given === 'string' ? new Date(given).getTime() : given
  if (Number.isFinite(time)) return time
  throw new RangeError(`not a time: ${String(given)}; times are dates, milliseconds, or such as '2026-01-01T00:00:00Z'`)
}

async function fewTurns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
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
