import type { JSONSchemaProps } from '../../../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError, messageOf } from '../../../../api/errors.ts'
import { regexOf } from '../../../../api/machinery/regex/regex.ts'
import type { Json } from '../../../../api/machinery/schema/schema.ts'
import { fillerOf, propertyOf, prune, validateValue } from '../../../../api/machinery/structural/index.ts'
import { type Child, childrenOf } from '../../../custom-resources/schema-children.ts'

/** The rules of 'Specifying a structural schema', and of the keywords themselves, for the schema of a version. */
export function validateSchema(root: JSONSchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (!root.type) errors.push(fieldError.required(`${path}.type`, 'must not be empty at the root'))
  else if (root.type !== 'object')
    errors.push(fieldError.invalid(`${path}.type`, root.type, 'must be object at the root'))
  if (root.nullable) errors.push(fieldError.forbidden(`${path}.nullable`, 'nullable cannot be true at the root'))
  if (root.default !== undefined) errors.push(fieldError.forbidden(`${path}.default`, 'must not be set at the root'))
  walk(root, path, errors)
  metadataErrors(root, path, errors)
  return errors
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']
const notSupported = ['$ref', 'id', 'patternProperties', 'definitions', 'dependencies', 'additionalItems'] as const

/** A schema that says what a value is: everything but the insides of allOf, anyOf, oneOf and not. */
function walk(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  keywordErrors(schema, path, errors)
  structureErrors(schema, path, errors)
  listErrors(schema, path, errors)
  defaultErrors(schema, path, errors)
  for (const child of childrenOf(schema, path)) {
    if (child.of === 'value') {
      valueErrors(child.schema, child.path, errors)
      mustBeSpecified(child.schema, child.path, schema, path, errors)
    } else {
      typeErrors(child, errors)
      walk(child.schema, child.path, errors)
    }
  }
}

function keywordErrors(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const { type, pattern, items, properties, additionalProperties, uniqueItems } = schema
  for (const name of notSupported)
    if (schema[name] !== undefined && schema[name] !== '')
      errors.push(fieldError.forbidden(`${path}.${name}`, `${name} is not supported`))
  if (type && !types.includes(type)) errors.push(fieldError.notSupported(`${path}.type`, type, types))
  if (uniqueItems)
    errors.push(
      fieldError.forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    )
  if (additionalProperties === false)
    errors.push(fieldError.forbidden(`${path}.additionalProperties`, 'additionalProperties cannot be set to false'))
  else if (additionalProperties !== undefined && properties && Object.keys(properties).length > 0)
    errors.push(
      fieldError.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'),
    )
  if (Array.isArray(items))
    errors.push(fieldError.forbidden(`${path}.items`, 'items must be a schema object and not an array'))
  const problem = pattern === undefined ? undefined : patternProblem(pattern)
  if (problem !== undefined)
    errors.push(
      fieldError.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${problem}`),
    )
}

function patternProblem(pattern: string): string | undefined {
  try {
    regexOf(pattern)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** Every field says its type. */
function typeErrors({ schema, path, of }: Child, errors: FieldError[]): void {
  const isOpen = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields']
  if (schema.type || isOpen) return
  const what = of === 'items' ? 'array items' : 'object fields'
  errors.push(fieldError.required(`${path}.type`, `must not be empty for specified ${what}`))
}

function structureErrors(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const { type, properties, items } = schema
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(fieldError.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'))
  if (schema['x-kubernetes-embedded-resource']) {
    if (!type)
      errors.push(fieldError.required(`${path}.type`, 'must be object if x-kubernetes-embedded-resource is true'))
    else if (type !== 'object')
      errors.push(fieldError.invalid(`${path}.type`, type, 'must be object if x-kubernetes-embedded-resource is true'))
    if (!schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(properties ?? {}).length === 0)
      errors.push(
        fieldError.required(
          `${path}.properties`,
          'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
        ),
      )
  }
  if (schema['x-kubernetes-int-or-string'] && type)
    errors.push(fieldError.invalid(`${path}.type`, type, 'must be empty if x-kubernetes-int-or-string is true'))
  if (type === 'array' && items === undefined && !schema['x-kubernetes-preserve-unknown-fields'])
    errors.push(fieldError.required(`${path}.items`, 'must be specified'))
}

const listTypes = ['atomic', 'map', 'set']

function listErrors(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const { type, items, 'x-kubernetes-list-type': listType, 'x-kubernetes-map-type': mapType } = schema
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const item = Array.isArray(items) ? undefined : items
  if (mapType !== undefined) {
    if (type !== 'object')
      errors.push(
        fieldError.invalid(`${path}.type`, type ?? '', 'must be object if x-kubernetes-map-type is specified'),
      )
    if (!['atomic', 'granular'].includes(mapType))
      errors.push(fieldError.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']))
  }
  if (listType === undefined) {
    if (keys.length > 0)
      errors.push(
        fieldError.required(`${path}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty'),
      )
    return
  }
  if (type !== 'array')
    errors.push(fieldError.invalid(`${path}.type`, type ?? '', 'must be array if x-kubernetes-list-type is specified'))
  if (!listTypes.includes(listType))
    errors.push(fieldError.notSupported(`${path}.x-kubernetes-list-type`, listType, listTypes))
  if (listType !== 'map' && keys.length > 0)
    errors.push(
      fieldError.invalid(
        `${path}.x-kubernetes-list-type`,
        listType,
        'must be map if x-kubernetes-list-map-keys is non-empty',
      ),
    )
  if (listType === 'map') mapListErrors(keys, item, path, errors)
  if (listType === 'set' && item) {
    const isAtomic =
      item.type === 'object'
        ? item['x-kubernetes-map-type'] === 'atomic'
        : item.type !== 'array' || (item['x-kubernetes-list-type'] ?? 'atomic') === 'atomic'
    if (!isAtomic)
      errors.push(
        fieldError.invalid(
          `${path}.items.${item.type === 'object' ? 'x-kubernetes-map-type' : 'x-kubernetes-list-type'}`,
          'null',
          'must be atomic as item of a list with x-kubernetes-list-type=set',
        ),
      )
    if (item.nullable)
      errors.push(
        fieldError.forbidden(`${path}.items.nullable`, 'cannot be nullable when x-kubernetes-list-type is set'),
      )
  }
}

