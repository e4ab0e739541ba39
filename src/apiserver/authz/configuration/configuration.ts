import { apiPackage } from '../../../api/machinery/schema/package.ts'
import { bool, list, ref, string, type TypeOf } from '../../../api/machinery/schema/schema.ts'

const config = apiPackage('io.k8s.apiserver.apis.apiserver.v1', 'apiserver.config.k8s.io', 'v1')

const WebhookConnectionInfo = config.message('WebhookConnectionInfo', {
  type: string(1).required(),
  kubeConfigFile: string(2),
})

const WebhookMatchCondition = config.message('WebhookMatchCondition', { expression: string(1).required() })

/** Durations as Go writes them: `5m`. */
const WebhookConfiguration = config.message('WebhookConfiguration', {
  authorizedTTL: string(1),
  cacheAuthorizedRequests: bool(2).explicit(),
  unauthorizedTTL: string(3),
  cacheUnauthorizedRequests: bool(4).explicit(),
  timeout: string(5),
  subjectAccessReviewVersion: string(6),
  matchConditionSubjectAccessReviewVersion: string(7),
  failurePolicy: string(8),
  connectionInfo: ref(9, WebhookConnectionInfo),
  matchConditions: list(10, WebhookMatchCondition),
})
export interface WebhookConfiguration extends TypeOf<typeof WebhookConfiguration> {}

const AuthorizerConfiguration = config.message('AuthorizerConfiguration', {
  type: string(1),
  name: string(2),
  webhook: ref(3, WebhookConfiguration),
})
export interface AuthorizerConfiguration extends TypeOf<typeof AuthorizerConfiguration> {}

/** The contents of `--authorization-config`. */
export const AuthorizationConfiguration = config.kind('AuthorizationConfiguration', {
  authorizers: list(1, AuthorizerConfiguration),
})
export interface AuthorizationConfiguration extends TypeOf<typeof AuthorizationConfiguration> {}
