import type { UserInfo } from '../../api/call.ts'
import type { TokenAuthenticator } from './authenticator.ts'

/** Bearer tokens from a fixed list. */
export const staticTokens =
  (users: ReadonlyMap<string, UserInfo>): TokenAuthenticator =>
  (token) => {
    const user = users.get(token)
    return user && { user }
  }
