import { failure } from './errors.ts'
import { CelMap, Double, Duration, isRecord, Opaque, Optional, Timestamp, TypeValue, Uint } from './values.ts'

/** The number in a value of any numeric type; undefined for other values. */
export function numberOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return value instanceof Double || value instanceof Uint ? value.value : undefined
}

/** Whether two values are equal. Numbers of different types are equal if they count the same; other values need the same type. */
export function equals(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string' || a === null || b === null) return false
  const x = numberOf(a)
  if (x !== undefined) {
    const y = numberOf(b)
    // A bigint equals a number of the same amount only without regard to type.
    // biome-ignore lint/suspicious/noDoubleEquals: see above
    return y !== undefined && x == y
  }
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]))
  return equalObjects(a, b)
}

function equalObjects(a: object, b: object): boolean {
  if (a instanceof Opaque) return a.equals(b)
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ns === b.ns
  if (a instanceof Duration) return b instanceof Duration && a.ns === b.ns
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Uint8Array)
    return b instanceof Uint8Array && a.length === b.length && a.every((byte, i) => byte === b[i])
  if (a instanceof Optional)
    return b instanceof Optional && a.present === b.present && (!a.present || equals(a.value, b.value))
  if (!isMap(a) || !isMap(b) || sizeOfMap(a) !== sizeOfMap(b)) return false
  for (const key of keysOfMap(a)) if (!hasKey(b, key) || !equals(valueAt(a, key), valueAt(b, key))) return false
  return true
}

export type MapValue = CelMap | Record<string, unknown>

export const isMap = (value: unknown): value is MapValue => value instanceof CelMap || isRecord(value)

export function keysOfMap(map: MapValue): Iterable<unknown> {
  return map instanceof CelMap ? map.keys() : Object.keys(map)
}

export function sizeOfMap(map: MapValue): number {
  return map instanceof CelMap ? map.size : Object.keys(map).length
}

export function hasKey(map: MapValue, key: unknown): boolean {
  if (map instanceof CelMap) return map.has(key)
  return typeof key === 'string' && Object.hasOwn(map, key) && map[key] !== undefined
}

/** The value of a key; undefined where there is none. */
export function valueAt(map: MapValue, key: unknown): unknown {
  if (map instanceof CelMap) return map.get(key)
  return typeof key === 'string' && Object.hasOwn(map, key) ? map[key] : undefined
}

/** Negative, zero or positive, as `a` is before, beside or after `b`; NaN beside a NaN. Both have one type, or are numbers. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined)
    return x < y ? -1 : x > y ? 1 : Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : 0
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareWide(a.ns, b.ns)
  if (a instanceof Duration && b instanceof Duration) return compareWide(a.ns, b.ns)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  throw failure('no such overload')
}

const compareWide = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** By code points, as Go compares the bytes of UTF-8. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x === y) continue
    // Halves of a pair stand for code points beyond all single units.
    const [high, other] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000]
    return high === other ? x - y : high ? 1 : -1
  }
  return a.length - b.length
}
