import { isPlainObject } from '../decode/decode-scalar.ts'
import { jsonText } from '../json/json-text.ts'
import { encodeMessage } from '../protobuf/message.ts'
import type { JsonObject } from '../schema/schema.ts'
import { Document, Schema } from './gnostic.ts'

/** What kubectl accepts from `/openapi/v2`: this, and nothing else. */
export const openApiV2Accepted = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
/** The Content-Type of the answer: a media type may have no `@`, and kubectl refuses one that has. */
export const openApiV2MediaType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** The OpenAPI 2 document in protobuf. In it, maps are lists of named values, and extensions are YAML. */
export function encodeOpenApiV2(document: JsonObject): Uint8Array {
  return encodeMessage(Document, {
    swagger: document.swagger,
    info: document.info,
    paths: { path: named(document.paths, pathItem) },
    definitions: { additionalProperties: named(document.definitions, schema) },
  })
}

type Fields = Record<string, unknown>
const fieldsOf = (value: unknown): Fields => (isPlainObject(value) ? value : {})
const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function named(map: unknown, convert: (value: unknown) => unknown): unknown[] {
  return Object.entries(fieldsOf(map)).map(([name, value]) => ({ name, value: convert(value) }))
}

const any = (value: unknown) => ({ yaml: jsonText(value) })

const extensions = (value: Fields): unknown[] =>
  named(Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith('x-'))), any)

function pathItem(value: unknown): unknown {
  const { parameters, ...operations } = fieldsOf(value)
  const converted = Object.entries(operations).map(([method, member]) => [method, operation(member)])
  return { ...Object.fromEntries(converted), parameters: itemsOf(parameters).map(parameter) }
}

function operation(value: unknown): unknown {
  const fields = fieldsOf(value)
  return {
    ...fields,
    parameters: itemsOf(fields.parameters).map(parameter),
    responses: { responseCode: named(fields.responses, response) },
    vendorExtension: extensions(fields),
  }
}

function parameter(value: unknown): unknown {
  const fields = fieldsOf(value)
  if (fields.in === 'body') return { parameter: { body: { ...fields, schema: schema(fields.schema) } } }
  return { parameter: { nonBody: { [fields.in === 'path' ? 'path' : 'query']: fields } } }
}

function response(value: unknown): unknown {
  const fields = fieldsOf(value)
  return {
    response: {
      description: fields.description,
      ...(fields.schema !== undefined && { schema: { schema: schema(fields.schema) } }),
    },
  }
}

/** What becomes of the keywords of a schema that are not simply copied. */
const keywords: Record<string, (value: never) => unknown> = {
  default: any,
  enum: (values: unknown[]) => values.map(any),
  type: (type: string | string[]) => ({ value: [type].flat() }),
  items: (items: unknown) => ({ schema: [items].flat().map(schema) }),
  allOf: (schemas: unknown[]) => schemas.map(schema),
  properties: (properties: unknown) => ({ additionalProperties: named(properties, schema) }),
  additionalProperties: (value: unknown) =>
    typeof value === 'boolean' ? { boolean: value } : { schema: schema(value) },
}

function schema(value: unknown): unknown {
  const fields = fieldsOf(value)
  const entries = Object.entries(fields)
    .filter(([name]) => Object.hasOwn(Schema.fields, name))
    .map(([name, member]) => [name, (keywords[name] as ((value: unknown) => unknown) | undefined)?.(member) ?? member])
  return { ...Object.fromEntries(entries), vendorExtension: extensions(fields) }
}
