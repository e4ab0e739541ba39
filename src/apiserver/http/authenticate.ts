import type { UserInfo } from '../../api/call.ts'
import { ApiError, unauthorized } from '../../api/errors.ts'
import { type Authenticator, anonymous, authenticated } from '../authn/authenticator.ts'
import { type Authorizer, accessForbidden } from '../authz/authorizer.ts'
import type { HttpRequest } from './exchange.ts'

/** The user that a request is from: its sender, or the user that the sender acts as. @throws ApiError 400, 401, 403 */
export async function userOf(
  request: HttpRequest,
  { authenticate: authenticators, authorize }: { authenticate: readonly Authenticator[]; authorize: Authorizer },
): Promise<UserInfo> {
  const sender = await authenticate(request, authenticators)
  return impersonation.some((name) => request.header(name) !== undefined)
    ? impersonate(request, sender, authorize)
    : sender
}

const impersonation = ['impersonate-user', 'impersonate-group', 'impersonate-uid']

/** A request without known credentials is anonymous, and may see little besides the server's health. */
async function authenticate(request: HttpRequest, authenticators: readonly Authenticator[]): Promise<UserInfo> {
  const header = request.header('authorization')
  const token = header === undefined ? undefined : /^bearer +(\S+)$/i.exec(header)?.[1]
  const { certificate } = request
  if (!certificate && token === undefined) return anonymous
  for (const authenticator of authenticators) {
    const found = authenticator.authenticate({ ...(certificate && { certificate }), ...(token && { token }) })
    const user = found instanceof Promise ? await found : found
    if (user) return authenticated(user)
  }
  // An unknown token is an error to report; a certificate alone is not.
  if (token !== undefined) throw unauthorized()
  return anonymous
}

/** The user that an authenticated one acts as, by the Impersonate headers. @throws ApiError 403, 400 */
async function impersonate(request: HttpRequest, user: UserInfo, authorizer: Authorizer): Promise<UserInfo> {
  const name = request.header('impersonate-user')
  const groups = list(request.header('impersonate-group'))
  const uid = request.header('impersonate-uid')
  if (name === undefined) {
    if (groups.length === 0 && uid === undefined) return user
    throw new ApiError(400, 'BadRequest', 'requested impersonation without impersonating a user')
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const asked = [
    account ? { resource: 'serviceaccounts', namespace: account[1], name: account[2] } : { resource: 'users', name },
    ...groups.map((group) => ({ resource: 'groups', name: group })),
    ...(uid === undefined ? [] : [{ resource: 'uids', group: 'authentication.k8s.io', name: uid }]),
  ]
  for (const what of asked) {
    const attributes = { user, verb: 'impersonate', group: '', version: 'v1', ...what }
    const { allowed, reason } = await authorizer.authorize(attributes)
    if (!allowed) throw accessForbidden(attributes, reason)
  }
  const implied =
    account && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
  const acting = { name, groups: [...groups, ...implied], ...(uid !== undefined && { uid }) }
  return name === anonymous.name
    ? { ...acting, groups: [...acting.groups, ...anonymous.groups] }
    : authenticated(acting)
}

const list = (header: string | undefined): string[] => header?.split(',').map((group) => group.trim()) ?? []
