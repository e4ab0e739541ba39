import type { JWK } from 'jose'
import type { TokenRequest } from '../../api/authentication/v1/index.ts'
import type { Clock } from '../../api/clock.ts'
import type { ServiceAccount } from '../../api/core/v1/index.ts'
import type { Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { Objects } from '../definition.ts'
import type { Authenticator } from './authenticator.ts'
import { issueToken } from './issue-token.ts'
import { signingKeys } from './signing-keys.ts'
import type { TokenService } from './token-claims.ts'
import { tokenVerifier, type Verify } from './verify-token.ts'

export interface TokenOptions {
  /** `--service-account-issuer`: the `iss` of tokens, which verification requires. */
  issuer: string
  /** `--service-account-signing-key-file`, PEM (PKCS #8; RSA or P-256). Absent: one that lives as long as the process. */
  signingKey?: string
  /** `--service-account-key-file`: further keys whose tokens the server accepts, PEM (SPKI). */
  verificationKeys?: readonly string[]
  /** `--api-audiences`. Default: the issuer. */
  audiences?: readonly string[]
  clock: Clock
  random: Random
}

export interface ServiceAccountTokens extends Authenticator {
  /** Sets the source of ServiceAccounts and of the objects that tokens are bound to; without it no token is valid. */
  attach(objects: Objects): void
  /** Returns the request with its status. */
  issue(request: TokenRequest, account: Stored<ServiceAccount>): Promise<TokenRequest>
  verify: Verify
  /** The public keys, for `/openid/v1/jwks`. */
  publicKeys(): Promise<JWK[]>
  readonly issuer: string
}

/** Issues and verifies the tokens of ServiceAccounts (KEP-1205): JWTs that end with the objects they are bound to. */
export function serviceAccountTokens(options: TokenOptions): ServiceAccountTokens {
  const { issuer, audiences = [issuer], clock, random } = options
  let objects: Objects | undefined
  const keys = signingKeys(options.signingKey, options.verificationKeys)
  const service: TokenService = { issuer, audiences, clock, keys, objects: () => objects }
  const verify = tokenVerifier(service)
  return {
    issuer,
    issue: (request, account) => issueToken(service, random, request, account),
    verify,
    publicKeys: () => keys.published(),
    attach(to) {
      objects = to
    },
    async authenticate({ token }) {
      return token === undefined ? undefined : (await verify(token, []))?.user
    },
  }
}
