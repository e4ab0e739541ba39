import type { UserInfo } from '../../api/call.ts'
import type { Annotate } from '../authn/authenticator.ts'
import type { Authentication } from '../authn/chain.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import type { HttpRequest } from './exchange.ts'
import { impersonated, impersonates } from './impersonate.ts'

export interface IdentityOptions {
  authentication: Authentication
  authorize: Authorizer
}

/** The user that a request is from: its sender, or the user that the sender acts as. @throws ApiError 400, 401, 403 */
export async function userOf(
  request: HttpRequest,
  { authentication, authorize }: IdentityOptions,
  annotate?: Annotate,
): Promise<UserInfo> {
  const mark = request.url.indexOf('?')
  const path = mark < 0 ? request.url : request.url.slice(0, mark)
  const asked = authentication.sender(request, path, annotate)
  const sender = asked instanceof Promise ? await asked : asked
  return impersonates(request) ? impersonated(request, sender, authorize) : sender
}
