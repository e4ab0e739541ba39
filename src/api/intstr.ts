import { badRequest } from './errors.ts'

/** A number, or a share of a total written as `25%`. */
export type IntOrString = number | string

/**
 * The number for a value, as a share of `total` if it is one.
 * @throws ApiError 400 for a text without `%`.
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const percent = percentOf(value)
  if (percent === undefined)
    throw badRequest(
      `invalid value for IntOrString: ${
        value.endsWith('%') ? `invalid value ${JSON.stringify(value)}` : 'invalid type: string is not a percentage'
      }`,
    )
  const share = (percent * total) / 100
  return round === 'up' ? Math.ceil(share) : Math.floor(share)
}

/** `25` for `25%`; undefined for anything else. */
export function percentOf(value: IntOrString): number | undefined {
  const digits = typeof value === 'string' ? /^([+-]?\d+)%$/.exec(value)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}
