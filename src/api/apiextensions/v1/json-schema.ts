import {
  bool,
  double,
  int64,
  type Json,
  json,
  list,
  map,
  ref,
  string,
  type TypeOf,
} from '../../machinery/schema/schema.ts'
import { apiextensions } from './package.ts'

export const ExternalDocumentation = apiextensions.message('ExternalDocumentation', {
  description: string(1),
  url: string(2),
})
export interface ExternalDocumentation extends TypeOf<typeof ExternalDocumentation> {}

export const ValidationRule = apiextensions.message('ValidationRule', {
  rule: string(1).required(),
  message: string(2),
  messageExpression: string(3),
  reason: string(4)
    .explicit()
    .oneOf('FieldValueRequired', 'FieldValueDuplicate', 'FieldValueInvalid', 'FieldValueForbidden'),
  fieldPath: string(5),
  optionalOldSelf: bool(6).explicit(),
})
export interface ValidationRule extends TypeOf<typeof ValidationRule> {}

const anyJson = json<Json>(apiextensions.definition('JSON'))
const schemaOrArray = json<JSONSchemaProps | JSONSchemaProps[]>(apiextensions.definition('JSONSchemaPropsOrArray'))
const schemaOrBool = json<JSONSchemaProps | boolean>(apiextensions.definition('JSONSchemaPropsOrBool'))
const schemaOrStringArray = json<JSONSchemaProps | string[]>(apiextensions.definition('JSONSchemaPropsOrStringArray'))

/** The one recursive type of the API, and so the one whose static type is written out. */
export interface JSONSchemaProps {
  id?: string
  $schema?: string
  $ref?: string
  description?: string
  type?: string
  format?: string
  title?: string
  default?: Json
  maximum?: number
  exclusiveMaximum?: boolean
  minimum?: number
  exclusiveMinimum?: boolean
  maxLength?: number
  minLength?: number
  pattern?: string
  maxItems?: number
  minItems?: number
  uniqueItems?: boolean
  multipleOf?: number
  enum?: Json[]
  maxProperties?: number
  minProperties?: number
  required?: string[]
  items?: JSONSchemaProps | JSONSchemaProps[]
  allOf?: JSONSchemaProps[]
  oneOf?: JSONSchemaProps[]
  anyOf?: JSONSchemaProps[]
  not?: JSONSchemaProps
  properties?: Record<string, JSONSchemaProps>
  additionalProperties?: JSONSchemaProps | boolean
  patternProperties?: Record<string, JSONSchemaProps>
  dependencies?: Record<string, JSONSchemaProps | string[]>
  additionalItems?: JSONSchemaProps | boolean
  definitions?: Record<string, JSONSchemaProps>
  externalDocs?: ExternalDocumentation
  example?: Json
  nullable?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
  'x-kubernetes-embedded-resource'?: boolean
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-list-type'?: string
  'x-kubernetes-map-type'?: string
  'x-kubernetes-validations'?: ValidationRule[]
}
export const JSONSchemaProps = apiextensions.recursive<JSONSchemaProps>('JSONSchemaProps', (self) => ({
  id: string(1),
  $schema: string(2),
  $ref: string(3).explicit(),
  description: string(4),
  type: string(5),
  format: string(6),
  title: string(7),
  default: anyJson(8),
  maximum: double(9).explicit(),
  exclusiveMaximum: bool(10),
  minimum: double(11).explicit(),
  exclusiveMinimum: bool(12),
  maxLength: int64(13).explicit(),
  minLength: int64(14).explicit(),
  pattern: string(15),
  maxItems: int64(16).explicit(),
  minItems: int64(17).explicit(),
  uniqueItems: bool(18),
  multipleOf: double(19).explicit(),
  enum: list(20, anyJson).atomic(),
  maxProperties: int64(21).explicit(),
  minProperties: int64(22).explicit(),
  required: list(23, string).atomic(),
  items: schemaOrArray(24),
  allOf: list(25, self).atomic(),
  oneOf: list(26, self).atomic(),
  anyOf: list(27, self).atomic(),
  not: ref(28, self),
  properties: map(29, self),
  additionalProperties: schemaOrBool(30),
  patternProperties: map(31, self),
  dependencies: map(32, schemaOrStringArray),
  additionalItems: schemaOrBool(33),
  definitions: map(34, self),
  externalDocs: ref(35, ExternalDocumentation),
  example: anyJson(36),
  nullable: bool(37),
  'x-kubernetes-preserve-unknown-fields': bool(38).explicit(),
  'x-kubernetes-embedded-resource': bool(39),
  'x-kubernetes-int-or-string': bool(40),
  'x-kubernetes-list-map-keys': list(41, string).atomic(),
  'x-kubernetes-list-type': string(42).explicit(),
  'x-kubernetes-map-type': string(43).explicit(),
  'x-kubernetes-validations': list(44, ValidationRule).map('rule').patch('merge', 'rule'),
}))
