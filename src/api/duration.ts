/** Milliseconds of the units that Go's `time.ParseDuration` knows, from milliseconds on. */
export const durationUnits = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of a duration as Go writes it: `40s`, `1m30s`, `1.5h`, `0`; undefined for anything else. */
export function parseDuration(text: string, units: Record<string, number> = durationUnits): number | undefined {
  if (text === '0') return 0
  let sum = 0
  const rest = text.replace(/(\d+(?:\.\d+)?)([a-z]+)/g, (part, count: string, unit: string) => {
    const ms = units[unit]
    sum += Number(count) * (ms ?? 0)
    return ms === undefined ? part : ''
  })
  return rest || !text ? undefined : sum
}
