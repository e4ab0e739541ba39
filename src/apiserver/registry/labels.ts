import { type FieldError, fieldError } from '../../api/errors.ts'
import { labelValue, qualifiedName } from '../../api/names.ts'

const maxAnnotationBytes = 256 * 1024

/** What is wrong with labels. */
export const labels = (map: Record<string, string> = {}, field: string): FieldError[] =>
  Object.entries(map).flatMap(([key, value]) => [
    ...qualifiedName(key).map((problem) => fieldError.invalid(field, key, problem)),
    ...labelValue(value).map((problem) => fieldError.invalid(field, value, problem)),
  ])

/** What is wrong with annotations: their keys, and the size of all. */
export const annotations = (map: Record<string, string> = {}, field: string): FieldError[] => [
  ...Object.keys(map).flatMap((key) =>
    qualifiedName(key.toLowerCase()).map((problem) => fieldError.invalid(field, key, problem)),
  ),
  ...(isTooLarge(map) ? [fieldError.tooLong(field, maxAnnotationBytes)] : []),
]

const mostBytesPerUnit = 3

/** Counts bytes, as upstream does, but only of texts that are long enough to exceed the limit. */
function isTooLarge(map: Record<string, string>): boolean {
  const texts = Object.entries(map).flat()
  const sizeBy = (size: (text: string) => number) => texts.reduce((sum, text) => sum + size(text), 0)
  if (sizeBy((text) => text.length) * mostBytesPerUnit <= maxAnnotationBytes) return false
  return sizeBy((text) => encoder.encode(text).length) > maxAnnotationBytes
}
const encoder = new TextEncoder()
