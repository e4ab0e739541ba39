/** A cron schedule: the matching times and days, or an interval. */
export type CronSchedule = CronTimes | CronInterval

/** Ascending. */
export interface CronTimes {
  minutes: number[]
  hours: number[]
  /** 1 to 31; undefined: `*`. If both kinds of days are given, either may match. */
  daysOfMonth: number[] | undefined
  months: number[]
  /** From Sunday, 0; undefined: `*`. */
  daysOfWeek: number[] | undefined
}

export interface CronInterval {
  everyMs: number
}

interface Part {
  low: number
  high: number
  names?: Record<string, number>
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const numbered = (names: string[], first: number) => Object.fromEntries(names.map((name, i) => [name, i + first]))

const parts: Part[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: numbered(monthNames, 1) },
  { low: 0, high: 6, names: numbered(dayNames, 0) },
]
const descriptors: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/**
 * Parses five parts of lists of ranges with steps, a word like `@daily`, or `@every 1h30m`. Refuses day 7 of the week, as
 * upstream's parser does. @throws TypeError with that parser's message.
 */
export function parseCron(schedule: string): CronSchedule {
  if (schedule.startsWith('@every ')) return { everyMs: parseInterval(schedule) }
  const known = descriptors[schedule]
  if (schedule.startsWith('@') && known === undefined) throw new TypeError(`unrecognized descriptor: ${schedule}`)
  const fields = (known ?? schedule).trim().split(/\s+/)
  if (fields.length !== parts.length)
    throw new TypeError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`)
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = parts.map((part, i) => parseField(fields[i] ?? '', part))
  const all = { values: [], any: true }
  return {
    minutes: (minutes ?? all).values,
    hours: (hours ?? all).values,
    daysOfMonth: daysOfMonth?.any ? undefined : daysOfMonth?.values,
    months: (months ?? all).values,
    daysOfWeek: daysOfWeek?.any ? undefined : daysOfWeek?.values,
  }
}

/** The error of a schedule; undefined if it is valid. */
export function cronProblem(schedule: string): string | undefined {
  try {
    parseCron(schedule)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Whole seconds, at least one. */
function parseInterval(schedule: string): number {
  const text = schedule.slice('@every '.length)
  const counts = [...text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)]
  if (counts.length === 0 || counts.map(([count]) => count).join('') !== text)
    throw new TypeError(`failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(text)}`)
  const ms = counts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0)
  return Math.max(1, Math.floor(ms / 1000)) * 1000
}

/** `any`: it is `*`, which for days means that they do not matter. */
function parseField(text: string, part: Part): { values: number[]; any: boolean } {
  const values = new Set<number>()
  let any = false
  for (const range of text.split(',').filter(Boolean)) {
    const { start, end, step, star } = parseRange(range, part)
    any ||= star && step === 1
    for (let value = start; value <= end; value += step) values.add(value)
  }
  return { values: [...values].sort((a, b) => a - b), any }
}

function parseRange(text: string, { low, high, names }: Part) {
  const [range = '', stepText, extraStep] = text.split('/')
  const [from = '', to, extra] = range.split('-')
  if (extra !== undefined) throw new TypeError(`too many hyphens: ${text}`)
  const star = from === '*' || from === '?'
  const start = star ? low : numberOf(from, names)
  if (extraStep !== undefined) throw new TypeError(`too many slashes: ${text}`)
  const step = stepText === undefined ? 1 : numberOf(stepText)
  const end = star ? high : to !== undefined ? numberOf(to, names) : stepText === undefined ? start : high
  if (start < low) throw new TypeError(`beginning of range (${start}) below minimum (${low}): ${text}`)
  if (end > high) throw new TypeError(`end of range (${end}) above maximum (${high}): ${text}`)
  if (start > end) throw new TypeError(`beginning of range (${start}) beyond end of range (${end}): ${text}`)
  if (step === 0) throw new TypeError(`step of range should be a positive number: ${text}`)
  return { start, end, step, star }
}

function numberOf(word: string, names?: Record<string, number>): number {
  const named = names?.[word.toLowerCase()]
  if (named !== undefined) return named
  if (/^\d+$/.test(word)) return Number(word)
  throw new TypeError(`failed to parse int from ${word}: strconv.Atoi: parsing "${word}": invalid syntax`)
}
