import { setMember } from '../json/set-member.ts'
import { isMap, keysOfMap, valueAt } from './equality.ts'
import { failure } from './errors.ts'
import { durationText, timestampText } from './times.ts'
import { Double, Duration, Timestamp, typeNameOf, Uint } from './values.ts'

/** The JSON value of a value of CEL. @throws EvaluationError for one that has none, such as a type */
export function toJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Double || value instanceof Uint) return value.value
  if (value instanceof Timestamp) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value))
  if (!isMap(value)) throw failure(`type conversion error from '${typeNameOf(value)}' to 'google.protobuf.Value'`)
  const result: Record<string, unknown> = {}
  for (const key of keysOfMap(value)) {
    if (typeof key !== 'string') throw failure('map key must be a string to be a member of JSON')
    setMember(result, key, toJson(valueAt(value, key)))
  }
  return result
}
