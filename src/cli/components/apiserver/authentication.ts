import type { Command } from 'commander'
import { readTokens } from '../../../cluster/pki/token-file.ts'
import { collect, fileOf, list, optionalFileOf } from '../../flags.ts'
import { privateKeyIn, publicKeysIn } from './keys.ts'

export interface AuthenticationFlags {
  clientCaFile?: string
  tokenAuthFile?: string
  serviceAccountIssuer?: string
  serviceAccountKeyFile?: string[]
  serviceAccountSigningKeyFile?: string
  apiAudiences?: string[]
}

/** How the server finds out who sends a request. */
export const authentication = {
  define(command: Command): void {
    command
      .option('--client-ca-file <file>', 'who may sign client certificates')
      .option('--token-auth-file <file>', 'known bearer tokens: CSV lines of token, user, uid, "group,group"')
      .option('--service-account-issuer <url>', 'issuer of ServiceAccount tokens')
      .option('--service-account-key-file <file>', 'verifies ServiceAccount tokens (repeatable)', collect)
      .option('--service-account-signing-key-file <file>', 'signs ServiceAccount tokens')
      .option('--api-audiences <names>', 'whom tokens have to be for (default: the issuer)', list)
  },

  settings(flags: AuthenticationFlags) {
    const { tokenAuthFile } = flags
    const clientCa = optionalFileOf('--client-ca-file', flags.clientCaFile)
    return {
      ...(clientCa !== undefined && { clientCa }),
      tokens: tokenOptions(flags),
      ...(tokenAuthFile && { authenticate: [readTokens(fileOf('--token-auth-file', tokenAuthFile), tokenAuthFile)] }),
    }
  },
}

function tokenOptions(flags: AuthenticationFlags) {
  const { serviceAccountIssuer: issuer, serviceAccountSigningKeyFile: signing, apiAudiences: audiences } = flags
  const keys = flags.serviceAccountKeyFile ?? []
  return {
    ...(issuer !== undefined && { issuer }),
    ...(audiences !== undefined && { audiences }),
    ...(signing !== undefined && { signingKey: privateKeyIn('--service-account-signing-key-file', signing) }),
    verificationKeys: keys.flatMap((file) => publicKeysIn('--service-account-key-file', file)),
  }
}
