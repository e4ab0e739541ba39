import { jsonText } from './machinery/json/json-text.ts'
import type { Status, StatusCause } from './meta/v1/index.ts'

/** Any failure that reaches a client: carries the `Status` that goes over the wire. */
export class ApiError extends Error {
  /** It has no reason where none is given. */
  readonly status: Status & { code: number; message: string }
  /** Sent as a Retry-After header, in seconds. */
  readonly retryAfterSeconds?: number

  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    super(message)
    this.name = 'ApiError'
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason && { reason }),
      ...(details && { details }),
      code,
    }
    if (details?.retryAfterSeconds) this.retryAfterSeconds = details.retryAfterSeconds
  }

  get code(): number {
    return this.status.code
  }
  get reason(): string {
    return this.status.reason ?? ''
  }
}

/** The resource an error is about, as error texts name it. */
export interface ErrorResource {
  group: string
  resource: string
  kind?: string
}
const qualified = ({ group, resource }: ErrorResource) => (group ? `${resource}.${group}` : resource)
const detailsOf = (r: ErrorResource, name: string) => ({ name, ...(r.group && { group: r.group }), kind: r.resource })

export const notFound = (r: ErrorResource, name: string) =>
  new ApiError(404, 'NotFound', `${qualified(r)} "${name}" not found`, detailsOf(r, name))
export const alreadyExists = (r: ErrorResource, name: string) =>
  new ApiError(409, 'AlreadyExists', `${qualified(r)} "${name}" already exists`, detailsOf(r, name))
export const conflict = (r: ErrorResource, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(r)} "${name}": ${why}`,
    detailsOf(r, name),
  )
/** The message by which clients recognize a lost update. */
export const modified = (r: ErrorResource, name: string) =>
  conflict(r, name, 'the object has been modified; please apply your changes to the latest version and try again')
export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message)
export const unauthorized = () => new ApiError(401, 'Unauthorized', 'Unauthorized')
export const forbidden = (r: ErrorResource, name: string, why: string) =>
  new ApiError(403, 'Forbidden', `${qualified(r)} "${name}" is forbidden: ${why}`, detailsOf(r, name))
export const methodNotAllowed = (r: ErrorResource, verb: string) =>
  new ApiError(405, 'MethodNotAllowed', `${verb} is not supported on resources of kind "${qualified(r)}"`, {
    ...(r.group && { group: r.group }),
    kind: r.resource,
  })
/** A resourceVersion or continue token that has been compacted away. */
export const expired = (message: string) => new ApiError(410, 'Expired', message)
export const tooManyRequests = (message: string, retryAfterSeconds: number) =>
  new ApiError(429, 'TooManyRequests', message, { retryAfterSeconds })
export const unsupportedMediaType = (message: string) => new ApiError(415, 'UnsupportedMediaType', message)
export const notAcceptable = (message: string) => new ApiError(406, 'NotAcceptable', message)
export const tooLarge = (message: string) => new ApiError(413, 'RequestEntityTooLarge', message)
export const internalError = (cause: unknown) =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${messageOf(cause)}`)
export const serviceUnavailable = (message: string) => new ApiError(503, 'ServiceUnavailable', message)
export const timeout = (message: string) => new ApiError(504, 'Timeout', message)

/** The HTTP code of an ApiError, whichever copy of this library made it; undefined for anything else. */
export function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'number' ? code : undefined
}

/** Whether the request was at fault (4xx): asked again in the same state, the server would refuse it again. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code < 500
}

/** The message of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The result of a request; undefined if the object does not exist (404). */
export async function ifFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (codeOf(error) === 404) return undefined
    throw error
  }
}

/** One thing wrong with one field; the texts are upstream's, since people and tools search for them. */
export interface FieldError {
  /** `spec.containers[0].name` */
  field: string
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotFound'
    | 'InternalError'
  /** Without the field's name: `Invalid value: "A": must be lower case`. */
  message: string
}

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : (jsonText(value) ?? 'null'))

/** Makers of field errors, in upstream's wording. */
export const fieldError = {
  required: (field: string, detail = ''): FieldError => ({
    field,
    reason: 'FieldValueRequired',
    message: detail ? `Required value: ${detail}` : 'Required value',
  }),
  invalid: (field: string, value: unknown, detail: string): FieldError => ({
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown(value)}: ${detail}`,
  }),
  notSupported: (field: string, value: unknown, supported: readonly string[]): FieldError => ({
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${supported.map(shown).join(', ')}`,
  }),
  duplicate: (field: string, value: unknown): FieldError => ({
    field,
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${shown(value)}`,
  }),
  forbidden: (field: string, detail: string): FieldError => ({
    field,
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${detail}`,
  }),
  tooLong: (field: string, max: number): FieldError => ({
    field,
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${max} bytes`,
  }),
  tooMany: (field: string, actual: number, max: number): FieldError => ({
    field,
    reason: 'FieldValueTooMany',
    message: `Too many: ${actual}: must have at most ${max} items`,
  }),
  notFound: (field: string, value: unknown): FieldError => ({
    field,
    reason: 'FieldValueNotFound',
    message: `Not found: ${shown(value)}`,
  }),
} as const

/** 422 with every field error as a cause. */
export function invalid(kind: { group: string; kind: string }, name: string, errors: FieldError[]): ApiError {
  const causes: StatusCause[] = errors.map(({ field, reason, message }) => ({ reason, message, field }))
  const texts = errors.map(({ field, message }) => `${field}: ${message}`)
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const qualifiedKind = kind.group ? `${kind.kind}.${kind.group}` : kind.kind
  return new ApiError(422, 'Invalid', `${qualifiedKind} "${name}" is invalid: ${text}`, {
    name,
    ...(kind.group && { group: kind.group }),
    kind: kind.kind,
    causes,
  })
}
