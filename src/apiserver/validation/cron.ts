interface Part {
  low: number
  high: number
  names?: Record<string, number>
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const numbered = (names: string[], first: number) => Object.fromEntries(names.map((name, i) => [name, i + first]))

const parts: Part[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: numbered(months, 1) },
  { low: 0, high: 6, names: numbered(days, 0) },
]
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']

/**
 * What is wrong with a cron schedule: five parts of lists of ranges with steps, or a word like `@daily`; undefined when
 * nothing is. Day 7 of the week is refused, as upstream's parser does.
 */
export function cronProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) {
    if (schedule.startsWith('@every '))
      return /^@every (\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(schedule)
        ? undefined
        : `failed to parse duration ${schedule}: invalid duration`
    return descriptors.includes(schedule) ? undefined : `unrecognized descriptor: ${schedule}`
  }
  const fields = schedule.trim().split(/\s+/)
  if (fields.length !== parts.length) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`
  for (const [i, part] of parts.entries()) {
    for (const range of (fields[i] ?? '').split(',')) {
      const problem = rangeProblem(range, part)
      if (problem) return problem
    }
  }
  return undefined
}

function rangeProblem(text: string, { low, high, names }: Part): string | undefined {
  const [range = '', step, extraStep] = text.split('/')
  if (extraStep !== undefined) return `too many slashes: ${text}`
  const [from = '', to, extra] = range.split('-')
  if (extra !== undefined) return `too many hyphens: ${text}`
  const value = (word: string) => names?.[word.toLowerCase()] ?? (/^\d+$/.test(word) ? Number(word) : undefined)
  const any = from === '*' || from === '?'
  const start = any ? low : value(from)
  if (start === undefined) return `failed to parse int from ${from}: strconv.Atoi: parsing "${from}": invalid syntax`
  const end = any ? high : to === undefined ? (step === undefined ? start : high) : value(to)
  if (end === undefined) return `failed to parse int from ${to}: strconv.Atoi: parsing "${to}": invalid syntax`
  if (step !== undefined && !/^\d+$/.test(step))
    return `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${text}`
  if (end > high) return `end of range (${end}) above maximum (${high}): ${text}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`
  return step !== undefined && Number(step) === 0 ? `step of range should be a positive number: ${text}` : undefined
}
