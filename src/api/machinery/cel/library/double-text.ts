import { Double } from '../values.ts'

/** A double as Go's `strconv` writes it with the least digits. */
export function doubleText(value: number | Double): string {
  const number = Double.numberOf(value)
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'NaN' : number > 0 ? '+Inf' : '-Inf'
  if (Object.is(number, -0)) return '-0'
  const exponent = number === 0 ? 0 : Math.floor(Math.log10(Math.abs(number)))
  if (exponent >= -4 && exponent < 21) return String(number)
  return number.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}
