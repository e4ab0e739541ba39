import { parseDuration } from '../../../api/duration.ts'
import { ConfigurationError, readConfiguration } from '../../configuration/config-file.ts'
import type { OutboundTarget } from '../../outbound/target.ts'
import type { AuthorizationMode, AuthorizationModes } from '../modes.ts'
import { conditionsOf } from '../webhook/conditions.ts'
import { AuthorizationConfiguration, type WebhookConfiguration } from './configuration.ts'
import { configurationProblems } from './validate.ts'

/** What a configuration refers to, outside of it. */
export interface ConfigurationFiles {
  /** The program that a kubeconfig names. @throws Error */
  target(kubeconfig: string): OutboundTarget
  /** The API server itself, for `InClusterConfig`. @throws Error where there is none */
  inCluster(): OutboundTarget
  /** The text of `--authorization-policy-file`. @throws Error if there is none */
  policy(): string
}

/** The contents of an `--authorization-config` (KEP-3221). @throws ConfigurationError */
export function readAuthorizationConfiguration(text: string, files: ConfigurationFiles): AuthorizationModes {
  const { authorizers = [] } = readConfiguration(text, AuthorizationConfiguration, ['v1', 'v1beta1', 'v1alpha1'])
  const texts = configurationProblems(authorizers).map(({ field, message }) => `${field}: ${message}`)
  if (texts.length > 0) throw new ConfigurationError(texts.length === 1 ? `${texts[0]}` : `[${texts.join(', ')}]`)
  return authorizers.map(({ type, webhook }): AuthorizationMode => {
    if (type === 'ABAC') return { abac: files.policy() }
    if (type === 'Webhook' && webhook) return webhookMode(webhook, files)
    return type as AuthorizationMode
  })
}

function webhookMode(webhook: WebhookConfiguration, files: ConfigurationFiles): AuthorizationMode {
  const { connectionInfo, matchConditions = [], cacheAuthorizedRequests, cacheUnauthorizedRequests } = webhook
  const milliseconds = (text: string | undefined, otherwise: number) => (text ? (parseDuration(text) ?? 0) : otherwise)
  const [conditions] = conditionsOf(matchConditions.map(({ expression }) => expression))
  return {
    webhook: {
      target:
        connectionInfo?.type === 'KubeConfigFile'
          ? files.target(connectionInfo.kubeConfigFile ?? '')
          : files.inCluster(),
      version: webhook.subjectAccessReviewVersion === 'v1beta1' ? 'v1beta1' : 'v1',
      allowedMs: cacheAuthorizedRequests === false ? 0 : milliseconds(webhook.authorizedTTL, 300_000),
      refusedMs: cacheUnauthorizedRequests === false ? 0 : milliseconds(webhook.unauthorizedTTL, 30_000),
      timeoutMs: milliseconds(webhook.timeout, 0),
      onFailure: webhook.failurePolicy === 'Deny' ? 'Deny' : 'NoOpinion',
      ...(matchConditions.length > 0 && { conditions }),
    },
  }
}
