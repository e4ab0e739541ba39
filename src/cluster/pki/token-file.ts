import type { UserInfo } from '../../api/call.ts'
import type { Authenticator } from '../../apiserver/authn/authenticator.ts'
import { staticTokens } from '../../apiserver/authn/static-token.ts'
import { UserError } from '../user-error.ts'

/**
 * The bearer tokens of a `--token-auth-file`: CSV with the columns token, user, uid and, optionally, groups with commas
 * between them (so in quotes).
 */
export function readTokens(text: string, file: string): Authenticator {
  const users = new Map<string, UserInfo>()
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const [token = '', name = '', uid, groups = ''] = cells(line)
    if (uid === undefined || token === '' || name === '') {
      throw new UserError(`--token-auth-file ${file}: line ${index + 1} has to be: token,user,uid[,"group,group"]`)
    }
    users.set(token, { name, uid, groups: groups.split(',').flatMap((group) => group.trim() || []) })
  })
  return staticTokens(users)
}

/** The cells of a CSV line; one in quotes may hold commas, and quotes as two. */
const cells = (line: string): string[] =>
  [...line.trim().matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    (quoted?.replaceAll('""', '"') ?? plain).trim(),
  )
