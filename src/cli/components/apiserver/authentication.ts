import type { Command } from 'commander'
import { readPasswords, readTokens } from '../../../cluster/pki/token-file.ts'
import type { ApiServerSettings } from '../../../cluster/processes/api-server.ts'
import { fileOf, list, optionalFileOf, truth } from '../../flags.ts'
import { type IdentityProviderFlags, identityProviders } from './identity-providers.ts'

export interface AuthenticationFlags extends IdentityProviderFlags {
  clientCaFile?: string
  tokenAuthFile?: string
  basicAuthFile?: string
  enableBootstrapTokenAuth: boolean
  anonymousAuth: boolean
  requestheaderClientCaFile?: string
  requestheaderAllowedNames: string[]
  requestheaderUsernameHeaders: string[]
  requestheaderUidHeaders: string[]
  requestheaderGroupHeaders: string[]
  requestheaderExtraHeadersPrefix: string[]
}

/** How the server finds out who sends a request. */
export const authentication = {
  define(command: Command): void {
    command
      .option('--client-ca-file <file>', 'who may sign client certificates')
      .option('--token-auth-file <file>', 'known bearer tokens: CSV lines of token, user, uid, "group,group"')
      .option('--basic-auth-file <file>', 'known passwords: CSV lines of password, user, uid, "group,group"')
      .option('--enable-bootstrap-token-auth [bool]', 'accept the bootstrap tokens in kube-system', truth, false)
      .option('--anonymous-auth [bool]', 'answer requests without credentials', truth, true)
      .option('--requestheader-client-ca-file <file>', "who may sign front proxies' certificates")
      .option('--requestheader-allowed-names <names>', 'common names of front proxies (default: any)', list, [])
      .option('--requestheader-username-headers <names>', 'headers with the user', list, [])
      .option('--requestheader-uid-headers <names>', 'headers with the uid', list, [])
      .option('--requestheader-group-headers <names>', 'headers with groups', list, [])
      .option('--requestheader-extra-headers-prefix <prefixes>', 'headers with further attributes', list, [])
    identityProviders.define(command)
  },

  async settings(flags: AuthenticationFlags & { serviceAccountIssuer?: string[] }): Promise<Settings> {
    const identity = await identityProviders.settings(flags)
    const { tokenAuthFile, basicAuthFile } = flags
    const clientCa = optionalFileOf('--client-ca-file', flags.clientCaFile)
    const proxyCa = optionalFileOf('--requestheader-client-ca-file', flags.requestheaderClientCaFile)
    return {
      ...(clientCa !== undefined && { clientCa }),
      ...(proxyCa !== undefined && { proxyCa }),
      ...(identity.file && { authenticationFile: identity.file }),
      authentication: {
        ...identity.options,
        ...(tokenAuthFile && { tokens: readTokens(fileOf('--token-auth-file', tokenAuthFile), tokenAuthFile) }),
        ...(basicAuthFile && { passwords: readPasswords(fileOf('--basic-auth-file', basicAuthFile), basicAuthFile) }),
        bootstrapTokens: flags.enableBootstrapTokenAuth,
        anonymous: { enabled: flags.anonymousAuth },
        ...(proxyCa !== undefined && { requestHeader: requestHeader(flags) }),
      },
    }
  },
}

type Settings = Pick<ApiServerSettings, 'clientCa' | 'proxyCa' | 'authentication' | 'authenticationFile'>

const requestHeader = (flags: AuthenticationFlags) => ({
  allowedNames: flags.requestheaderAllowedNames,
  usernameHeaders: flags.requestheaderUsernameHeaders.map(lower),
  uidHeaders: flags.requestheaderUidHeaders.map(lower),
  groupHeaders: flags.requestheaderGroupHeaders.map(lower),
  extraHeadersPrefixes: flags.requestheaderExtraHeadersPrefix.map(lower),
})

const lower = (name: string): string => name.toLowerCase()
