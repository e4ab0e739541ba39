import { defaults } from '../../machinery/schema/defaults.ts'
import { bool, bytes, int32, int64, list, ref, string, type TypeOf, time } from '../../machinery/schema/schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { JSONSchemaProps } from './json-schema.ts'
import { apiextensions } from './package.ts'

export const CustomResourceColumnDefinition = apiextensions.message('CustomResourceColumnDefinition', {
  name: string(1).required(),
  type: string(2).required(),
  format: string(3),
  description: string(4),
  priority: int32(5),
  jsonPath: string(6).required(),
})
export interface CustomResourceColumnDefinition extends TypeOf<typeof CustomResourceColumnDefinition> {}

export const ServiceReference = apiextensions.message('ServiceReference', {
  namespace: string(1).required(),
  name: string(2).required(),
  path: string(3).explicit(),
  port: int32(4).explicit().default(443),
})
export interface ServiceReference extends TypeOf<typeof ServiceReference> {}

export const WebhookClientConfig = apiextensions.message('WebhookClientConfig', {
  service: ref(1, ServiceReference),
  caBundle: bytes(2),
  url: string(3).explicit(),
})
export interface WebhookClientConfig extends TypeOf<typeof WebhookClientConfig> {}

export const WebhookConversion = apiextensions.message('WebhookConversion', {
  clientConfig: ref(2, WebhookClientConfig),
  conversionReviewVersions: list(3, string).required().atomic(),
})
export interface WebhookConversion extends TypeOf<typeof WebhookConversion> {}

export const CustomResourceConversion = apiextensions.message('CustomResourceConversion', {
  strategy: string(1).required(),
  webhook: ref(2, WebhookConversion),
})
export interface CustomResourceConversion extends TypeOf<typeof CustomResourceConversion> {}

export const CustomResourceDefinitionNames = apiextensions.message('CustomResourceDefinitionNames', {
  plural: string(1).required(),
  singular: string(2),
  shortNames: list(3, string).atomic(),
  kind: string(4).required(),
  listKind: string(5),
  categories: list(6, string).atomic(),
})
export interface CustomResourceDefinitionNames extends TypeOf<typeof CustomResourceDefinitionNames> {}

export const CustomResourceSubresourceScale = apiextensions.message('CustomResourceSubresourceScale', {
  specReplicasPath: string(1).required(),
  statusReplicasPath: string(2).required(),
  labelSelectorPath: string(3).explicit(),
})
export interface CustomResourceSubresourceScale extends TypeOf<typeof CustomResourceSubresourceScale> {}

export const CustomResourceSubresourceStatus = apiextensions.message('CustomResourceSubresourceStatus', {})
export interface CustomResourceSubresourceStatus extends TypeOf<typeof CustomResourceSubresourceStatus> {}

export const CustomResourceSubresources = apiextensions.message('CustomResourceSubresources', {
  status: ref(1, CustomResourceSubresourceStatus),
  scale: ref(2, CustomResourceSubresourceScale),
})
export interface CustomResourceSubresources extends TypeOf<typeof CustomResourceSubresources> {}

export const CustomResourceValidation = apiextensions.message('CustomResourceValidation', {
  openAPIV3Schema: ref(1, JSONSchemaProps),
})
export interface CustomResourceValidation extends TypeOf<typeof CustomResourceValidation> {}

export const SelectableField = apiextensions.message('SelectableField', {
  jsonPath: string(1).required(),
})
export interface SelectableField extends TypeOf<typeof SelectableField> {}

export const CustomResourceDefinitionVersion = apiextensions.message('CustomResourceDefinitionVersion', {
  name: string(1).required(),
  served: bool(2).required(),
  storage: bool(3).required(),
  schema: ref(4, CustomResourceValidation),
  subresources: ref(5, CustomResourceSubresources),
  additionalPrinterColumns: list(6, CustomResourceColumnDefinition).atomic(),
  deprecated: bool(7),
  deprecationWarning: string(8).explicit(),
  selectableFields: list(9, SelectableField).atomic(),
})
export interface CustomResourceDefinitionVersion extends TypeOf<typeof CustomResourceDefinitionVersion> {}

export const CustomResourceDefinitionSpec = apiextensions.message('CustomResourceDefinitionSpec', {
  group: string(1).required(),
  names: ref(3, CustomResourceDefinitionNames).required(),
  scope: string(4).required(),
  versions: list(7, CustomResourceDefinitionVersion).required().atomic(),
  conversion: ref(9, CustomResourceConversion).default({ strategy: 'None' }),
  preserveUnknownFields: bool(10),
})
export interface CustomResourceDefinitionSpec extends TypeOf<typeof CustomResourceDefinitionSpec> {}

export const CustomResourceDefinitionCondition = apiextensions.message('CustomResourceDefinitionCondition', {
  type: string(1).required(),
  status: string(2).required(),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
  observedGeneration: int64(6),
})
export interface CustomResourceDefinitionCondition extends TypeOf<typeof CustomResourceDefinitionCondition> {}

export const CustomResourceDefinitionStatus = apiextensions.message('CustomResourceDefinitionStatus', {
  conditions: list(1, CustomResourceDefinitionCondition).map('type'),
  acceptedNames: ref(2, CustomResourceDefinitionNames),
  storedVersions: list(3, string).atomic(),
  observedGeneration: int64(4),
})
export interface CustomResourceDefinitionStatus extends TypeOf<typeof CustomResourceDefinitionStatus> {}

export const CustomResourceDefinition = apiextensions.kind('CustomResourceDefinition', {
  metadata: ref(1, ObjectMeta),
  spec: ref(2, CustomResourceDefinitionSpec).required(),
  status: ref(3, CustomResourceDefinitionStatus),
})
export interface CustomResourceDefinition extends TypeOf<typeof CustomResourceDefinition> {}
export const CustomResourceDefinitionList = apiextensions.listOf(CustomResourceDefinition)
export const CustomResourceDefinitions = apiextensions.resource(CustomResourceDefinition, 'customresourcedefinitions', {
  namespaced: false,
})
defaults(CustomResourceDefinition, (definition) => {
  const { spec } = definition
  if (!spec) return
  if (spec.names) fillNames(spec.names)
  const status = definition.status ?? {}
  if (!status.storedVersions?.length)
    status.storedVersions = (spec.versions ?? []).filter(({ storage }) => storage).map(({ name }) => name)
  definition.status = status
})

function fillNames(names: CustomResourceDefinitionNames): void {
  names.singular ||= names.kind?.toLowerCase()
  if (names.kind) names.listKind ||= `${names.kind}List`
}
