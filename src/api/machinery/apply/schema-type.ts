import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { ObjectMeta } from '../../meta/v1/meta.ts'
import { nameElement } from './element.ts'
import {
  anyValue,
  type FieldType,
  type ListType,
  type MapType,
  type NamedField,
  type ScalarType,
} from './field-type.ts'
import { fieldTypeOf } from './message-type.ts'

/** The type of values by a structural schema. `preserves`: a schema around it keeps fields that it does not name. */
export function fieldTypeOfSchema(schema: JSONSchemaProps, preserves = false): FieldType {
  const keeps = preserves || schema['x-kubernetes-preserve-unknown-fields'] === true
  const type = schema['x-kubernetes-int-or-string'] ? '' : (schema.type ?? '')
  if (type === 'object' || schema['x-kubernetes-embedded-resource']) return { map: mapOf(schema, keeps) }
  if (type === 'array') return { list: listOf(schema, keeps) }
  if (type === '') return { scalar: 'untyped', list: listOf(schema, keeps), map: mapOf(schema, keeps) }
  return { scalar: scalarOf(type, schema.format) }
}

function scalarOf(type: string, format: string | undefined): ScalarType {
  if (type === 'integer' || type === 'number') return 'numeric'
  if (type === 'boolean') return 'boolean'
  return type === 'string' && (!format || format === 'byte') ? 'string' : 'untyped'
}

function mapOf(schema: JSONSchemaProps, keeps: boolean): MapType {
  let fields: ReadonlyMap<string, NamedField> | undefined
  let others: FieldType | undefined
  return {
    isAtomic: schema['x-kubernetes-map-type'] === 'atomic',
    get fields() {
      fields ??= fieldsOf(schema, keeps)
      return fields
    },
    get others() {
      others ??= othersOf(schema, keeps)
      return others
    },
  }
}

function fieldsOf(schema: JSONSchemaProps, keeps: boolean): ReadonlyMap<string, NamedField> {
  const named = Object.entries(schema.properties ?? {}).map(([name, property]): [string, NamedField] => {
    const { default: keyDefault } = property
    const type = fieldTypeOfSchema(property, keeps)
    return [
      name,
      {
        element: nameElement(name),
        type,
        ...(keyDefault !== undefined && typeof keyDefault !== 'object' && { keyDefault }),
      },
    ]
  })
  return new Map(schema['x-kubernetes-embedded-resource'] ? [...named, ...ofEmbedded()] : named)
}

const ofEmbedded = (): [string, NamedField][] => [
  ['apiVersion', { element: 'f:apiVersion', type: { scalar: 'string' } }],
  ['kind', { element: 'f:kind', type: { scalar: 'string' } }],
  ['metadata', { element: 'f:metadata', type: fieldTypeOf(ObjectMeta) }],
]

/** An object without named fields may have any. */
function othersOf({ properties, additionalProperties }: JSONSchemaProps, keeps: boolean): FieldType | undefined {
  if (additionalProperties === undefined)
    return keeps || Object.keys(properties ?? {}).length === 0 ? anyValue : undefined
  if (typeof additionalProperties === 'object') return fieldTypeOfSchema(additionalProperties as JSONSchemaProps, keeps)
  return additionalProperties === true ? anyValue : undefined
}

function listOf(schema: JSONSchemaProps, keeps: boolean): ListType {
  const { items, 'x-kubernetes-list-type': listType, 'x-kubernetes-list-map-keys': keys = [] } = schema
  let type: FieldType | undefined
  return {
    by: listType === 'map' ? 'keys' : listType === 'set' ? 'value' : 'nothing',
    keys: listType === 'map' ? keys : [],
    get items() {
      type ??= items && !Array.isArray(items) ? fieldTypeOfSchema(items as JSONSchemaProps, keeps) : anyValue
      return type
    },
  }
}
