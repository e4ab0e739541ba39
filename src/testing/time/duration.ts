/** Milliseconds, or with a unit: `'1h30m'`, `'90s'`, `'250ms'`. */
export type Duration = number | string

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `'1h30m'`. @throws TypeError on anything else. */
export function parseDuration(text: string): number {
  let sum = 0
  const rest = text.replace(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g, (_, count: string, unit: string) => {
    sum += Number(count) * (units[unit] ?? 0)
    return ''
  })
  if (rest || !text) throw notOne(`"${text}"`)
  return sum
}

/** Milliseconds, from 0 on. @throws TypeError */
export function durationMs(duration: Duration): number {
  if (typeof duration === 'string') return parseDuration(duration)
  if (typeof duration === 'number' && duration >= 0 && duration < Number.POSITIVE_INFINITY) return duration
  throw notOne(String(duration))
}

const notOne = (what: string) =>
  new TypeError(`not a duration: ${what}; durations are milliseconds, or such as '90s', '1h30m', '250ms'`)
