import type { Objects } from '../definition.ts'
import { issueToken } from './issue-token.ts'
import type { ServiceAccountTokens, TokenOptions } from './service-account.ts'
import { signingKeys } from './signing-keys.ts'
import type { TokenService } from './token-claims.ts'
import { tokenVerifier } from './verify-token.ts'

export type TokenWork = Pick<ServiceAccountTokens, 'issue' | 'verify' | 'publicKeys'>

interface Parts extends TokenOptions {
  audiences: readonly string[]
  objects(): Objects | undefined
}

/** What a server does with the tokens of ServiceAccounts once there is one. */
export function tokenWork(options: Parts): TokenWork {
  const { issuers, audiences, clock, random, maxSeconds, objects } = options
  const service: TokenService = {
    issuers,
    audiences,
    clock,
    keys: signingKeys(options.signingKey, options.verificationKeys),
    extends: options.extends ?? true,
    looksUp: options.looksUp ?? true,
    ...(maxSeconds !== undefined && { maxSeconds }),
    objects,
  }
  return {
    issue: (request, account) => issueToken(service, random, request, account),
    verify: tokenVerifier(service),
    publicKeys: () => service.keys.published(),
  }
}
