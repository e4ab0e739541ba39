import { messageOf } from '../../../errors.ts'
import { regexOf } from '../../regex/regex.ts'
import { matching, sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, type Overload, overload } from '../declarations.ts'
import { type MapValue, sizeOfMap } from '../equality.ts'
import { failure } from '../errors.ts'
import { intOfDouble, intOfUint, uintOfNumber } from '../integers.ts'
import { lengthOf } from '../texts.ts'
import * as time from '../times.ts'
import * as t from '../types.ts'
import { Double, type Duration, intOf, type Timestamp, TypeValue, typeNameOf, type Uint, uintOf } from '../values.ts'
import { doubleText } from './double-text.ts'

const a = t.param('A')
const { duration, timestamp } = t

type Int = number | bigint
type AnyDouble = number | Double

const throughFirst: CallCost = ([x]) => traversal(sizeOf(x))

/** A function that is called both ways: `size(x)` and `x.size()`. */
const both = <T>(name: string, type: t.CelType, result: t.CelType, run: (x: T) => unknown): Overload[] => [
  overload(`${name}_${t.runtimeName(type)}`, [type], result, run),
  method(`${t.runtimeName(type)}_${name}`, [type], result, run),
]

const encoder = new TextEncoder()

function textOfBytes(value: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  } catch {
    throw failure('invalid UTF-8 in bytes, cannot convert to string')
  }
}

function matches(text: string, pattern: string): boolean {
  try {
    return regexOf(pattern).test(text)
  } catch (error) {
    throw failure(messageOf(error))
  }
}

const strings: Library = {
  size: [
    ...both('size', t.string, t.int, lengthOf),
    ...both('size', t.bytes, t.int, (x: Uint8Array) => x.length),
    ...both('size', t.listOf(a), t.int, (x: unknown[]) => x.length),
    ...both('size', t.mapOf(a, t.param('B')), t.int, (x: MapValue) => sizeOfMap(x)),
  ],
  contains: [
    method(
      'contains_string',
      [t.string, t.string],
      t.bool,
      (x: string, y: string) => x.includes(y),
      ([x, y]) => traversal(sizeOf(x)) * traversal(sizeOf(y)),
    ),
  ],
  startsWith: [
    method('starts_with_string', [t.string, t.string], t.bool, (x: string, y: string) => x.startsWith(y), throughFirst),
  ],
  endsWith: [
    method('ends_with_string', [t.string, t.string], t.bool, (x: string, y: string) => x.endsWith(y), throughFirst),
  ],
  matches: [
    method('matches_string', [t.string, t.string], t.bool, matches, ([x, y]) => matching(x, y)),
    overload('matches', [t.string, t.string], t.bool, matches, ([x, y]) => matching(x, y)),
  ],
}

function intOfText(text: string): Int {
  const value = /^[+-]?\d+$/.test(text) ? intOf(BigInt(text.replace(/^\+/, ''))) : undefined
  if (value === undefined) throw conversionError(t.int)
  return value
}

const conversionError = (to: t.CelType) => failure(`type conversion error from 'string' to '${t.runtimeName(to)}'`)

function doubleOfText(text: string): AnyDouble {
  const lower = text.toLowerCase()
  const special = /^([+-]?)(?:(inf|infinity)|(nan))$/.exec(lower)
  if (special) return special[3] ? Number.NaN : special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(lower) ? Number(lower) : Number.NaN
  if (!Number.isFinite(value)) throw conversionError(t.double)
  return Double.of(value)
}

const truths: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  TRUE: true,
  true: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  FALSE: false,
  false: false,
  False: false,
}

function parsed<T>(type: t.CelType, parse: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = parse(text)
    if (value === undefined) throw conversionError(type)
    return value
  }
}

const itself = (x: unknown) => x
const identity = (name: string, type: t.CelType) => overload(`${name}_to_${name}`, [type], type, itself)

