import type { UserInfo } from '../../api/call.ts'
import type { Annotate } from '../authn/authenticator.ts'
import type { Authentication } from '../authn/chain.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { HttpRequest } from './exchange.ts'
import { impersonated, impersonates } from './impersonate.ts'

/** Learns who a request is from. */
export interface IdentityObserver {
  sender(user: UserInfo): void
  impersonated(user: UserInfo): void
  annotate: Annotate
}

export interface IdentityOptions {
  authentication: Authentication
  authorize: Authorizer
}

/** The user that a request is from: its sender, or the user that the sender acts as. @throws ApiError 400, 401, 403 */
export async function userOf(
  request: HttpRequest,
  { authentication, authorize }: IdentityOptions,
  observer?: IdentityObserver,
): Promise<UserInfo> {
  const mark = request.url.indexOf('?')
  const path = mark < 0 ? request.url : request.url.slice(0, mark)
  const asked = authentication.sender(request, path, observer?.annotate)
  const sender = asked instanceof Promise ? await asked : asked
  observer?.sender(sender)
  if (!impersonates(request)) return sender
  const user = await impersonated(request, sender, authorize)
  observer?.impersonated(user)
  return user
}
