import { type Command, InvalidArgumentError } from 'commander'
import { abacAuthorizer } from '../../../apiserver/authz/abac.ts'
import { readAuthorizationConfiguration } from '../../../apiserver/authz/configuration/read-configuration.ts'
import type { AuthorizationMode } from '../../../apiserver/authz/modes.ts'
import { ConfigurationError } from '../../../apiserver/configuration/config-file.ts'
import type { ApiServerSettings } from '../../../cluster/processes/api-server.ts'
import { world } from '../../../cluster/processes/component.ts'
import { followedFile } from '../../../cluster/settings/followed-file.ts'
import { webhookTarget } from '../../../cluster/settings/webhook-kubeconfig.ts'
import { UserError } from '../../../cluster/user-error.ts'
import { duration, fileOf, list } from '../../flags.ts'

export interface AuthorizationFlags {
  authorizationMode?: string[]
  authorizationConfig?: string
  authorizationPolicyFile?: string
  authorizationWebhookConfigFile?: string
  authorizationWebhookVersion: 'v1' | 'v1beta1'
  authorizationWebhookCacheAuthorizedTtl: number
  authorizationWebhookCacheUnauthorizedTtl: number
}

const modes = ['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node']
const policyFlag = '--authorization-policy-file'
const webhookFlag = '--authorization-webhook-config-file'

/** Who may do what. */
export const authorization = {
  define(command: Command): void {
    command
      .option('--authorization-mode <modes>', `in order, of ${modes.join(', ')} (default: Node,RBAC)`, modesIn)
      .option('--authorization-config <file>', 'AuthorizationConfiguration, in the place of the other flags')
      .option(`${policyFlag} <file>`, 'policies of the mode ABAC: one as JSON on each line')
      .option(`${webhookFlag} <file>`, 'kubeconfig of the program that the mode Webhook asks')
      .option(
        '--authorization-webhook-version <version>',
        'of the SubjectAccessReview: v1 or v1beta1',
        version,
        'v1beta1',
      )
      .option('--authorization-webhook-cache-authorized-ttl <duration>', 'how long its yes counts', duration, 300_000)
      .option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long its no counts', duration, 30_000)
  },

  settings(flags: AuthorizationFlags): Pick<ApiServerSettings, 'authorization' | 'authorizationFile'> {
    const { authorizationMode: asked, authorizationConfig: file } = flags
    if (file !== undefined) {
      if (asked || flags.authorizationPolicyFile || flags.authorizationWebhookConfigFile)
        throw new UserError('--authorization-config and --authorization-*: only one of them may be given')
      const followed = followedFile('--authorization-config', file, (text) => configured(text), world.clock)
      return { authorization: followed.current, authorizationFile: followed }
    }
    return asked ? { authorization: asked.map((mode) => modeOf(mode, flags)) } : {}
  },
}

const configured = (text: string) =>
  readAuthorizationConfiguration(text, {
    target: (kubeconfig) => webhookTarget('connectionInfo.kubeConfigFile', kubeconfig),
    inCluster() {
      throw new ConfigurationError(
        'connectionInfo.type InClusterConfig is for programs in the cluster; name a kubeConfigFile',
      )
    },
    policy() {
      throw new ConfigurationError(`the type ABAC needs --authorization-mode and ${policyFlag}`)
    },
  })

function modeOf(mode: string, flags: AuthorizationFlags): AuthorizationMode {
  const { authorizationPolicyFile: policy, authorizationWebhookConfigFile: webhook } = flags
  if (mode === 'ABAC') return { abac: policyIn(policy) }
  if (mode !== 'Webhook') return mode as AuthorizationMode
  if (!webhook) throw new UserError(`--authorization-mode Webhook needs ${webhookFlag}`)
  return {
    webhook: {
      target: webhookTarget(webhookFlag, webhook),
      version: flags.authorizationWebhookVersion,
      allowedMs: flags.authorizationWebhookCacheAuthorizedTtl,
      refusedMs: flags.authorizationWebhookCacheUnauthorizedTtl,
      timeoutMs: 30_000,
      onFailure: 'NoOpinion',
    },
  }
}

function policyIn(file: string | undefined): string {
  if (!file) throw new UserError(`--authorization-mode ABAC needs ${policyFlag}`)
  const text = fileOf(policyFlag, file)
  try {
    abacAuthorizer(text)
    return text
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new UserError(`${policyFlag} ${file}: ${error.message}`)
  }
}

function modesIn(text: string, before: string[] = []): string[] {
  const given = list(text, before)
  const unknown = given.find((mode) => !modes.includes(mode))
  if (unknown !== undefined) throw new InvalidArgumentError(`Give some of ${modes.join(', ')}.`)
  const twice = given.find((mode, i) => given.indexOf(mode) !== i)
  if (twice !== undefined) throw new InvalidArgumentError(`${twice} may be given once only.`)
  return given
}

function version(text: string): 'v1' | 'v1beta1' {
  if (text === 'v1' || text === 'v1beta1') return text
  throw new InvalidArgumentError('Give v1 or v1beta1.')
}
