import type { UserInfo } from '../../api/call.ts'
import type { Clock } from '../../api/clock.ts'
import type { Log } from '../../api/log.ts'
import type { Objects } from '../definition.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { AnonymousOptions } from './anonymous.ts'
import type { RequestAuthenticator, TokenAuthenticator } from './authenticator.ts'
import { basicAuthenticator, type PasswordUser } from './basic.ts'
import { bootstrapTokens } from './bootstrap-token.ts'
import { cachedTokens } from './cached-tokens.ts'
import { certificateAuthenticator } from './certificate.ts'
import { type Authentication, authenticationChain } from './chain.ts'
import { type ExpressionCompiler, noExpressions } from './jwt/expressions.ts'
import { type RequestHeaderOptions, requestHeaderAuthenticator } from './request-header.ts'
import type { ServiceAccountTokens } from './service-account.ts'
import { staticTokens } from './static-token.ts'
import { type ConfigurationSource, structuredAuthentication } from './structured.ts'
import { type TokenWebhookOptions, tokenWebhook } from './webhook.ts'

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
  /** `--authentication-config`, or what the `--oidc-*` flags mean. What it says about anonymous requests goes before. */
  structured?: ConfigurationSource
  /** Compiles the CEL expressions of the structured configuration. Default: there are none. */
  compile?: ExpressionCompiler
  /** `--oidc-signing-algs`. Default: all that are allowed. */
  jwtAlgorithms?: readonly string[]
  /** `--authentication-token-webhook-*` */
  webhook?: TokenWebhookOptions
}

interface Parts {
  tokens: ServiceAccountTokens
  objects: () => Objects | undefined
  clock: Clock
  log: Pick<Log, 'info'>
  outbound: Outbound | undefined
}

/** For a server that can reach nobody. */
const unreachable: Outbound = {
  send: async ({ url }) => {
    throw new Error(`this server has no way to reach ${url}`)
  },
}

/** The authenticators of a server in upstream's order. */
export function serverAuthentication(options: AuthenticationOptions, parts: Parts): Authentication {
  const { clock, outbound = unreachable } = parts
  const { webhook, jwtAlgorithms: algorithms } = options
  const structured =
    options.structured &&
    structuredAuthentication(options.structured, {
      outbound,
      clock,
      compile: options.compile ?? noExpressions,
      ...(algorithms && { algorithms }),
    })
  const requests: RequestAuthenticator[] = [
    ...(options.requestHeader ? [requestHeaderAuthenticator(options.requestHeader)] : []),
    certificateAuthenticator(),
    ...(options.passwords ? [basicAuthenticator(options.passwords)] : []),
  ]
  const tokens: TokenAuthenticator[] = [
    ...(options.tokens ? [staticTokens(options.tokens)] : []),
    parts.tokens.verify,
    ...(options.bootstrapTokens ? [bootstrapTokens(parts.objects, clock)] : []),
    ...(structured ? [structured.tokens] : []),
    ...(webhook ? [cachedTokens(tokenWebhook(webhook, outbound, clock), cacheFor(webhook, clock))] : []),
  ]
  const anonymous = options.anonymous ?? { enabled: true }
  return authenticationChain({
    requests,
    tokens,
    audiences: parts.tokens.audiences,
    anonymous: () => structured?.anonymous() ?? anonymous,
    log: parts.log,
  })
}

const cacheFor = ({ cacheMs }: TokenWebhookOptions, clock: Clock) => ({
  clock,
  successMs: cacheMs,
  failureMs: cacheMs,
})
