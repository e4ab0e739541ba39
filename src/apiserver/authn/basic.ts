import type { UserInfo } from '../../api/call.ts'
import type { RequestAuthenticator } from './authenticator.ts'
import { sameSecret } from './same-secret.ts'

/** A user of a `--basic-auth-file`. */
export interface PasswordUser extends UserInfo {
  password: string
}

/**
 * User names with passwords (RFC 7617), from a fixed list. Kubernetes had this until 1.18. A password goes over the wire with
 * every request and never expires.
 */
export function basicAuthenticator(users: readonly PasswordUser[]): RequestAuthenticator {
  const byName = new Map(users.map(({ password, ...user }) => [user.name, { password, user }]))
  return (credentials) => {
    const header = credentials.header('authorization')
    const encoded = header && /^basic +(\S+) *$/i.exec(header)?.[1]
    if (!encoded) return undefined
    const [name, password] = namedPassword(encoded)
    const known = byName.get(name)
    // An unknown name takes as long as a wrong password.
    const fits = sameSecret(known?.password ?? '', password)
    if (!known || !fits) throw new Error('invalid username/password combination')
    return known.user
  }
}

function namedPassword(encoded: string): [string, string] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.fromBase64(encoded))
    const colon = text.indexOf(':')
    if (colon >= 0) return [text.slice(0, colon), text.slice(colon + 1)]
  } catch {
    // As for a header without a colon:
  }
  throw new Error('invalid basic authorization header')
}
