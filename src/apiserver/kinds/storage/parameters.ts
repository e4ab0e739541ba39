import { type FieldError, fieldError } from '../../../api/errors.ts'
import { qualifiedName } from '../../../api/names.ts'
import { bytesOf, equal, named, needs } from '../rules/checks.ts'
import type { Check } from '../rules/walk.ts'

/** Rules that classes of volumes share. */

const maxParameters = 512
const maxBytes = 256 * 1024

/** The provisioner's name, in any case of letters. */
export const driver: Check<string> = needs((value, field) => named(qualifiedName)(value?.toLowerCase(), field))

export const parameters: Check<Record<string, string>> = (map = {}, field) => {
  const entries = Object.entries(map)
  if (entries.length > maxParameters) return [fieldError.tooLong(field, maxParameters)]
  const errors = '' in map ? [fieldError.invalid(field, '', 'field can not be empty.')] : []
  return sizeOf(map) > maxBytes ? [...errors, fieldError.tooLong(field, maxBytes)] : errors
}

/** The bytes of all keys and values. */
export const sizeOf = (map: Record<string, string>): number =>
  Object.entries(map).reduce((sum, [key, value]) => sum + bytesOf(key) + bytesOf(value), 0)

/** What an update may not change. */
export const fixed = <T extends object>(now: T, old: T, names: readonly (keyof T & string)[]): FieldError[] =>
  names
    .filter((name) => !equal(now[name], old[name]))
    .map((name) => fieldError.forbidden(name, `updates to ${name} are forbidden.`))
