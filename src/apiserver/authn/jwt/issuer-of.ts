import { decodeJwt } from 'jose'

/** The issuer that a token names. Nobody has verified it yet. Undefined: it is no JWT. */
export function issuerOf(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token)
    // Google's tokens name it either way.
    return iss === 'accounts.google.com' ? 'https://accounts.google.com' : iss
  } catch {
    return undefined
  }
}
