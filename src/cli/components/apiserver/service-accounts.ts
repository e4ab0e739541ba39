import type { Command } from 'commander'
import { UserError } from '../../../cluster/user-error.ts'
import { collect, duration, list, truth } from '../../flags.ts'
import { privateKeyIn, publicKeysIn } from '../keys.ts'

export interface ServiceAccountFlags {
  serviceAccountIssuer?: string[]
  serviceAccountKeyFile?: string[]
  serviceAccountSigningKeyFile?: string
  serviceAccountMaxTokenExpiration?: number
  serviceAccountExtendTokenExpiration: boolean
  serviceAccountLookup: boolean
  serviceAccountJwksUri?: string
  apiAudiences?: string[]
}

/** The tokens of ServiceAccounts. */
export const serviceAccounts = {
  define(command: Command): void {
    command
      .option('--service-account-issuer <url>', 'issuer of tokens; of several, the first issues new ones', collect)
      .option('--service-account-key-file <file>', 'verifies ServiceAccount tokens (repeatable)', collect)
      .option('--service-account-signing-key-file <file>', 'signs ServiceAccount tokens')
      .option('--service-account-max-token-expiration <duration>', 'the longest lifetime of a token', duration)
      .option('--service-account-extend-token-expiration [bool]', "give pods' tokens a year", truth, true)
      .option('--service-account-lookup [bool]', 'accept legacy tokens only while their Secret exists', truth, true)
      .option('--service-account-jwks-uri <url>', 'where others find the public keys (default: at the issuer)')
      .option('--api-audiences <names>', 'whom tokens have to be for (default: the issuer)', list)
  },

  settings(flags: ServiceAccountFlags) {
    const { serviceAccountIssuer: issuers, serviceAccountSigningKeyFile: signing, apiAudiences: audiences } = flags
    const { serviceAccountJwksUri: jwksUri } = flags
    if (jwksUri !== undefined && !jwksUri.startsWith('https://')) {
      throw new UserError(`--service-account-jwks-uri ${jwksUri}: it has to be an https URL`)
    }
    const keys = flags.serviceAccountKeyFile ?? []
    return {
      tokens: {
        ...(issuers !== undefined && { issuers }),
        ...(audiences !== undefined && { audiences }),
        ...(signing !== undefined && { signingKey: privateKeyIn('--service-account-signing-key-file', signing) }),
        ...(jwksUri !== undefined && { jwksUri }),
        ...limitOf(flags.serviceAccountMaxTokenExpiration),
        extends: flags.serviceAccountExtendTokenExpiration,
        looksUp: flags.serviceAccountLookup,
        verificationKeys: keys.flatMap((file) => publicKeysIn('--service-account-key-file', file)),
      },
    }
  },
}

const hourMs = 3600_000

/** 0 is no limit. */
function limitOf(ms: number | undefined): { maxSeconds?: number } {
  if (!ms) return {}
  if (ms < hourMs || ms > 2 ** 32 * 1000) {
    throw new UserError('--service-account-max-token-expiration: it has to be from 1 hour to 2^32 seconds')
  }
  return { maxSeconds: Math.floor(ms / 1000) }
}
