import { sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import { compareText } from '../equality.ts'
import { failure } from '../errors.ts'
import * as t from '../types.ts'
import { intOf, Opaque } from '../values.ts'

/** A semantic version (semver.org, 2.0.0). */
class Semver extends Opaque {
  readonly typeName = 'kubernetes.Semver'
  /** Major, minor, patch. */
  readonly numbers: readonly bigint[]
  readonly prerelease: readonly string[]
  constructor(numbers: readonly bigint[], prerelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.prerelease = prerelease
  }
  equals(other: unknown): boolean {
    return other instanceof Semver && compare(this, other) === 0
  }
}

function compare(a: Semver, b: Semver): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  const [x, y] = [a.prerelease, b.prerelease]
  if (x.length === 0 || y.length === 0) return Math.sign(y.length - x.length)
  for (const [i, part] of x.entries()) {
    const other = y[i]
    if (other === undefined) return 1
    const order = compareParts(part, other)
    if (order !== 0) return order
  }
  return x.length < y.length ? -1 : 0
}

const isNumber = (part: string): boolean => /^\d+$/.test(part)

/** Numbers stand before texts. */
function compareParts(a: string, b: string): number {
  if (a === b) return 0
  if (isNumber(a) && isNumber(b)) return BigInt(a) < BigInt(b) ? -1 : 1
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1
  return Math.sign(compareText(a, b))
}

const number = '(0|[1-9]\\d*)'
const pattern = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
)
const maxNumber = 2n ** 64n - 1n

function parse(text: string): Semver | string {
  if (text === '') return 'Version string empty'
  const match = text.length > 1000 ? null : pattern.exec(text)
  if (!match)
    return text.split('.').length < 3
      ? 'No Major.Minor.Patch elements found'
      : `Invalid character(s) found in version ${JSON.stringify(text)}`
  const numbers = match.slice(1, 4).map((digits) => BigInt(digits))
  if (numbers.some((value) => value > maxNumber)) return 'value out of range'
  return new Semver(numbers, match[4]?.split('.') ?? [])
}

/** Takes away a `v` and leading zeros, and adds what is missing of three numbers. */
function normalized(text: string): string | undefined {
  const parts = splitThree(text.replace(/^v/, '')).map(withoutZeros)
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) return undefined
  while (parts.length < 3) parts.push('0')
  return parts.join('.')
}

function withoutZeros(part: string): string {
  if (part.length < 2) return part
  const rest = part.replace(/^0+/, '')
  return /^\d/.test(rest) ? rest : `0${rest}`
}

function splitThree(text: string): string[] {
  const [first = '', second, ...rest] = text.split('.')
  return second === undefined ? [first] : rest.length > 0 ? [first, second, rest.join('.')] : [first, second]
}

function read(text: string, normalize = false): Semver | string {
  const plain = normalize ? normalized(text) : text
  return plain === undefined ? 'short version cannot contain PreRelease/Build meta data' : parse(plain)
}

function semver(text: string, normalize?: boolean): Semver {
  const value = read(text, normalize)
  if (typeof value === 'string') throw failure(value)
  return value
}

const isSemver = (text: string, normalize?: boolean): boolean => typeof read(text, normalize) !== 'string'

const type = t.opaque('kubernetes.Semver')
const reading: CallCost = ([x]) => traversal(sizeOf(x))

const part = (name: string, index: number) => [
  method(`semver_${name}`, [type], t.int, (x: Semver) => intOf(x.numbers[index] ?? 0n)),
]
const comparing = (id: string, result: t.CelType, answer: (order: number) => unknown) => [
  method(id, [type, type], result, (x: Semver, y: Semver) => answer(compare(x, y))),
]

export const semvers: Library = {
  semver: [
    overload('string_to_semver', [t.string], type, semver, reading),
    overload('string_bool_to_semver', [t.string, t.bool], type, semver, reading),
  ],
  isSemver: [
    overload('is_semver_string', [t.string], t.bool, isSemver, reading),
    overload('is_semver_string_bool', [t.string, t.bool], t.bool, isSemver, reading),
  ],
  major: part('major', 0),
  minor: part('minor', 1),
  patch: part('patch', 2),
  isGreaterThan: comparing('semver_is_greater_than', t.bool, (order) => order > 0),
  isLessThan: comparing('semver_is_less_than', t.bool, (order) => order < 0),
  compareTo: comparing('semver_compare_to', t.int, (order) => order),
}
