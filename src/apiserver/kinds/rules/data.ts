import { type FieldError, fieldError } from '../../../api/errors.ts'
import { configMapKey } from '../../../api/names.ts'

/** What ConfigMaps and Secrets share: keys, and room for their values. */

/** As etcd takes it, with room for the rest of the object. */
export const maxBytes = 1024 * 1024

export const whenImmutable = 'field is immutable when `immutable` is set'

const encoder = new TextEncoder()

/** As Go counts. */
export const byteLength = (text: string): number => encoder.encode(text).length

export const base64Length = (text: string) => Math.floor((text.replace(/=+$/, '').length * 3) / 4)

export const keyProblems = (data: Record<string, string> = {}, field: string): FieldError[] =>
  Object.keys(data).flatMap((key) =>
    configMapKey(key).map((problem) => fieldError.invalid(`${field}[${key}]`, key, problem)),
  )
