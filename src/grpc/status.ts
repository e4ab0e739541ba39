/** gRPC's status codes that we act on. */
export const code = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const

/** What a call ended with that did not succeed. */
export class GrpcError extends Error {
  readonly code: number
  /** The server's words. */
  readonly details: string

  constructor(code: number, details: string) {
    super(`${code} ${details}`)
    this.name = 'GrpcError'
    this.code = code
    this.details = details
  }
}

/** The codes that stand for answers of something that does not speak gRPC (a proxy). Source: grpc's http-grpc-status-mapping. */
const ofHttp: Record<number, number> = {
  400: code.internal,
  401: code.unauthenticated,
  403: code.permissionDenied,
  404: code.unimplemented,
  429: code.unavailable,
  502: code.unavailable,
  503: code.unavailable,
  504: code.unavailable,
}

type Headers = Record<string, unknown>

/** The outcome in a call's trailers (or, without a message, its headers): undefined when it succeeded. */
export function outcomeOf(trailers: Headers, httpStatus = 200): GrpcError | undefined {
  const status = trailers['grpc-status']
  if (status === undefined)
    return httpStatus === 200
      ? new GrpcError(code.unknown, 'the server has ended the call without a status')
      : new GrpcError(ofHttp[httpStatus] ?? code.unknown, `the server has answered with HTTP status ${httpStatus}`)
  if (status === '0') return undefined
  return new GrpcError(Number(status) || code.unknown, decoded(String(trailers['grpc-message'] ?? '')))
}

/** A message is percent-encoded; one that is badly encoded is shown as it is. */
function decoded(message: string): string {
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}

const ofReset: Record<number, number> = { 7: code.unavailable, 8: code.cancelled, 11: code.resourceExhausted }

/** The outcome of a call whose stream was reset with an HTTP/2 error code, or that lost its connection. */
export const broken = (resetCode: number, why: string): GrpcError =>
  new GrpcError(ofReset[resetCode] ?? code.unavailable, why)