function mapListErrors(
  keys: readonly string[],
  item: JSONSchemaProps | undefined,
  path: string,
  errors: FieldError[],
): void {
  const at = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0) errors.push(fieldError.required(at, 'must not be empty if x-kubernetes-list-type is map'))
  if (item && item.type !== 'object')
    errors.push(
      fieldError.invalid(
        `${path}.items.type`,
        item.type ?? '',
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    )
  for (const [i, key] of keys.entries()) {
    const property = propertyOf(item, key)
    if (keys.indexOf(key) < i) errors.push(fieldError.duplicate(`${at}[${i}]`, key))
    if (!property) {
      errors.push(fieldError.invalid(`${at}[${i}]`, key, 'entries must all be names of item properties'))
      continue
    }
    if (property.type === 'array' || property.type === 'object')
      errors.push(
        fieldError.invalid(
          `${path}.items.properties[${key}].type`,
          property.type,
          `must be a scalar type if parent array's x-kubernetes-list-type is map`,
        ),
      )
    if (property.default === undefined && !item?.required?.includes(key))
      errors.push(
        fieldError.required(
          `${path}.items.properties[${key}].default`,
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      )
  }
}

/** A default is a value of its own schema, with nothing in it that would be pruned. */
function defaultErrors(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const { default: given } = schema
  if (given === undefined) return
  const at = `${path}.default`
  let unknown = false
  const reader = { path: [], unknown: () => (unknown = true), metadata: (value: unknown) => value }
  prune(schema, given, reader as never)
  if (unknown) errors.push(fieldError.invalid(at, given, 'must not have unknown fields'))
  const value = structuredClone(given) as Json
  fillerOf(schema)?.(value)
  for (const { field, ...error } of validateValue(schema, value))
    errors.push({ ...error, field: field === '<nil>' ? at : `${at}.${field}` })
}

/** Inside allOf, anyOf, oneOf and not, a schema may only say which values there are: not what they are. */
function valueErrors(schema: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const forbid = (name: string, why: string) => errors.push(fieldError.forbidden(`${path}.${name}`, why))
  const isIntOrString = /\.anyOf\[[01]\]$/.test(path) && (schema.type === 'integer' || schema.type === 'string')
  for (const name of ['type', 'title', 'description'] as const)
    if (schema[name] && !(name === 'type' && isIntOrString)) forbid(name, 'must be empty to be structural')
  for (const name of ['default', 'additionalProperties'] as const)
    if (schema[name] !== undefined) forbid(name, 'must be undefined to be structural')
  if (schema.nullable) forbid('nullable', 'must be false to be structural')
  for (const name of [
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-embedded-resource',
    'x-kubernetes-int-or-string',
  ] as const)
    if (schema[name]) forbid(name, 'must be false to be structural')
  for (const name of ['x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-map-type'] as const)
    if (schema[name] !== undefined) forbid(name, 'must be undefined to be structural')
  keywordErrors({ ...schema, additionalProperties: undefined, type: undefined }, path, errors)
  for (const child of childrenOf(schema, path)) valueErrors(child.schema, child.path, errors)
}

/** What the alternatives speak of must be there without them. */
function mustBeSpecified(
  value: JSONSchemaProps,
  valuePath: string,
  outer: JSONSchemaProps,
  outerPath: string,
  errors: FieldError[],
): void {
  const inside = childrenOf(outer, outerPath)
  for (const child of childrenOf(value, valuePath)) {
    if (child.of === 'value') {
      mustBeSpecified(child.schema, child.path, outer, outerPath, errors)
      continue
    }
    const counterpart = inside.find(({ of, name }) => of === child.of && name === child.name)
    if (counterpart) mustBeSpecified(child.schema, child.path, counterpart.schema, counterpart.path, errors)
    else if (child.of !== 'additional') {
      const at = child.of === 'field' ? `${outerPath}.properties[${child.name}]` : `${outerPath}.items`
      errors.push(fieldError.required(at, `because it is defined in ${child.path}`))
    }
  }
}

function metadataErrors({ properties = {} }: JSONSchemaProps, path: string, errors: FieldError[]): void {
  const { metadata } = properties
  for (const name of ['apiVersion', 'kind'] as const) {
    const type = properties[name]?.type
    if (type && type !== 'string')
      errors.push(fieldError.invalid(`${path}.properties[${name}].type`, type, 'must be string'))
  }
  if (!metadata) return
  const at = `${path}.properties[metadata]`
  if (metadata.type && metadata.type !== 'object')
    errors.push(fieldError.invalid(`${at}.type`, metadata.type, 'must be object'))
  const others = Object.keys(metadata.properties ?? {}).some((name) => name !== 'name' && name !== 'generateName')
  const { type: _, description: __, properties: ___, ...more } = metadata
  if (others || Object.keys(more).length > 0)
    errors.push(
      fieldError.forbidden(
        at,
        'must not specify anything other than name and generateName, but metadata is implicitly specified',
      ),
    )
}
