import { failure } from './errors.ts'
import { intOf, type Uint, uintOf } from './values.ts'

/** Integers of 64 bits: numbers while they are safe, BigInt beyond. */
type Int = number | bigint

const { isSafeInteger } = Number

const overflow = () => failure('integer overflow')
const unsignedOverflow = () => failure('unsigned integer overflow')

/** One operation on numbers, and the same on BigInt where a number may have been rounded. */
const exact =
  (narrow: (a: number, b: number) => number, wide: (a: bigint, b: bigint) => bigint) =>
  (a: Int, b: Int): Int => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = narrow(a, b)
      if (isSafeInteger(result)) return result === 0 ? 0 : result
    }
    const result = intOf(wide(BigInt(a), BigInt(b)))
    if (result === undefined) throw overflow()
    return result
  }

export const addInts = exact(
  (a, b) => a + b,
  (a, b) => a + b,
)
export const subtractInts = exact(
  (a, b) => a - b,
  (a, b) => a - b,
)
export const multiplyInts = exact(
  (a, b) => a * b,
  (a, b) => a * b,
)
const quotient = exact(
  (a, b) => Math.trunc(a / b),
  (a, b) => a / b,
)
const remainder = exact(
  (a, b) => a % b,
  (a, b) => a % b,
)

export function divideInts(a: Int, b: Int): Int {
  if (b === 0) throw failure('division by zero')
  // Two safe integers may have a quotient that rounds up to the next one.
  return typeof a === 'number' && Math.abs(a) > 2 ** 52 ? quotient(BigInt(a), BigInt(b)) : quotient(a, b)
}

export function remainderOfInts(a: Int, b: Int): Int {
  if (b === 0) throw failure('modulus by zero')
  return remainder(a, b)
}

export const negateInt = (a: Int): Int => subtractInts(0, a)

const unsigned =
  (operation: (a: bigint, b: bigint) => bigint, zero?: string) =>
  (a: Uint, b: Uint): Uint => {
    if (zero !== undefined && b.value === 0) throw failure(zero)
    const result = uintOf(operation(BigInt(a.value), BigInt(b.value)))
    if (!result) throw unsignedOverflow()
    return result
  }

export const addUints = unsigned((a, b) => a + b)
export const subtractUints = unsigned((a, b) => a - b)
export const multiplyUints = unsigned((a, b) => a * b)
export const divideUints = unsigned((a, b) => a / b, 'division by zero')
export const remainderOfUints = unsigned((a, b) => a % b, 'modulus by zero')

/** The integer part of a double. @throws EvaluationError beyond 64 bits */
export function intOfDouble(value: number): Int {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw overflow()
  return intOf(BigInt(Math.trunc(value))) ?? 0
}

export function intOfUint({ value }: Uint): Int {
  const result = intOf(BigInt(value))
  if (result === undefined) throw overflow()
  return result
}

export function uintOfNumber(value: Int): Uint {
  if (typeof value === 'number' && !Number.isFinite(value)) throw unsignedOverflow()
  const result = uintOf(typeof value === 'number' ? BigInt(Math.trunc(value)) : value)
  if (!result || value < 0) throw unsignedOverflow()
  return result
}
