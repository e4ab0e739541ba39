import { isMap, keysOfMap, numberOf, valueAt } from '../equality.ts'
import { failure } from '../errors.ts'
import { durationText, timestampText } from '../times.ts'
import { Double, Duration, isInt, Timestamp, TypeValue, typeNameOf, Uint } from '../values.ts'
import { doubleText } from './double-text.ts'

const clause = /%(?:(%)|(?:\.(\d+))?(.)?)/gsu

/** `"%s is %.2f".format([a, b])`: the verbs are s, d, f, e, b, o, x and X. @throws EvaluationError */
export function format(text: string, values: readonly unknown[]): string {
  let next = 0
  return text.replace(
    clause,
    (_, percent: string | undefined, precision: string | undefined, verb: string | undefined) => {
      if (percent) return percent
      if (verb === undefined) throw failure('unexpected end of string')
      const write = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
      if (!write) throw failure(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
      if (next >= values.length) throw failure(`index ${next} out of range`)
      return write(values[next++], precision === undefined ? 6 : Number(precision))
    },
  )
}

const verbs: Readonly<Record<string, (value: unknown, precision: number) => string>> = {
  s: shown,
  d: (value) => integer(value, 'decimal clause can only be used on integers', 10),
  b: (value) =>
    typeof value === 'boolean'
      ? String(Number(value))
      : integer(value, 'only integers and bools can be formatted as binary', 2),
  o: (value) => integer(value, 'octal clause can only be used on integers', 8),
  x: hexadecimal,
  X: (value) => hexadecimal(value).toUpperCase(),
  f: (value, precision) => fixed(value, 'fixed-point clause can only be used on doubles', (x) => x.toFixed(precision)),
  e: (value, precision) =>
    fixed(value, 'scientific clause can only be used on doubles', (x) =>
      x.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2'),
    ),
}

const wrong = (rule: string, value: unknown) =>
  failure(`error during formatting: ${rule}, was given ${typeNameOf(value)}`)

function integer(value: unknown, rule: string, base: number): string {
  const number = isInt(value) ? value : value instanceof Uint ? value.value : undefined
  if (number === undefined) {
    if (base === 10 && typeof value === 'number' && !Number.isFinite(value)) return shown(value)
    throw wrong(rule, value)
  }
  return number.toString(base)
}

function hexadecimal(value: unknown): string {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  if (bytes instanceof Uint8Array) return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return integer(value, 'only integers, byte buffers, and strings can be formatted as hex', 16)
}

function fixed(value: unknown, rule: string, write: (value: number) => string): string {
  const number = numberOf(value)
  if (number === undefined) throw wrong(rule, value)
  const double = Number(number)
  if (Number.isFinite(double)) return write(double)
  return Number.isNaN(double) ? 'NaN' : double > 0 ? 'Infinity' : '-Infinity'
}

/** What `%s` shows of any value. */
function shown(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || isInt(value)) return String(value)
  if (typeof value === 'number' || value instanceof Double) return special(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof Timestamp) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  if (value instanceof TypeValue) return value.name
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (!isMap(value))
    throw failure(
      'error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ' +
        typeNameOf(value),
    )
  const entries = [...keysOfMap(value)].map((key) => `${shown(key)}: ${shown(valueAt(value, key))}`)
  return `{${entries.sort().join(', ')}}`
}

function special(value: number | Double): string {
  const number = Double.numberOf(value)
  if (Number.isFinite(number)) return doubleText(value)
  return Number.isNaN(number) ? 'NaN' : number > 0 ? 'Infinity' : '-Infinity'
}
