import type { Field, Json, JsonObject, Message, Scalar, ScalarName, Type } from '../schema/schema.ts'

/** The two OpenAPI versions differ in where definitions stand, and in what a schema can say. */
export interface Dialect {
  readonly version: 2 | 3
  /** What comes before a definition's name in a `$ref`. */
  readonly refPrefix: string
}

export const v2: Dialect = { version: 2, refPrefix: '#/definitions/' }
export const v3: Dialect = { version: 3, refPrefix: '#/components/schemas/' }

/** The schemas of these messages and of all they contain, by name. */
export function definitionsOf(messages: Iterable<Message>, dialect: Dialect): Record<string, JsonObject> {
  const definitions: Record<string, JsonObject> = {}
  const pending: (Message | Scalar)[] = [...messages]
  for (let type = pending.pop(); type; type = pending.pop()) {
    const name = type.definition
    if (!name || definitions[name]) continue
    definitions[name] = type.kind === 'message' ? messageSchema(type, dialect) : namedScalar(type, dialect)
    if (type.kind === 'message') for (const field of Object.values(type.fields)) pending.push(...named(field.type))
  }
  return definitions
}

/** The types with a definition of their own that a type is made of. */
function named(type: Type): (Message | Scalar)[] {
  if (type.kind === 'list') return named(type.items)
  if (type.kind === 'map') return named(type.values)
  return type.definition ? [type as Message | Scalar] : []
}

function messageSchema(message: Message, dialect: Dialect): JsonObject {
  const fields = Object.entries(message.fields)
  const required = fields.filter(([, field]) => field.isRequired).map(([name]) => name)
  const properties = fields.map(([name, field]) => [name, fieldSchema(message, name, field, dialect)])
  const { group = '', version = '', kind = '' } = message.gvk ?? {}
  return {
    ...(message.description && { description: message.description }),
    ...(required.length > 0 && { required: required.sort() }),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    type: 'object',
    ...(message.isAtomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...(message.gvk && { 'x-kubernetes-group-version-kind': [{ group, kind, version }] }),
  }
}

function fieldSchema(owner: Message, name: string, field: Field, dialect: Dialect): JsonObject {
  const { listType, listKeys, mapType, patchStrategy, patchMergeKey } = field
  const description = field.description ?? (owner.gvk && (ofEveryKind as Record<string, string>)[name])
  const extras: JsonObject = {
    ...(description !== undefined && { description }),
    ...(dialect.version === 3 && newer(field)),
    ...(listType && { 'x-kubernetes-list-type': listType }),
    ...(listKeys && { 'x-kubernetes-list-map-keys': [...listKeys] }),
    ...(mapType && { 'x-kubernetes-map-type': mapType }),
    ...(patchStrategy && { 'x-kubernetes-patch-strategy': patchStrategy }),
    ...(patchMergeKey && { 'x-kubernetes-patch-merge-key': patchMergeKey }),
  }
  const schema = typeSchema(field.type, dialect)
  /** In version 3 nothing may stand beside a `$ref`. */
  if (dialect.version === 3 && '$ref' in schema && Object.keys(extras).length > 0) return { allOf: [schema], ...extras }
  return { ...schema, ...extras }
}

/** What only version 3 says, as upstream. */
const newer = ({ defaultValue, values }: Field): JsonObject => ({
  ...(defaultValue !== undefined && { default: defaultValue as Json }),
  ...(values && { enum: [...values] }),
})

function typeSchema(type: Type, dialect: Dialect): JsonObject {
  switch (type.kind) {
    case 'message':
      return { $ref: dialect.refPrefix + type.definition }
    case 'list':
      return { type: 'array', items: typeSchema(type.items, dialect) }
    case 'map':
      return { type: 'object', additionalProperties: typeSchema(type.values, dialect) }
    case 'scalar':
      return type.definition ? { $ref: dialect.refPrefix + type.definition } : plainScalars[type.name]
  }
}

const plainScalars: Record<ScalarName, JsonObject> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  quantity: { type: 'string' },
  intOrString: { type: 'string', format: 'int-or-string' },
  time: { type: 'string', format: 'date-time' },
  microTime: { type: 'string', format: 'date-time' },
  json: {},
  object: { type: 'object' },
}

/** Version 3 can say that a value is one of several types. */
const alternatives: Partial<Record<ScalarName, JsonObject>> = {
  quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  intOrString: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
}

function namedScalar({ name, description }: Scalar, { version }: Dialect): JsonObject {
  const schema = (version === 3 ? alternatives[name] : undefined) ?? plainScalars[name]
  return description ? { ...schema, description } : schema
}

/** What every kind has. Upstream's conformance tests look for the words that the first and the third begin with. */
export const ofEveryKind = {
  apiVersion: 'APIVersion defines which group and version of the API this object is written in, such as apps/v1.',
  kind: 'What kind of object this is, in CamelCase.',
  metadata: "Standard object's metadata: name, namespace, labels and whatever else all objects have.",
  spec: 'What is wanted.',
  status: 'What was observed; written by the system.',
} as const
