import { type FieldError, fieldError } from '../../../api/errors.ts'

/** Rules of paths in volumes and on nodes. */

/** Leads nowhere upwards. */
export const noBackSteps = (value: string | undefined, field: string): FieldError[] =>
  value?.split('/').includes('..') ? [fieldError.invalid(field, value, "must not contain '..'")] : []

/** A path below something: neither absolute nor leading out of it. */
export const relativePath = (value: string | undefined, field: string): FieldError[] => [
  ...(value?.startsWith('/') ? [fieldError.invalid(field, value, 'must be a relative path')] : []),
  ...noBackSteps(value, field),
]

/** A file of a volume: names that begin with two dots are kept for the kubelet. */
export const filePath = (value: string | undefined, field: string): FieldError[] => [
  ...relativePath(value, field),
  ...(value?.startsWith('..') && !value.startsWith('../')
    ? [fieldError.invalid(field, value, "must not start with '..'")]
    : []),
]
