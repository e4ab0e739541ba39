import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { type FieldError, fieldError } from '../../errors.ts'
import { isInt64, isNumber } from '../json/json-text.ts'

/** A number within 64 bits that has no fraction; beyond 2^53, only what was written as an integer. */
export const isInteger = (value: unknown): boolean =>
  typeof value === 'bigint' ? isInt64(value) : Number.isSafeInteger(value)

/** The formats of numbers that are checked (since Kubernetes 1.36); others are documentation. */
const formats: Record<string, readonly string[]> = { integer: ['int32', 'int64'], number: ['float', 'double'] }

export function numericFormat({ type = '', format }: JSONSchemaProps): string | undefined {
  return format !== undefined && formats[type]?.includes(format) ? format : undefined
}

/** What an error about the format of a number calls a value. */
export const formatOf = (value: unknown): string => (isNumber(value) ? (isInteger(value) ? 'int64' : 'float64') : '')

/** Where a number stands. */
interface Place {
  readonly text: string
  invalid(value: unknown, problem: string): FieldError
}

/**
 * What is wrong with a number by its schema. Bounds are compared with all digits, and have to fit the schema's type and
 * format themselves, or no number is right.
 */
export function checkNumber(schema: JSONSchemaProps, value: unknown, at: Place): FieldError[] {
  if (!isNumber(value)) return []
  const { maximum, minimum, exclusiveMaximum, exclusiveMinimum, multipleOf } = schema
  const errors = checkRange(schema, 'Checked', value, at)
  if (multipleOf !== undefined) {
    errors.push(...checkRange(schema, 'MultipleOf', multipleOf, at))
    if (multipleOf <= 0) {
      const problem = `factor MultipleOf declared for ${at.text} must be positive: ${multipleOf}`
      errors.push(fieldError.invalid(at.text, multipleOf, problem))
    } else if (!isMultiple(value, multipleOf)) errors.push(at.invalid(value, `should be a multiple of ${multipleOf}`))
  }
  if (minimum !== undefined) {
    errors.push(...checkRange(schema, 'Minimum boundary', minimum, at))
    if (exclusiveMinimum ? value <= minimum : value < minimum)
      errors.push(at.invalid(value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`))
  }
  if (maximum !== undefined) {
    errors.push(...checkRange(schema, 'Maximum boundary', maximum, at))
    if (exclusiveMaximum ? value >= maximum : value > maximum)
      errors.push(at.invalid(value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`))
  }
  return errors
}

/** Upstream names no field in what it says of a range. */
function checkRange(schema: JSONSchemaProps, what: string, value: number | bigint, at: Place): FieldError[] {
  const format = numericFormat(schema)
  if (fits(value, schema.type, format)) return []
  const type = `${schema.type} ${format ? `with format ${format}` : '(default format)'}`
  return [fieldError.invalid('<nil>', '', `${what} value must be of type ${type} in ${at.text}`)]
}

function fits(value: number | bigint, type: string | undefined, format: string | undefined): boolean {
  if (format === 'float') return Number.isFinite(Math.fround(Number(value)))
  if (type !== 'integer') return true
  if (format === 'int32') return isInteger(value) && Math.abs(Number(value) + 0.5) < 2 ** 31
  return typeof value === 'bigint' ? isInt64(value) : Number.isInteger(value) && Math.abs(value) < 2 ** 63
}

/** 0.3 is a multiple of 0.1, although their binary fractions are not. */
function isMultiple(value: number | bigint, of: number | bigint): boolean {
  if (isInteger(value) && isInteger(of)) return BigInt(value) % BigInt(of) === 0n
  const times = Number(value) / Number(of)
  return Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times))
}
