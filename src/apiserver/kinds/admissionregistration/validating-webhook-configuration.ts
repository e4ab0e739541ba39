import {
  type ValidatingWebhookConfiguration,
  ValidatingWebhookConfigurations,
} from '../../../api/admissionregistration/v1/index.ts'
import type { Kind } from '../kind.ts'
import { integer, nameAndAge } from '../table.ts'
import { matchRules } from './match.ts'
import { webhookConditions } from './webhook-conditions.ts'
import { webhookRules } from './webhooks.ts'

export const validatingWebhookConfigurations: Kind<ValidatingWebhookConfiguration> = {
  categories: ['api-extensions'],
  type: ValidatingWebhookConfigurations,
  singular: 'validatingwebhookconfiguration',
  generation: 'all',
  unconditionalUpdate: false,
  ...webhookConditions,
  columns: nameAndAge(integer('Webhooks', (config) => config.webhooks?.length ?? 0)),
  rules: [...matchRules, ...webhookRules],
}
