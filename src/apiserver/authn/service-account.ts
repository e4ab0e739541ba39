import type { JWK } from 'jose'
import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import type { ServiceAccount } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Objects } from '../definition.ts'
import type { TokenAuthenticator } from './authenticator.ts'
import type { TokenWork } from './token-work.ts'

export interface TokenOptions {
  /** `--service-account-issuer`: the first is the `iss` of new tokens; tokens of the others are valid, too. */
  issuers: readonly string[]
  /** `--service-account-signing-key-file`, PEM (PKCS #8; RSA, P-256, P-384 or P-521). Absent: one that lives as long as the process. */
  signingKey?: string
  /** `--service-account-key-file`: further keys whose tokens the server accepts, PEM (SPKI). */
  verificationKeys?: readonly string[]
  /** `--api-audiences`. Default: the issuers. */
  audiences?: readonly string[]
  /** `--service-account-max-token-expiration`. Seconds. Default: no limit. */
  maxSeconds?: number
  /** `--service-account-extend-token-expiration`. Default true. */
  extends?: boolean
  /** `--service-account-lookup`. Default true. */
  looksUp?: boolean
  /** `--service-account-jwks-uri`. Default: this server's, under the issuer. */
  jwksUri?: string
  clock: Clock
  random: Random
}

export interface ServiceAccountTokens {
  /** Sets the source of ServiceAccounts and of the objects that tokens are bound to; without it no token is valid. */
  attach(objects: Objects): void
  /** Returns the request with its status. */
  issue(request: TokenRequest, account: Stored<ServiceAccount>): Promise<TokenRequest>
  verify: TokenAuthenticator
  /** The public keys, for `/openid/v1/jwks`. */
  publicKeys(): Promise<JWK[]>
  readonly issuer: string
  readonly jwksUri: string
  /** Those of the server itself. */
  readonly audiences: readonly string[]
}

/** The issuer where no flag names one. */
const defaultIssuer = 'https://kubernetes.default.svc.cluster.local'

/**
 * Issues and verifies the tokens of ServiceAccounts (KEP-1205): JWTs that end with the objects they are bound to. What signs and
 * verifies loads with the first token.
 */
export function serviceAccountTokens(options: TokenOptions): ServiceAccountTokens {
  const [issuer = defaultIssuer, ...others] = options.issuers
  const issuers = [issuer, ...others]
  const audiences = options.audiences ?? issuers
  let objects: Objects | undefined
  let loading: Promise<TokenWork> | undefined
  const work = () => {
    loading ??= import('./token-work.ts').then(({ tokenWork }) =>
      tokenWork({ ...options, issuers, audiences, objects: () => objects }),
    )
    return loading
  }
  return {
    issuer,
    audiences,
    jwksUri: options.jwksUri ?? `${issuer.replace(/\/$/, '')}/openid/v1/jwks`,
    issue: async (request, account) => (await work()).issue(request, account),
    verify: async (...asked) => (await work()).verify(...asked),
    publicKeys: async () => (await work()).publicKeys(),
    attach(to) {
      objects = to
    },
  }
}
