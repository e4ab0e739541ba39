import { Cron } from 'croner'
import { type CronTimes, parseCron } from '../../api/cron.ts'
import { nextShift, type TimeZone, timeZone, utc } from './time-zone.ts'

/** When a CronJob is due. */
export interface Schedule {
  zone: TimeZone
  /** The first time after an instant, in milliseconds since 1970; undefined: never. */
  next(after: number): number | undefined
}

/** @throws TypeError for a schedule that cannot be read, RangeError for an unknown zone. */
export function scheduleOf(text: string, zoneName: string | undefined): Schedule {
  const zone = timeZone(zoneName)
  const cron = parseCron(text)
  if ('everyMs' in cron) return { zone, next: (after) => Math.floor(after / 1000) * 1000 + cron.everyMs }
  const onWall = wallClock(cron)
  return { zone, next: remembering((after) => nextInZone(onWall, zone, after)) }
}

/** Caches the last answer: the next time after an instant is the next time after each later instant up to it. */
function remembering(next: Schedule['next']): Schedule['next'] {
  let known: { from: number; next: number } | undefined
  return (after) => {
    if (known && after >= known.from && after < known.next) return known.next
    const found = next(after)
    if (found !== undefined) known = { from: after, next: found }
    return found
  }
}

/** The next time on a wall clock: an instant whose UTC date and time are the clock's reading. */
type WallClock = (after: number) => number | undefined

/** Croner finds it, on a clock that knows no zones; it sets no timers. */
function wallClock({ minutes, hours, daysOfMonth, months, daysOfWeek }: CronTimes): WallClock {
  const days = (some: number[] | undefined) => (some ? some.join(',') : '*')
  const pattern = `0 ${minutes} ${hours} ${days(daysOfMonth)} ${months} ${days(daysOfWeek)}`
  const cron = new Cron(pattern, { timezone: 'UTC', paused: true, mode: '6-part' })
  return (after) => cron.nextRun(new Date(after))?.getTime()
}

/**
 * Skips a local time that does not exist because clocks go forward; a time that comes twice counts twice, as with
 * upstream's library. So it searches each stretch of time with one offset by itself.
 */
function nextInZone(onWall: WallClock, zone: TimeZone, after: number): number | undefined {
  for (let from = after; ; ) {
    const offset = zone.offsetAt(from)
    const wall = onWall(from + offset)
    if (wall === undefined) return undefined
    const next = wall - offset
    const shift = zone === utc ? undefined : nextShift(zone, from, next)
    if (shift === undefined) return next
    // The moment of the shift may match, too.
    const atShift = shift + zone.offsetAt(shift)
    if (onWall(atShift - 1000) === atShift) return shift
    from = shift
  }
}

export interface Missed {
  /** The latest time that has come since `earliest`. */
  latest?: number
  /** There were more than a hundred. */
  tooMany: boolean
}

/**
 * The times since `earliest` (excluded) up to `now` (included). Looks back from now instead of counting all, so that years
 * of missed minutes cost nothing. @throws RangeError if times are less than a second apart or there are none.
 */
export function missedSince({ next }: Schedule, earliest: number, now: number): Missed {
  const first = next(earliest)
  if (first !== undefined && first > now) return { tooMany: false }
  const second = first === undefined ? undefined : next(first)
  if (first === undefined || second === undefined || second - first < 1000)
    throw new RangeError('time difference between two schedules is less than 1 second')
  if (second > now) return { latest: first, tooMany: false }
  const gap = second - first
  const count = Math.floor((now - first) / gap) + 1
  let latest = first
  // Go back by whole gaps from the first: an interval keeps its phase.
  for (let back = 2; latest === first; back *= 2) {
    const from = Math.max(first, first + (count - back) * gap)
    for (let time = next(from); time !== undefined && time <= now; time = next(time)) latest = time
    if (from === first) break
  }
  return { latest, tooMany: count > 100 }
}
