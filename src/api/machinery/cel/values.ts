/**
 * How values of CEL are held. Data of the API needs no conversion:
 *
 * | CEL | here |
 * |---|---|
 * | int | `number` if it is a safe integer, `bigint` beyond |
 * | double | `number` if it has a fraction or is beyond the safe integers, else a `Double` around it |
 * | uint | `Uint` |
 * | string, bool, null | as they are |
 * | bytes | `Uint8Array` |
 * | list | array |
 * | map, object | plain object; `CelMap` for what an expression makes |
 * | timestamp, duration, type, optional | classes below |
 */

const minInt = -(2n ** 63n)
const maxInt = 2n ** 63n - 1n
const maxUint = 2n ** 64n - 1n

const { isSafeInteger } = Number

/** The canonical form of an integer; undefined if it has more than 64 bits. */
export function intOf(value: bigint): number | bigint | undefined {
  if (value < minInt || value > maxInt) return undefined
  return small(value)
}

const small = (value: bigint): number | bigint => {
  const narrow = Number(value)
  return isSafeInteger(narrow) ? narrow : value
}

/** An unsigned integer; undefined if it is none of 64 bits. */
export function uintOf(value: bigint | number): Uint | undefined {
  const wide = BigInt(value)
  return wide < 0n || wide > maxUint ? undefined : new Uint(small(wide))
}

export class Uint {
  readonly value: number | bigint
  constructor(value: number | bigint) {
    this.value = value
  }
}

/** A double that happens to be an integer. */
export class Double {
  readonly value: number
  private constructor(value: number) {
    this.value = value
  }
  static of(value: number): number | Double {
    return isSafeInteger(value) ? new Double(value) : value
  }
  /** The number of a value that is known to be a double. */
  static numberOf(value: unknown): number {
    return value instanceof Double ? value.value : Number(value)
  }
  /** Makes a double of a number of JSON, where the schema says that it is one. */
  static ofJson(value: unknown): unknown {
    return typeof value === 'number' ? Double.of(value) : typeof value === 'bigint' ? Number(value) : value
  }
}

export const isInt = (value: unknown): value is number | bigint => isSafeInteger(value) || typeof value === 'bigint'

export const isDouble = (value: unknown): value is number | Double =>
  (typeof value === 'number' && !isSafeInteger(value)) || value instanceof Double

/** A point in time, in nanoseconds since 1970. */
export class Timestamp {
  readonly ns: bigint
  constructor(ns: bigint) {
    this.ns = ns
  }
}

/** A span of time, in nanoseconds. */
export class Duration {
  readonly ns: bigint
  constructor(ns: bigint) {
    this.ns = ns
  }
}

/** What `type(x)` answers. */
export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** What `optional.of(x)` and `a.?b` answer. */
export class Optional {
  readonly present: boolean
  readonly value: unknown
  private constructor(present: boolean, value: unknown) {
    this.present = present
    this.value = value
  }
  static readonly none = new Optional(false, undefined)
  static of(value: unknown): Optional {
    return new Optional(true, value)
  }
}

/** A value of a library: an address, a quantity. Its class says how it is compared and what its type is called. */
export abstract class Opaque {
  abstract readonly typeName: string
  abstract equals(other: unknown): boolean
}

type Key = string | boolean | number | bigint

/** A key as a map finds it: 1, 1u and 1.0 are one key. Undefined for what can be no key. */
export function keyOf(value: unknown): Key | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || isInt(value)) return value
  if (value instanceof Uint) return value.value
  if (value instanceof Double) return value.value === 0 ? 0 : value.value
  return undefined
}

/** A map that an expression makes. */
export class CelMap {
  readonly #values = new Map<Key, unknown>()
  /** Keys whose canonical form is not what they are. */
  readonly #keys = new Map<Key, unknown>()

  get size(): number {
    return this.#values.size
  }
  get(key: unknown): unknown {
    const canonical = keyOf(key)
    return canonical === undefined ? undefined : this.#values.get(canonical)
  }
  has(key: unknown): boolean {
    const canonical = keyOf(key)
    return canonical !== undefined && this.#values.has(canonical)
  }
  /** Returns false for a key that is there already. @throws TypeError for what can be no key */
  add(key: unknown, value: unknown): boolean {
    const canonical = keyOf(key)
    if (canonical === undefined) throw new TypeError('unsupported key type')
    if (this.#values.has(canonical)) return false
    this.#values.set(canonical, value)
    if (canonical !== key) this.#keys.set(canonical, key)
    return true
  }
  *keys(): Generator<unknown> {
    for (const key of this.#values.keys()) yield this.#keys.has(key) ? this.#keys.get(key) : key
  }
  copy(): CelMap {
    const copy = new CelMap()
    for (const key of this.keys()) copy.add(key, this.get(key))
    return copy
  }
}

/** Whether a value is a plain object, which CEL sees as a map with string keys. */
export const isRecord = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The name of the type that a value has. */
export function typeNameOf(value: unknown): string {
  if (value === null) return 'null_type'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return isSafeInteger(value) ? 'int' : 'double'
  }
  if (Array.isArray(value)) return 'list'
  if (value instanceof Opaque) return value.typeName
  for (const [type, name] of classes) if (value instanceof type) return name
  return 'map'
}

const classes = [
  [Double, 'double'],
  [Uint, 'uint'],
  [Uint8Array, 'bytes'],
  [Timestamp, 'google.protobuf.Timestamp'],
  [Duration, 'google.protobuf.Duration'],
  [TypeValue, 'type'],
  [Optional, 'optional_type'],
  [CelMap, 'map'],
] as const
