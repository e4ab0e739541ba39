/** A time zone of the IANA database. */
export interface TimeZone {
  /** Milliseconds by which local time is ahead of UTC at an instant. */
  offsetAt(instant: number): number
}

export const utc: TimeZone = { offsetAt: () => 0 }

/** @throws RangeError for an unknown name. */
export function timeZone(name: string | undefined): TimeZone {
  if (!name || name === 'UTC') return utc
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return {
    offsetAt(instant) {
      const of = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
      const { year = 0, month = 1, day, hour, minute, second } = of
      return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
    },
  }
}

/** RFC 3339 with the zone's own offset: `2026-03-08T01:30:00-05:00`. */
export function formatIn(zone: TimeZone, instant: number): string {
  const offset = zone.offsetAt(instant)
  const local = new Date(instant + offset).toISOString().slice(0, 19)
  if (offset === 0) return `${local}Z`
  const minutes = Math.abs(offset) / 60_000
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

const dayMs = 86_400_000

/** The first instant after `from`, up to `to`, at which the zone's offset changes; undefined: it does not. */
export function nextShift(zone: TimeZone, from: number, to: number): number | undefined {
  const before = zone.offsetAt(from)
  for (let start = from; start < to; start += dayMs) {
    let end = Math.min(start + dayMs, to)
    if (zone.offsetAt(end) === before) continue
    while (end - start > 1) {
      const middle = Math.floor((start + end) / 2)
      if (zone.offsetAt(middle) === before) start = middle
      else end = middle
    }
    return end
  }
  return undefined
}
