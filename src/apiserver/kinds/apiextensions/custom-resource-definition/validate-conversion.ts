import type { CustomResourceConversion } from '../../../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError } from '../../../../api/errors.ts'
import { dns1035Label } from '../../../../api/names.ts'
import { webhookService, webhookUrl } from '../../rules/webhook.ts'

const known = ['v1', 'v1beta1']

/** Rules of how objects change between versions. Paths are those of upstream's internal type, as in its messages. */
export function conversionErrors({ strategy, webhook }: CustomResourceConversion, path: string): FieldError[] {
  const at = `${path}.webhookClientConfig`
  if (strategy === 'None')
    return webhook ? [fieldError.forbidden(at, 'should not be set when strategy is not set to Webhook')] : []
  if (strategy !== 'Webhook') return [fieldError.notSupported(`${path}.strategy`, strategy, ['None', 'Webhook'])]
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {}
  const versions = reviewVersions(conversionReviewVersions, `${path}.conversionReviewVersions`)
  if (!clientConfig) return [fieldError.required(at, 'required when strategy is set to Webhook'), ...versions]
  const { url, service } = clientConfig
  if ((url === undefined) === (service === undefined))
    return [fieldError.required(at, 'exactly one of url or service is required'), ...versions]
  if (url !== undefined) return [...webhookUrl(url, `${at}.url`), ...versions]
  return [...webhookService({ port: 443, ...service }, `${at}.service`), ...versions]
}

function reviewVersions(list: readonly string[], path: string): FieldError[] {
  if (list.length === 0) return [fieldError.required(path)]
  const errors = list.flatMap((version, i) => {
    if (list.indexOf(version) < i) return [fieldError.invalid(`${path}[${i}]`, version, 'duplicate version')]
    const problems = dns1035Label(version)
    return problems.length > 0 ? [fieldError.invalid(`${path}[${i}]`, version, problems.join(','))] : []
  })
  return list.some((version) => known.includes(version))
    ? errors
    : [...errors, fieldError.invalid(path, list, `must include at least one of ${known.join(', ')}`)]
}
