import {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ServiceReference,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../../../api/admissionregistration/v1/index.ts'
import { type FieldError, fieldError } from '../../../api/errors.ts'
import { dns1035Label, dns1123Subdomain } from '../../../api/names.ts'
import { among, uniqueNames } from '../rules/checks.ts'
import { type Check, rule } from '../rules/walk.ts'
import { webhookService, webhookUrl } from '../rules/webhook.ts'
import { matchConditions } from './match.ts'

const versions = ['v1', 'v1beta1']

const fields = {
  name: fullName satisfies Check<string>,
  sideEffects: ((value, field) =>
    value === undefined
      ? [fieldError.required(field, 'must specify one of None, NoneOnDryRun')]
      : among('None', 'NoneOnDryRun')(value, field)) satisfies Check<string>,
  timeoutSeconds: ((value = 1, field) =>
    value < 1 || value > 30
      ? [fieldError.invalid(field, value, 'the timeout value must be between 1 and 30 seconds')]
      : []) satisfies Check<number>,
  admissionReviewVersions: reviewVersions satisfies Check<string[]>,
  matchConditions,
}

/** Rules of the webhooks of both kinds. */
export const webhookRules = [
  rule(MutatingWebhookConfiguration, { webhooks: uniqueNames }),
  rule(ValidatingWebhookConfiguration, { webhooks: uniqueNames }),
  rule(MutatingWebhook, fields),
  rule(ValidatingWebhook, fields),
  rule(WebhookClientConfig, {}, ({ url, service }, field) => {
    if ((url === undefined) === (service === undefined))
      return [fieldError.required(field, 'exactly one of url or service is required')]
    return url === undefined ? [] : webhookUrl(url, `${field}.url`)
  }),
  rule(ServiceReference, {}, webhookService),
]

function fullName(value = '', field: string): FieldError[] {
  if (!value) return [fieldError.required(field)]
  const problems = dns1123Subdomain(value)
  if (problems.length) return [fieldError.invalid(field, value, problems.join(','))]
  return value.split('.').length < 3
    ? [fieldError.invalid(field, value, 'should be a domain with at least three segments separated by dots')]
    : []
}

function reviewVersions(list: string[] = [], field: string): FieldError[] {
  const known = versions.join(', ')
  if (list.length === 0) return [fieldError.required(field, `must specify one of ${known}`)]
  const errors = list.flatMap((version, i) => {
    const at = `${field}[${i}]`
    if (list.indexOf(version) < i) return [fieldError.invalid(at, version, 'duplicate version')]
    return dns1035Label(version).map((problem) => fieldError.invalid(at, version, problem))
  })
  return list.some((version) => versions.includes(version))
    ? errors
    : [...errors, fieldError.invalid(field, list, `must include at least one of ${known}`)]
}
