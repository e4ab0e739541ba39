import type { UserInfo } from '../../api/call.ts'
import { ApiError } from '../../api/errors.ts'
import { accountGroups } from '../authn/account-user.ts'
import { anonymous, type Credentials } from '../authn/authenticator.ts'
import { extraOf } from '../authn/request-header.ts'
import { type Authorizer, accessForbidden } from '../authz/authorizer.ts'

const extraPrefix = 'impersonate-extra-'

/** Whether a request asks to act as another user. */
export function impersonates({ headers }: Pick<Credentials, 'headers'>): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

/**
 * The user that the sender acts as, by the `Impersonate-*` headers. The sender needs the right to impersonate each of them: the
 * user, every group, the uid, every extra value. @throws ApiError 403, 400
 */
export async function impersonated(
  credentials: Credentials,
  sender: UserInfo,
  authorizer: Authorizer,
): Promise<UserInfo> {
  const name = credentials.values('impersonate-user')[0] ?? ''
  const groups = credentials.values('impersonate-group').filter((group) => group !== '')
  const uid = credentials.values('impersonate-uid')[0] ?? ''
  const extra = extraOf(credentials, [extraPrefix])
  if (name === '') {
    if (groups.length === 0 && uid === '' && Object.keys(extra).length === 0) return sender
    throw new ApiError(400, 'BadRequest', 'requested impersonation without impersonating a user')
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const asked = [
    account ? { resource: 'serviceaccounts', namespace: account[1], name: account[2] } : { resource: 'users', name },
    ...groups.map((group) => ({ resource: 'groups', name: group })),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({ ...authentication, resource: 'userextras', subresource: key, name: value })),
    ),
    ...(uid === '' ? [] : [{ ...authentication, resource: 'uids', name: uid }]),
  ]
  for (const what of asked) {
    const attributes = { user: sender, verb: 'impersonate', group: '', version: 'v1', ...what }
    const { allowed, reason } = await authorizer.authorize(attributes)
    if (!allowed) throw accessForbidden(attributes, reason)
  }
  const implied = account && groups.length === 0 ? accountGroups(account[1] ?? '') : groups
  return {
    name,
    groups: withGroupOfAll(name, implied),
    ...(uid !== '' && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

const authentication = { group: 'authentication.k8s.io', version: 'v1' }

/** Everybody is either in the group of authenticated users or in that of the others. */
function withGroupOfAll(name: string, groups: string[]): string[] {
  if (name === anonymous.name) return [...new Set([...groups, ...anonymous.groups])]
  const told = groups.includes('system:authenticated') || groups.includes('system:unauthenticated')
  return told ? groups : [...groups, 'system:authenticated']
}
