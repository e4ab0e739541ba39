import { parseDuration } from '../../../api/duration.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1123Subdomain } from '../../../api/names.ts'
import { conditionsOf } from '../webhook/conditions.ts'
import type { AuthorizerConfiguration, WebhookConfiguration } from './configuration.ts'

const types = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook']
const maxTimeoutMs = 30_000
const maxConditions = 64

/** What is wrong with a configuration, in upstream's words. */
export function configurationProblems(authorizers: readonly AuthorizerConfiguration[]): FieldError[] {
  if (authorizers.length === 0)
    return [fieldError.required('authorizers', 'at least one authorization mode must be defined')]
  return authorizers.flatMap(({ type = '', name = '', webhook }, i) => {
    const at = `authorizers[${i}]`
    const before = authorizers.slice(0, i)
    return [
      ...typeProblems(`${at}.type`, type, before),
      ...nameProblems(`${at}.name`, name, before),
      ...(type === 'Webhook'
        ? webhookProblems(`${at}.webhook`, webhook)
        : webhook
          ? [fieldError.invalid(`${at}.webhook`, 'non-null', 'may only be specified when type=Webhook')]
          : []),
    ]
  })
}

function typeProblems(field: string, type: string, before: readonly AuthorizerConfiguration[]): FieldError[] {
  if (type === '') return [fieldError.required(field)]
  if (!types.includes(type)) return [fieldError.notSupported(field, type, types)]
  const twice = type !== 'Webhook' && before.some((other) => other.type === type)
  return twice ? [fieldError.duplicate(field, type)] : []
}

function nameProblems(field: string, name: string, before: readonly AuthorizerConfiguration[]): FieldError[] {
  if (name === '') return [fieldError.required(field)]
  if (before.some((other) => other.name === name)) return [fieldError.duplicate(field, name)]
  const [problem] = dns1123Subdomain(name)
  return problem ? [fieldError.invalid(field, name, `authorizer name is invalid: ${problem}`)] : []
}

function webhookProblems(at: string, webhook: WebhookConfiguration | undefined): FieldError[] {
  if (!webhook) return [fieldError.required(at, 'required when type=Webhook')]
  return [
    ...timeoutProblems(`${at}.timeout`, webhook.timeout),
    ...positive(`${at}.authorizedTTL`, webhook.authorizedTTL),
    ...positive(`${at}.unauthorizedTTL`, webhook.unauthorizedTTL),
    ...oneOf(`${at}.subjectAccessReviewVersion`, webhook.subjectAccessReviewVersion, ['v1', 'v1beta1']),
    ...oneOf(`${at}.failurePolicy`, webhook.failurePolicy, ['NoOpinion', 'Deny']),
    ...connectionProblems(`${at}.connectionInfo`, webhook.connectionInfo),
    ...conditionProblems(at, webhook),
  ]
}

function timeoutProblems(field: string, text: string | undefined): FieldError[] {
  if (!text) return [fieldError.required(field)]
  const ms = parseDuration(text)
  return ms !== undefined && ms > 0 && ms <= maxTimeoutMs
    ? []
    : [fieldError.invalid(field, text, 'must be > 0s and <= 30s')]
}

const positive = (field: string, text: string | undefined): FieldError[] =>
  !text || (parseDuration(text) ?? 0) > 0 ? [] : [fieldError.invalid(field, text, 'must be > 0s')]

function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [fieldError.required(field)]
  return supported.includes(value) ? [] : [fieldError.notSupported(field, value, supported)]
}

function connectionProblems(at: string, info: WebhookConfiguration['connectionInfo']): FieldError[] {
  const kinds = ['InClusterConfig', 'KubeConfigFile']
  const file = `${at}.kubeConfigFile`
  const { type, kubeConfigFile } = info ?? {}
  if (type === 'InClusterConfig' && kubeConfigFile !== undefined)
    return [fieldError.invalid(file, kubeConfigFile, 'can only be set when type=KubeConfigFile')]
  if (type !== 'KubeConfigFile') return oneOf(`${at}.type`, type, kinds)
  if (!kubeConfigFile) return [fieldError.required(file)]
  return kubeConfigFile.startsWith('/') ? [] : [fieldError.invalid(file, kubeConfigFile, 'must be an absolute path')]
}

function conditionProblems(at: string, webhook: WebhookConfiguration): FieldError[] {
  const { matchConditions = [], matchConditionSubjectAccessReviewVersion: version } = webhook
  if (matchConditions.length === 0) return []
  const field = `${at}.matchConditions`
  if (matchConditions.length > maxConditions) return [fieldError.tooMany(field, matchConditions.length, maxConditions)]
  const expressions = matchConditions.map(({ expression }) => expression)
  const [, problems] = conditionsOf(expressions)
  const seen = new Set<string>()
  return [
    ...oneOf(`${at}.matchConditionSubjectAccessReviewVersion`, version, ['v1']),
    ...expressions.flatMap((expression, i) => {
      const place = `${field}[${i}].expression`
      if (!expression.trim()) return [fieldError.required(place)]
      if (seen.has(expression)) return [fieldError.duplicate(place, expression)]
      seen.add(expression)
      const problem = problems.get(i)
      return problem ? [fieldError.invalid(place, expression, problem)] : []
    }),
  ]
}
