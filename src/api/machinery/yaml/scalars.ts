import { integerOf } from '../json/json-text.ts'

/** What a word of YAML stands for; the infinities and NaN are numbers, too. */
export type YamlScalar = string | number | bigint | boolean | null

const words = new Map<string, YamlScalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...['', '+', '-'].flatMap((sign) =>
    ['.inf', '.Inf', '.INF'].map((word) => [sign + word, sign === '-' ? -Infinity : Infinity] as const),
  ),
])

const integer = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/
const minInt64 = -(2n ** 63n)
const maxUint64 = 2n ** 64n - 1n

/**
 * What a word without quotation marks stands for, by the rules of `sigs.k8s.io/yaml`, which are neither quite YAML 1.1 nor
 * 1.2: `y` is true, `0644` and `0o644` are 420, `1_000` is 1000, but times and base-60 numbers are texts.
 */
export function plainScalar(text: string): YamlScalar {
  const word = words.get(text)
  if (word !== undefined) return word
  if (!/^[-+.0-9]/.test(text)) return text
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '')
  return (integer.test(digits) ? wholeNumber(digits) : undefined) ?? floatNumber(digits) ?? text
}

/** Whether a word stands for an integer: Go has a type of its own for them. */
export const isInteger = (text: string): boolean => integer.test(text.replaceAll('_', ''))

/** Undefined beyond 64 bits. */
function wholeNumber(text: string): number | bigint | undefined {
  const digits = text.replace(/^[-+]/, '')
  const octal = /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits
  const value = BigInt(octal.toLowerCase()) * (text.startsWith('-') ? -1n : 1n)
  return value >= minInt64 && value <= maxUint64 ? integerOf(String(value)) : undefined
}

function floatNumber(text: string): number | undefined {
  const value = float.test(text) ? Number(text) : Number.NaN
  // JSON has no negative zero.
  return Number.isFinite(value) ? value + 0 : undefined
}

/** A float as the key of an object, in as few digits as tell it from others of 32 bits: `1e+06`. */
export function floatKey(value: number): string {
  const single = Math.fround(value)
  if (Number.isNaN(single)) return '.nan'
  if (!Number.isFinite(single)) return single < 0 ? '-.inf' : '.inf'
  const precisions = Array.from({ length: 9 }, (_, i) => i + 1)
  const shortest = precisions.find((precision) => Math.fround(Number(value.toPrecision(precision))) === single) ?? 9
  const [mantissa = '', exponent = '0'] = value.toExponential(shortest - 1).split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`))
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
