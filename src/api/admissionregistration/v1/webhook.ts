import { bytes, int32, list, ref, string, type TypeOf } from '../../machinery/schema/schema.ts'
import { LabelSelector, ObjectMeta } from '../../meta/v1/meta.ts'
import { MatchCondition, RuleWithOperations } from './match.ts'
import { admissionregistration } from './package.ts'

export const ServiceReference = admissionregistration.message('ServiceReference', {
  namespace: string(1).required(),
  name: string(2).required(),
  path: string(3).explicit(),
  port: int32(4).explicit().default(443),
})
export interface ServiceReference extends TypeOf<typeof ServiceReference> {}

export const WebhookClientConfig = admissionregistration.message('WebhookClientConfig', {
  service: ref(1, ServiceReference),
  caBundle: bytes(2),
  url: string(3).explicit(),
})
export interface WebhookClientConfig extends TypeOf<typeof WebhookClientConfig> {}

/** What both kinds of webhooks have. */
const webhook = {
  name: string(1).required(),
  clientConfig: ref(2, WebhookClientConfig).required(),
  rules: list(3, RuleWithOperations).atomic(),
  failurePolicy: string(4).explicit().oneOf('Ignore', 'Fail').default('Fail'),
  namespaceSelector: ref(5, LabelSelector).default({}),
  sideEffects: string(6).explicit().required().oneOf('Unknown', 'None', 'Some', 'NoneOnDryRun'),
  timeoutSeconds: int32(7).explicit().default(10),
  admissionReviewVersions: list(8, string).required().atomic(),
  matchPolicy: string(9).explicit().oneOf('Exact', 'Equivalent').default('Equivalent'),
}

export const MutatingWebhook = admissionregistration.message('MutatingWebhook', {
  ...webhook,
  reinvocationPolicy: string(10).explicit().oneOf('Never', 'IfNeeded').default('Never'),
  objectSelector: ref(11, LabelSelector).default({}),
  matchConditions: list(12, MatchCondition).map('name').patch('merge', 'name'),
})
export interface MutatingWebhook extends TypeOf<typeof MutatingWebhook> {}

export const MutatingWebhookConfiguration = admissionregistration.kind('MutatingWebhookConfiguration', {
  metadata: ref(1, ObjectMeta),
  webhooks: list(2, MutatingWebhook).map('name').patch('merge', 'name'),
})
export interface MutatingWebhookConfiguration extends TypeOf<typeof MutatingWebhookConfiguration> {}
export const MutatingWebhookConfigurationList = admissionregistration.listOf(MutatingWebhookConfiguration)
export const MutatingWebhookConfigurations = admissionregistration.resource(
  MutatingWebhookConfiguration,
  'mutatingwebhookconfigurations',
  { namespaced: false },
)

export const ValidatingWebhook = admissionregistration.message('ValidatingWebhook', {
  ...webhook,
  objectSelector: ref(10, LabelSelector).default({}),
  matchConditions: list(11, MatchCondition).map('name').patch('merge', 'name'),
})
export interface ValidatingWebhook extends TypeOf<typeof ValidatingWebhook> {}

export const ValidatingWebhookConfiguration = admissionregistration.kind('ValidatingWebhookConfiguration', {
  metadata: ref(1, ObjectMeta),
  webhooks: list(2, ValidatingWebhook).map('name').patch('merge', 'name'),
})
export interface ValidatingWebhookConfiguration extends TypeOf<typeof ValidatingWebhookConfiguration> {}
export const ValidatingWebhookConfigurationList = admissionregistration.listOf(ValidatingWebhookConfiguration)
export const ValidatingWebhookConfigurations = admissionregistration.resource(
  ValidatingWebhookConfiguration,
  'validatingwebhookconfigurations',
  { namespaced: false },
)