const conversions: Library = {
  int: [
    identity('int64', t.int),
    overload('double_to_int64', [t.double], t.int, (x: AnyDouble) => intOfDouble(Double.numberOf(x))),
    overload('uint64_to_int64', [t.uint], t.int, intOfUint),
    overload('string_to_int64', [t.string], t.int, intOfText),
    overload('timestamp_to_int64', [timestamp], t.int, (x: Timestamp) => intOf(time.secondsOf(x.ns))),
    overload('duration_to_int64', [duration], t.int, (x: Duration) => intOf(x.ns)),
  ],
  uint: [
    identity('uint64', t.uint),
    overload('int64_to_uint64', [t.int], t.uint, uintOfNumber),
    overload('double_to_uint64', [t.double], t.uint, (x: AnyDouble) => uintOfNumber(Double.numberOf(x))),
    overload('string_to_uint64', [t.string], t.uint, (x: string) => {
      const value = /^\d+$/.test(x) ? uintOf(BigInt(x)) : undefined
      if (!value) throw conversionError(t.uint)
      return value
    }),
  ],
  double: [
    identity('double', t.double),
    overload('int64_to_double', [t.int], t.double, (x: Int) => Double.of(Number(x))),
    overload('uint64_to_double', [t.uint], t.double, (x: Uint) => Double.of(Number(x.value))),
    overload('string_to_double', [t.string], t.double, doubleOfText),
  ],
  bool: [
    identity('bool', t.bool),
    overload('string_to_bool', [t.string], t.bool, (x: string) => {
      const value = Object.hasOwn(truths, x) ? truths[x] : undefined
      if (value === undefined) throw conversionError(t.bool)
      return value
    }),
  ],
  string: [
    identity('string', t.string),
    overload('int64_to_string', [t.int], t.string, String),
    overload('uint64_to_string', [t.uint], t.string, (x: Uint) => String(x.value)),
    overload('double_to_string', [t.double], t.string, doubleText),
    overload('bool_to_string', [t.bool], t.string, String),
    overload('bytes_to_string', [t.bytes], t.string, textOfBytes, throughFirst),
    overload('timestamp_to_string', [timestamp], t.string, time.timestampText),
    overload('duration_to_string', [duration], t.string, time.durationText),
  ],
  bytes: [
    identity('bytes', t.bytes),
    overload('string_to_bytes', [t.string], t.bytes, (x: string) => encoder.encode(x), throughFirst),
  ],
  timestamp: [
    identity('timestamp', timestamp),
    overload('string_to_timestamp', [t.string], timestamp, parsed(timestamp, time.parseTimestamp)),
    overload('int64_to_timestamp', [t.int], timestamp, (x: Int) => time.timestampOf(BigInt(x) * 1_000_000_000n)),
  ],
  duration: [
    identity('duration', duration),
    overload('string_to_duration', [t.string], duration, parsed(duration, time.parseDuration)),
    overload('int64_to_duration', [t.int], duration, (x: Int) => time.durationOf(BigInt(x))),
  ],
  dyn: [overload('to_dyn', [a], t.dyn, itself)],
  type: [overload('type', [a], t.typeOf(a), (x: unknown) => new TypeValue(typeNameOf(x)))],
}

type Read = (calendar: { date: Date; milliseconds: number }) => number

const firstOfYear = (date: Date) => Date.UTC(date.getUTCFullYear(), 0, 1)

const calendarParts: Readonly<Record<string, Read>> = {
  getFullYear: ({ date }) => date.getUTCFullYear(),
  getMonth: ({ date }) => date.getUTCMonth(),
  getDate: ({ date }) => date.getUTCDate(),
  getDayOfMonth: ({ date }) => date.getUTCDate() - 1,
  getDayOfWeek: ({ date }) => date.getUTCDay(),
  getDayOfYear: ({ date }) => Math.floor((date.getTime() - firstOfYear(date)) / 86_400_000),
  getHours: ({ date }) => date.getUTCHours(),
  getMinutes: ({ date }) => date.getUTCMinutes(),
  getSeconds: ({ date }) => date.getUTCSeconds(),
  getMilliseconds: ({ milliseconds }) => milliseconds,
}

/** How many nanoseconds one has. */
const durationParts: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
}

const times: Library = Object.fromEntries(
  Object.entries(calendarParts).map(([name, read]) => {
    const size = durationParts[name]
    return [
      name,
      [
        method(`timestamp_to_${name}`, [timestamp], t.int, (x: Timestamp) => read(time.calendar(x))),
        method(`timestamp_to_${name}_with_tz`, [timestamp, t.string], t.int, (x: Timestamp, zone: string) =>
          read(time.calendar(x, zone)),
        ),
        ...(size === undefined
          ? []
          : [
              method(`duration_to_${name}`, [duration], t.int, (x: Duration) =>
                intOf(name === 'getMilliseconds' ? (x.ns / size) % 1000n : x.ns / size),
              ),
            ]),
      ],
    ]
  }),
)

export const standard: readonly Library[] = [strings, conversions, times]
