import { badRequest } from '../../api/errors.ts'

/** Where a paged list goes on. Revision -1: at the present of that time. */
export interface Continuation {
  revision: number
  /** The key of the last item seen. */
  after: string
}

/** Opaque to clients; the form is upstream's, so that a client may page across a change of server. */
export function encodeContinue({ revision, after }: Continuation): string {
  const json = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${after}\0` })
  return base64url(new TextEncoder().encode(json))
}

/** @throws ApiError 400 for what is no token. */
export function decodeContinue(token: string): Continuation {
  const parsed = parse(token)
  const { v, rv, start } = parsed
  if (v !== 'meta.k8s.io/v1') throw invalidToken('server does not recognize this encoded version')
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv)) throw invalidToken('incorrect encoded start resourceVersion')
  if (typeof start !== 'string' || start === '') throw invalidToken('encoded start key empty')
  return { revision: rv, after: start.replace(/\0$/, '') }
}

function parse(token: string): Record<string, unknown> {
  try {
    const binary = atob(token.replaceAll('-', '+').replaceAll('_', '/'))
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // It is no token: see below.
  }
  throw invalidToken('invalid encoding')
}

const invalidToken = (why: string) => badRequest(`continue key is not valid: ${why}`)

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
