import { badRequest } from './errors.ts'

/** How a quantity is written: `500m`, `2k` (decimal), `64Mi` (binary), `12e6` (exponent). */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

/**
 * An exact amount of something (CPU, bytes), kept in billionths; smaller amounts round up, away from zero. Immutable.
 * Rules of parsing and of the canonical form: API reference, `Quantity`.
 */
export class Quantity {
  /** Billionths of the unit. */
  readonly nano: bigint
  readonly format: QuantityFormat
  #text: string | undefined
  #milli: number | undefined

  constructor(nano: bigint, format: QuantityFormat = 'DecimalSI', text?: string) {
    this.nano = nano
    this.format = format
    this.#text = text
  }

  /** A whole number of units. */
  static of(value: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value) * unit, format)
  }

  /** A whole number of thousandths: `Quantity.ofMilli(250)` is `250m`. */
  static ofMilli(milli: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(milli) * 1_000_000n, format)
  }

  get isZero(): boolean {
    return this.nano === 0n
  }

  /** -1, 0 or 1. */
  get sign(): number {
    return this.nano < 0n ? -1 : this.nano > 0n ? 1 : 0
  }

  /** Negative when this is less than `other`, 0 when equal, positive when more. */
  compare(other: Quantity): number {
    return this.nano < other.nano ? -1 : this.nano > other.nano ? 1 : 0
  }

  /** The sum, in this one's format (in the other's when this is zero). */
  add(other: Quantity): Quantity {
    return new Quantity(this.nano + other.nano, this.isZero ? other.format : this.format)
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.nano - other.nano, this.isZero ? other.format : this.format)
  }

  neg(): Quantity {
    return new Quantity(-this.nano, this.format)
  }

  /** Thousandths, rounded up (away from zero). */
  toMilli(): number {
    this.#milli ??= Number(divideUp(this.nano, 1_000_000n))
    return this.#milli
  }

  /** Whole units, rounded up (away from zero), as upstream's `Value()`. */
  toInteger(): number {
    return Number(divideUp(this.nano, unit))
  }

  /** The nearest double, fractions included. */
  toNumber(): number {
    return Number(this.nano / unit) + Number(this.nano % unit) / 1e9
  }

  /** The canonical form: no precision is lost, no fractional digits, the largest suffix possible. */
  toString(): string {
    this.#text ??= canonical(this.nano, this.format)
    return this.#text
  }

  toJSON(): string {
    return this.toString()
  }
}

const unit = 1_000_000_000n
const maxBinary = (2n ** 63n - 1n) * unit

/** Decimal suffixes from 10^-9 in steps of a thousand; binary ones from 2^0 in steps of 1024. */
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const suffixes = new Map<string, { base: 2n | 10n; exponent: number; format: QuantityFormat }>()
for (const [i, suffix] of decimalSuffixes.entries())
  suffixes.set(suffix, { base: 10n, exponent: i * 3 - 9, format: 'DecimalSI' })
for (const [i, suffix] of binarySuffixes.entries())
  if (suffix) suffixes.set(suffix, { base: 2n, exponent: i * 10, format: 'BinarySI' })

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/
const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/** What was parsed before: clusters write the same few amounts over and over. */
const parsed = new Map<string, Quantity>()
const parsedLimit = 4096

/** @throws ApiError 400 in upstream's words. */
export function parseQuantity(text: string): Quantity {
  const known = parsed.get(text)
  if (known) return known
  const quantity = parse(text)
  if (parsed.size >= parsedLimit) parsed.clear()
  parsed.set(text, quantity)
  return quantity
}

/** Written canonically already: the common amounts. */
const plain = /^(?:0|[1-9]\d{0,2}(?:[mkMGTP]|[KMGT]i)?)$/

/** The canonical text of a quantity: `1024Mi` becomes `1Gi`, `0.5` becomes `500m`. */
export function canonicalQuantity(text: string): string {
  return plain.test(text) ? text : parseQuantity(text).toString()
}

function parse(text: string): Quantity {
  const match = pattern.exec(text)
  if (!match || text === '') throw badRequest(wrongFormat)
  const [, sign = '', leading = '', fraction = '', suffix = ''] = match
  const scaled = interpret(suffix)
  if (!scaled) throw badRequest("unable to parse quantity's suffix")
  if (leading === '' && fraction === '') throw badRequest('unable to parse numeric part of quantity')
  const whole = leading.replace(/^0+/, '')
  const digits = BigInt(whole + fraction)

  let { format } = scaled
  let nano: bigint
  if (scaled.base === 2n) {
    nano = divideUp(digits * 2n ** BigInt(scaled.exponent) * unit, 10n ** BigInt(fraction.length))
    if (nano > maxBinary) nano = maxBinary
    if (nano > 0n && nano < unit) format = 'DecimalSI'
  } else {
    const shift = scaled.exponent - fraction.length + 9
    nano = shift >= 0 ? digits * 10n ** BigInt(shift) : divideUp(digits, 10n ** BigInt(-shift))
  }
  return new Quantity(sign === '-' ? -nano : nano, format, isKept(text, whole, fraction, scaled) ? text : undefined)
}

/** Upstream answers some texts as they were written although they are not canonical (`1.500`, `1100Mi`). */
function isKept(text: string, whole: string, fraction: string, { base, exponent }: Interpreted): boolean {
  if (whole === '') return text === '0'
  if (base === 2n) {
    if (fraction !== '' || 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1 < 0) return false
    return exponent % 10 === 0 && (BigInt(whole) & 7n) !== 0n && text.endsWith('i') && Number(whole) < 2 ** 53
  }
  const shifted = whole + fraction
  const scale = exponent - fraction.length
  return shifted.length <= 18 && scale >= -9 && scale % 3 === 0 && !shifted.endsWith('000')
}

type Interpreted = { base: 2n | 10n; exponent: number; format: QuantityFormat }

function interpret(suffix: string): Interpreted | undefined {
  const known = suffixes.get(suffix)
  if (known) return known
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix)?.[1]
  if (exponent === undefined || Math.abs(Number(exponent)) > 4096) return undefined
  return { base: 10n, exponent: Number(exponent), format: 'DecimalExponent' }
}

function canonical(nano: bigint, format: QuantityFormat): string {
  if (nano === 0n) return '0'
  const whole = nano / unit
  if (format === 'BinarySI' && nano % unit === 0n && (whole >= 1024n || whole <= -1024n))
    return reduce(whole, 1024n, binarySuffixes.length - 1, (step) => binarySuffixes[step] ?? '')
  if (format === 'DecimalExponent')
    return reduce(nano, 1000n, Number.POSITIVE_INFINITY, (step) => (step === 3 ? '' : `e${step * 3 - 9}`))
  return reduce(nano, 1000n, decimalSuffixes.length - 1, (step) => decimalSuffixes[step] ?? '')
}

/** Takes out factors of `base` as long as the number stays whole. */
function reduce(value: bigint, base: bigint, maxSteps: number, suffix: (step: number) => string): string {
  let rest = value
  let step = 0
  while (step < maxSteps && rest % base === 0n) {
    rest /= base
    step++
  }
  return `${rest}${suffix(step)}`
}

function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by === 0n ? quotient : value < 0n ? quotient - 1n : quotient + 1n
}
