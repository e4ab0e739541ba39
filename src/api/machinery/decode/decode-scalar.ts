import { messageOf } from '../../errors.ts'
import { canonicalQuantity } from '../../quantity.ts'
import { isInt64, isNumber, unstructured, unstructuredTree } from '../json/json-text.ts'
import { setMember } from '../json/set-member.ts'
import type { ScalarName, Type } from '../schema/schema.ts'

/** A value that is not of the type asked for. A `message` stands as it is; `what` is how an error calls the value. */
export class Mismatch extends Error {
  /** What JSON calls the value. */
  readonly what: string
  readonly goType: string

  constructor(value: unknown, goType: string, { message, what = jsonKind(value, goType) }: MismatchOptions = {}) {
    super(message ?? `json: cannot unmarshal ${what} into Go value of type ${goType}`)
    this.what = what
    this.goType = message === undefined ? goType : ''
  }
}

interface MismatchOptions {
  message?: string
  what?: string
}

function jsonKind(value: unknown, goType: string): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (isNumber(value)) return /^int/.test(goType) ? `number ${value}` : 'number'
  return typeof value
}

export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (value: unknown, message: string): never => {
  throw new Mismatch(value, '', { message })
}

function int32(value: unknown): number {
  if (typeof value !== 'number' || (value | 0) !== value) throw new Mismatch(value, 'int32')
  return value
}

/** The decoders of scalars: each answers the canonical form of a value. @throws Mismatch */
export const decodeScalar: Record<ScalarName, (value: unknown) => unknown> = {
  string(value) {
    if (typeof value !== 'string') throw new Mismatch(value, 'string')
    return value
  },
  bool(value) {
    if (typeof value !== 'boolean') throw new Mismatch(value, 'bool')
    return value
  },
  int32,
  int64(value) {
    const isOne =
      typeof value === 'bigint' ? isInt64(value) : Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 63
    if (!isOne) throw new Mismatch(value, 'int64')
    return value
  },
  double(value) {
    if (!isNumber(value)) throw new Mismatch(value, 'float64')
    return unstructured(value)
  },
  bytes(value) {
    if (typeof value !== 'string') throw new Mismatch(value, '[]uint8')
    const text = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value
    const bad = badBase64(text)
    return bad < 0 ? text : wrong(value, `illegal base64 data at input byte ${bad}`)
  },
  quantity(value) {
    if (typeof value !== 'string' && !isNumber(value))
      wrong(value, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    try {
      return canonicalQuantity(String(value).trim())
    } catch (error) {
      return wrong(value, messageOf(error))
    }
  },
  intOrString(value) {
    if (typeof value === 'string') return value
    return int32(value)
  },
  time: (value) => timestamp(value, wholeSeconds, 0),
  microTime: (value) => timestamp(value, sixDecimals, 6),
  json: unstructuredTree,
  // What Go keeps as bytes. A copy, so that the caller does not share its value.
  object: copy,
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy)
  const result: Record<string, unknown> = {}
  for (const name in value) setMember(result, name, copy(Reflect.get(value, name)))
  return result
}

/** What a null in a list or a map stands for. */
export function zeroOf(type: Type): unknown {
  if (type.kind === 'list') return []
  if (type.kind !== 'scalar') return {}
  const zeros: Partial<Record<ScalarName, unknown>> = {
    string: '',
    bytes: '',
    bool: false,
    quantity: '0',
    int32: 0,
    int64: 0,
    double: 0,
    intOrString: 0,
  }
  return zeros[type.name] ?? null
}

/** The index of the first byte that is no base64; -1 when all is well. */
function badBase64(text: string): number {
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return -1
  const index = text.search(/[^A-Za-z0-9+/]/)
  return index >= 0 && !/^={1,2}$/.test(text.slice(index)) ? index : text.length - (text.length % 4)
}

const wholeSeconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const sixDecimals = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d+))?(?:Z|[+-]\d\d:\d\d)$/

/** In UTC, with so many decimals. */
function timestamp(value: unknown, canonical: RegExp, decimals: 0 | 6): string {
  if (typeof value !== 'string') throw new Mismatch(value, 'string')
  const match = rfc3339.exec(value)
  const ms = match ? Date.parse(value) : Number.NaN
  const layout = decimals ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00'
  if (Number.isNaN(ms)) {
    const shown = JSON.stringify(value)
    return wrong(value, `parsing time ${shown} as "${layout}": cannot parse ${shown} as "2006"`)
  }
  if (canonical.test(value)) return value
  const seconds = new Date(ms).toISOString().slice(0, 19)
  return decimals === 0 ? `${seconds}Z` : `${seconds}.${(match?.[1] ?? '').padEnd(6, '0').slice(0, 6)}Z`
}
