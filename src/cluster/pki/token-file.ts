import type { UserInfo } from '../../api/call.ts'
import type { PasswordUser } from '../../apiserver/authn/basic.ts'
import { UserError } from '../user-error.ts'

/**
 * The users of a `--token-auth-file` by their bearer tokens: CSV with the columns token, user, uid and, optionally, groups with
 * commas between them (so in quotes).
 */
export const readTokens = (text: string, file: string): Map<string, UserInfo> =>
  new Map(usersIn(text, '--token-auth-file', file, 'token').map(({ secret, ...user }) => [secret, user]))

/** The users of a `--basic-auth-file`: the same with a password in the place of the token. */
export const readPasswords = (text: string, file: string): PasswordUser[] =>
  usersIn(text, '--basic-auth-file', file, 'password').map(({ secret, ...user }) => ({ ...user, password: secret }))

function usersIn(text: string, flag: string, file: string, column: string): (UserInfo & { secret: string })[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return []
    const [secret = '', name = '', uid, groups = ''] = cells(line)
    if (uid === undefined || secret === '' || name === '') {
      throw new UserError(`${flag} ${file}: line ${index + 1} has to be: ${column},user,uid[,"group,group"]`)
    }
    return [{ secret, name, uid, groups: groups.split(',').flatMap((group) => group.trim() || []) }]
  })
}

/** The cells of a CSV line; one in quotes may hold commas, and quotes as two. */
const cells = (line: string): string[] =>
  [...line.trim().matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    (quoted?.replaceAll('""', '"') ?? plain).trim(),
  )
