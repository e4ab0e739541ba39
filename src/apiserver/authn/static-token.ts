import type { UserInfo } from '../../api/call.ts'
import type { Authenticator } from './authenticator.ts'

/** Bearer tokens from a fixed list. */
export const staticTokens = (users: ReadonlyMap<string, UserInfo>): Authenticator => ({
  authenticate: ({ token }) => (token === undefined ? undefined : users.get(token)),
})
