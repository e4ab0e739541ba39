import { bool, declarations, double, int64, list, type Message, ref, string } from '../schema/schema.ts'

/** The messages of `openapi.v2` (gnostic), as far as our documents use them: what kubectl reads `/openapi/v2` as. */
const openapi = declarations('openapi.v2', '', '')

/** Any value, as YAML (of which JSON is a part). */
const Any = openapi.message('Any', { yaml: string(2) })
const NamedAny = openapi.message('NamedAny', { name: string(1), value: ref(2, Any) })

export const Schema: Message = openapi.recursive('Schema', (self) => {
  const named = openapi.message('NamedSchema', { name: string(1), value: ref(2, self) })
  return {
    $ref: string(1),
    format: string(2),
    title: string(3),
    description: string(4),
    default: ref(5, Any),
    multipleOf: double(6),
    maximum: double(7),
    exclusiveMaximum: bool(8),
    minimum: double(9),
    exclusiveMinimum: bool(10),
    maxLength: int64(11),
    minLength: int64(12),
    pattern: string(13),
    maxItems: int64(14),
    minItems: int64(15),
    uniqueItems: bool(16),
    maxProperties: int64(17),
    minProperties: int64(18),
    required: list(19, string),
    enum: list(20, Any),
    additionalProperties: ref(
      21,
      openapi.message('AdditionalPropertiesItem', { schema: ref(1, self), boolean: bool(2) }),
    ),
    type: ref(22, openapi.message('TypeItem', { value: list(1, string) })),
    items: ref(23, openapi.message('ItemsItem', { schema: list(1, self) })),
    allOf: list(24, self),
    properties: ref(25, openapi.message('Properties', { additionalProperties: list(1, named) })),
    vendorExtension: list(31, NamedAny),
  }
})

const BodyParameter = openapi.message('BodyParameter', {
  description: string(1),
  name: string(2),
  in: string(3),
  required: bool(4),
  schema: ref(5, Schema),
})
const QueryParameter = openapi.message('QueryParameterSubSchema', {
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(6),
  uniqueItems: bool(20),
})
const PathParameter = openapi.message('PathParameterSubSchema', {
  required: bool(1),
  in: string(2),
  description: string(3),
  name: string(4),
  type: string(5),
  uniqueItems: bool(19),
})
const NonBodyParameter = openapi.message('NonBodyParameter', {
  query: ref(3, QueryParameter),
  path: ref(4, PathParameter),
})
const Parameter = openapi.message('Parameter', { body: ref(1, BodyParameter), nonBody: ref(2, NonBodyParameter) })
const ParametersItem = openapi.message('ParametersItem', { parameter: ref(1, Parameter) })

const SchemaItem = openapi.message('SchemaItem', { schema: ref(1, Schema) })
const Response = openapi.message('Response', { description: string(1), schema: ref(2, SchemaItem) })
const ResponseValue = openapi.message('ResponseValue', { response: ref(1, Response) })
const NamedResponseValue = openapi.message('NamedResponseValue', { name: string(1), value: ref(2, ResponseValue) })
const Responses = openapi.message('Responses', { responseCode: list(1, NamedResponseValue) })

const Operation = openapi.message('Operation', {
  tags: list(1, string),
  description: string(3),
  operationId: string(5),
  produces: list(6, string),
  consumes: list(7, string),
  parameters: list(8, ParametersItem),
  responses: ref(9, Responses),
  schemes: list(10, string),
  vendorExtension: list(13, NamedAny),
})

const PathItem = openapi.message('PathItem', {
  get: ref(2, Operation),
  put: ref(3, Operation),
  post: ref(4, Operation),
  delete: ref(5, Operation),
  patch: ref(8, Operation),
  parameters: list(9, ParametersItem),
})
const NamedPathItem = openapi.message('NamedPathItem', { name: string(1), value: ref(2, PathItem) })
const NamedSchema = openapi.message('NamedSchema', { name: string(1), value: ref(2, Schema) })

export const Document = openapi.message('Document', {
  swagger: string(1),
  info: ref(2, openapi.message('Info', { title: string(1), version: string(2) })),
  paths: ref(8, openapi.message('Paths', { path: list(2, NamedPathItem) })),
  definitions: ref(9, openapi.message('Definitions', { additionalProperties: list(1, NamedSchema) })),
})
