import {
  type MutatingWebhookConfiguration,
  MutatingWebhookConfigurations,
} from '../../../api/admissionregistration/v1/index.ts'
import type { Kind } from '../kind.ts'
import { integer, nameAndAge } from '../table.ts'
import { webhookConditions } from './webhook-conditions.ts'

export const mutatingWebhookConfigurations: Kind<MutatingWebhookConfiguration> = {
  categories: ['api-extensions'],
  type: MutatingWebhookConfigurations,
  singular: 'mutatingwebhookconfiguration',
  generation: 'all',
  unconditionalUpdate: false,
  ...webhookConditions,
  columns: nameAndAge(integer('Webhooks', (config) => config.webhooks?.length ?? 0)),
}
