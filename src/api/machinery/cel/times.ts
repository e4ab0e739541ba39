import { failure } from './errors.ts'
import { Duration, Timestamp } from './values.ts'

const second = 1_000_000_000n
const maxDuration = 2n ** 63n

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
}

/** A duration as Go writes it, such as `1h30m` or `-1.5s`; undefined for what is none. */
export function parseDuration(text: string): Duration | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return new Duration(0n)
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined
  let total = 0n
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const size = units[unit] ?? 0n
    total += BigInt(whole || 0) * size
    if (fraction) total += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length)
  }
  if (total >= maxDuration) return undefined
  return new Duration(sign === '-' ? -total : total)
}

/** As CEL writes a duration: seconds, `90s` or `1.5s`. */
export function durationText({ ns }: Duration): string {
  const size = ns < 0n ? -ns : ns
  const fraction = String(size % second)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${ns < 0n ? '-' : ''}${size / second}${fraction && `.${fraction}`}s`
}

const firstSecond = -62_135_596_800n
const lastSecond = 253_402_300_799n

/** A timestamp within the years 1 to 9999. @throws EvaluationError outside */
export function timestampOf(ns: bigint): Timestamp {
  if (ns < firstSecond * second || ns >= (lastSecond + 1n) * second) throw failure('timestamp overflow')
  return new Timestamp(ns)
}

export function durationOf(ns: bigint): Duration {
  if (ns >= maxDuration || ns < -maxDuration) throw failure('integer overflow')
  return new Duration(ns)
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)$/

/** A timestamp of RFC 3339; undefined for what is none. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const [, year = '', month, day, hour = '', minute = '', sec = '', fraction = '', zone = ''] = rfc3339.exec(text) ?? []
  if (!year || Number(hour) > 23 || Number(minute) > 59 || Number(sec) > 59) return undefined
  const days = dayNumber(year, month ?? '', day ?? '')
  if (days === undefined) return undefined
  const offset = /^[zZ]$/.test(zone) ? 0 : minutesOf(zone)
  if (offset === undefined) return undefined
  const seconds = days * 86_400n + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(sec) - offset * 60)
  return new Timestamp(seconds * second + BigInt(fraction.padEnd(9, '0')))
}

/** A day such as 2026-11-30, at its start in UTC. */
export function parseDate(text: string): Timestamp | undefined {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  const days = year ? dayNumber(year, month, day) : undefined
  return days === undefined ? undefined : new Timestamp(days * 86_400n * second)
}

function dayNumber(year: string, month: string, day: string): bigint | undefined {
  const text = `${year}-${month}-${day}T00:00:00Z`
  const time = Date.parse(text)
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text.slice(0, 10))) return undefined
  return BigInt(time) / 86_400_000n
}

function minutesOf(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  if (!sign || Number(hours) > 23 || Number(minutes) > 59) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** RFC 3339 in UTC, with as many digits as it takes. */
export function timestampText({ ns }: Timestamp): string {
  const [seconds, fraction] = split(ns)
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '')
  const iso = new Date(Number(seconds) * 1000).toISOString()
  return `${iso.slice(0, 19)}${digits && `.${digits}`}Z`
}

export const secondsOf = (ns: bigint): bigint => split(ns)[0]

function split(ns: bigint): [seconds: bigint, fraction: bigint] {
  const fraction = ((ns % second) + second) % second
  return [(ns - fraction) / second, fraction]
}

/** The calendar of a timestamp in a time zone, UTC where none is given. @throws EvaluationError for an unknown zone */
export function calendar({ ns }: Timestamp, zone = 'UTC'): { date: Date; milliseconds: number } {
  const [seconds, fraction] = split(ns)
  const time = Number(seconds) * 1000
  const date = new Date(time + offsetOf(zone, time) * 60_000)
  return { date, milliseconds: Number(fraction / 1_000_000n) }
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How many minutes a zone is ahead of UTC at a time. */
function offsetOf(zone: string, time: number): number {
  if (zone === 'UTC' || zone === '') return 0
  const [, sign, hours, minutes] = /^([+-]?)(\d\d?):(\d\d)$/.exec(zone) ?? []
  if (hours !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  let format = formats.get(zone)
  if (!format) {
    try {
      format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
    } catch {
      throw failure(`unknown time zone ${zone}`)
    }
    if (formats.size < 1000) formats.set(zone, format)
  }
  const name = format.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  return minutesOf(name.replace(/^GMT/, '')) ?? 0
}
