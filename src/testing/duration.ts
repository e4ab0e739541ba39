import { durationUnits, parseDuration as parse } from '../api/duration.ts'

/** Milliseconds, or with a unit: `'1h30m'`, `'90s'`, `'250ms'`. */
export type Duration = number | string

const units = { ...durationUnits, d: 86_400_000 }

/** Milliseconds of `'1h30m'`. @throws TypeError on anything else. */
export function parseDuration(text: string): number {
  const ms = parse(text, units)
  if (ms === undefined) throw notOne(`"${text}"`)
  return ms
}

/** Milliseconds, from 0 on. @throws TypeError */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'string') return parseDuration(duration)
  if (typeof duration === 'number' && duration >= 0 && duration < Number.POSITIVE_INFINITY) return duration
  throw notOne(String(duration))
}

const notOne = (what: string) =>
  new TypeError(`not a duration: ${what}; durations are milliseconds, or such as '90s', '1h30m', '250ms'`)
