import type { UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import type { Objects } from '../definition.ts'
import type { AnonymousOptions } from './anonymous.ts'
import type { RequestAuthenticator, TokenAuthenticator } from './authenticator.ts'
import { basicAuthenticator, type PasswordUser } from './basic.ts'
import { bootstrapTokens } from './bootstrap-token.ts'
import { certificateAuthenticator } from './certificate.ts'
import { type Authentication, authenticationChain } from './chain.ts'
import { type RequestHeaderOptions, requestHeaderAuthenticator } from './request-header.ts'
import type { ServiceAccountTokens } from './service-account.ts'
import { staticTokens } from './static-token.ts'

/** How users prove who they are, besides client certificates and ServiceAccount tokens, which are always on. */
export interface AuthenticationOptions {
  /** `--requestheader-*` */
  requestHeader?: RequestHeaderOptions
  /** `--basic-auth-file` */
  passwords?: readonly PasswordUser[]
  /** `--token-auth-file`: users by their tokens. */
  tokens?: ReadonlyMap<string, UserInfo>
  /** `--enable-bootstrap-token-auth` */
  bootstrapTokens?: boolean
  /** `--anonymous-auth`. Default: for all paths. */
  anonymous?: AnonymousOptions
}

interface Parts {
  tokens: ServiceAccountTokens
  objects: () => Objects | undefined
  clock: Clock
  log: Pick<Log, 'info'>
}

/** The authenticators of a server in upstream's order. */
export function serverAuthentication(options: AuthenticationOptions, parts: Parts): Authentication {
  const requests: RequestAuthenticator[] = [
    ...(options.requestHeader ? [requestHeaderAuthenticator(options.requestHeader)] : []),
    certificateAuthenticator(),
    ...(options.passwords ? [basicAuthenticator(options.passwords)] : []),
  ]
  const tokens: TokenAuthenticator[] = [
    ...(options.tokens ? [staticTokens(options.tokens)] : []),
    parts.tokens.verify,
    ...(options.bootstrapTokens ? [bootstrapTokens(parts.objects, parts.clock)] : []),
  ]
  const anonymous = options.anonymous ?? { enabled: true }
  return authenticationChain({
    requests,
    tokens,
    audiences: parts.tokens.audiences,
    anonymous: () => anonymous,
    log: parts.log,
  })
}
