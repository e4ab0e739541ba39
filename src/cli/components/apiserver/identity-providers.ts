import { type Command, InvalidArgumentError } from 'commander'
import type { AuthenticationConfiguration } from '../../../apiserver/authn/jwt/configuration.ts'
import { loadExpressionCompiler, noExpressions } from '../../../apiserver/authn/jwt/expressions.ts'
import { jwtAlgorithms } from '../../../apiserver/authn/jwt/jwt-authenticator.ts'
import {
  checkedConfiguration,
  readAuthenticationConfiguration,
} from '../../../apiserver/authn/jwt/read-configuration.ts'
import type { ConfigurationError } from '../../../apiserver/configuration/config-file.ts'
import { world } from '../../../cluster/processes/component.ts'
import { followedFile } from '../../../cluster/settings/followed-file.ts'
import { webhookTarget } from '../../../cluster/settings/webhook-kubeconfig.ts'
import { UserError } from '../../../cluster/user-error.ts'
import { duration, list, optionalFileOf, pairs } from '../../flags.ts'

export interface IdentityProviderFlags {
  authenticationConfig?: string
  oidcIssuerUrl?: string
  oidcClientId?: string
  oidcCaFile?: string
  oidcUsernameClaim: string
  oidcUsernamePrefix?: string
  oidcGroupsClaim?: string
  oidcGroupsPrefix?: string
  oidcRequiredClaim?: Record<string, string>
  oidcSigningAlgs: string[]
  authenticationTokenWebhookConfigFile?: string
  authenticationTokenWebhookCacheTtl: number
  authenticationTokenWebhookVersion: 'v1' | 'v1beta1'
}

/** Tokens that others issue, or know: OpenID Connect and the token webhook. */
export const identityProviders = {
  define(command: Command): void {
    command
      .option('--authentication-config <file>', 'AuthenticationConfiguration: identity providers, anonymous requests')
      .option('--oidc-issuer-url <url>', 'identity provider (OpenID Connect) whose tokens are good')
      .option('--oidc-client-id <id>', 'whom its tokens have to be for')
      .option('--oidc-ca-file <file>', "authority of the provider's server (default: those of the system)")
      .option('--oidc-username-claim <name>', 'claim with the user', 'sub')
      .option('--oidc-username-prefix <text>', 'before the user; -: nothing (default: ISSUER#, unless it is the email)')
      .option('--oidc-groups-claim <name>', 'claim with the groups')
      .option('--oidc-groups-prefix <text>', 'before each group')
      .option('--oidc-required-claim <pairs>', 'claims that a token has to have, as name=value', pairs)
      .option('--oidc-signing-algs <names>', 'how tokens may be signed (default: RS256)', algorithms, ['RS256'])
      .option('--authentication-token-webhook-config-file <file>', 'kubeconfig of a program that knows tokens')
      .option('--authentication-token-webhook-cache-ttl <duration>', 'how long its answers count', duration, 120_000)
      .option(
        '--authentication-token-webhook-version <version>',
        'of the TokenReview: v1 or v1beta1',
        version,
        'v1beta1',
      )
  },

  async settings(flags: IdentityProviderFlags & { serviceAccountIssuer?: string[] }) {
    const { authenticationConfig: file, authenticationTokenWebhookConfigFile: webhook } = flags
    const ownIssuers = flags.serviceAccountIssuer ?? []
    const oidc = oidcConfiguration(flags)
    const compile = file === undefined ? noExpressions : await loadExpressionCompiler()
    if (file && oidc) throw new UserError('--authentication-config and --oidc-*: only one of them may be given')
    const followed =
      file === undefined
        ? undefined
        : followedFile(
            '--authentication-config',
            file,
            (text) => readAuthenticationConfiguration(text, ownIssuers, compile),
            world.clock,
          )
    const checked = oidc && checkedOidc(oidc, ownIssuers)
    const structured = followed?.current ?? (checked && (() => checked))
    return {
      options: {
        ...(structured && { structured, compile }),
        ...(checked && { jwtAlgorithms: flags.oidcSigningAlgs }),
        ...(webhook !== undefined && {
          webhook: {
            target: webhookTarget('--authentication-token-webhook-config-file', webhook),
            version: flags.authenticationTokenWebhookVersion,
            cacheMs: flags.authenticationTokenWebhookCacheTtl,
          },
        }),
      },
      ...(followed && { file: followed }),
    }
  },
}

/** What the flags mean as a structured configuration. Flags without an issuer have no effect, as upstream. */
function oidcConfiguration(flags: IdentityProviderFlags): AuthenticationConfiguration | undefined {
  const { oidcIssuerUrl: url, oidcClientId: clientId, oidcUsernameClaim: claim, oidcGroupsClaim: groups } = flags
  if (url === undefined && clientId === undefined) return undefined
  if (!url || !clientId) throw new UserError('--oidc-issuer-url and --oidc-client-id should be specified together')
  const ca = optionalFileOf('--oidc-ca-file', flags.oidcCaFile)
  return {
    jwt: [
      {
        issuer: { url, audiences: [clientId], ...(ca !== undefined && { certificateAuthority: ca }) },
        claimMappings: {
          username: { claim, prefix: usernamePrefix(flags, url) },
          ...(groups && { groups: { claim: groups, prefix: flags.oidcGroupsPrefix ?? '' } }),
        },
        claimValidationRules: Object.entries(flags.oidcRequiredClaim ?? {}).map(([name, requiredValue]) => ({
          claim: name,
          requiredValue,
        })),
      },
    ],
  }
}

/** Other claims than the email are unique within their issuer only. */
function usernamePrefix({ oidcUsernamePrefix: given, oidcUsernameClaim: claim }: IdentityProviderFlags, url: string) {
  if (given === '-') return ''
  if (given) return given
  return claim === 'email' ? '' : `${url}#`
}

function checkedOidc(configuration: AuthenticationConfiguration, ownIssuers: string[]): AuthenticationConfiguration {
  try {
    return checkedConfiguration(configuration, ownIssuers, noExpressions)
  } catch (error) {
    throw new UserError(`--oidc-*: ${(error as ConfigurationError).message}`)
  }
}

function algorithms(text: string): string[] {
  const given = list(text)
  const unknown = given.find((one) => !jwtAlgorithms.some((known) => known === one))
  if (unknown !== undefined) throw new InvalidArgumentError(`Give some of ${jwtAlgorithms.join(', ')}.`)
  return given
}

function version(text: string): 'v1' | 'v1beta1' {
  if (text === 'v1' || text === 'v1beta1') return text
  throw new InvalidArgumentError('Give v1 or v1beta1.')
}
