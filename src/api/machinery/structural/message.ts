import type { JSONSchemaProps } from '../../apiextensions/v1/json-schema.ts'
import { ObjectMeta } from '../../meta/v1/index.ts'
import type { KubeObject } from '../../object.ts'
import type { FieldType } from '../apply/field-type.ts'
import { fieldTypeOfSchema } from '../apply/schema-type.ts'
import { type GroupVersionKind, type Message, ref, type Structure, string } from '../schema/schema.ts'
import { fillerOf } from './defaults.ts'
import { pruneRoot } from './prune.ts'
import { validateValue } from './validate.ts'

/**
 * The type of a custom resource: metadata as every object has it, and the rest as a structural schema says. The first
 * object compiles the schema, so that a thousand unused definitions cost nothing.
 */
export function customMessage(gvk: GroupVersionKind, schema: () => JSONSchemaProps): Message<KubeObject> {
  let structure: Structure | undefined
  return {
    kind: 'message',
    name: gvk.kind,
    definition: [...gvk.group.split('.').reverse(), gvk.version, gvk.kind].join('.'),
    fields: { apiVersion: string(0), kind: string(0), metadata: ref(1, ObjectMeta) },
    gvk,
    get structure() {
      structure ??= structureOf(schema())
      return structure
    },
  }
}

/** Reads, fills in and checks values by a structural schema. */
function structureOf(schema: JSONSchemaProps): Structure {
  const own = withoutTypeMeta(schema)
  const fill = fillerOf(own)
  let fieldType: FieldType | undefined
  return {
    get fieldType() {
      fieldType ??= fieldTypeOfSchema(own)
      return fieldType
    },
    prune: (value, reader) => pruneRoot(own, value, reader),
    fill: (object) => fill?.(object) ?? false,
    validate: (object, old) => [
      ...validateValue(own, object, old),
      ...validateValue(metaOf(schema), { metadata: object.metadata }, old && { metadata: old.metadata }),
    ],
  }
}

/** The server reads these itself; a schema may restrict only two fields of the metadata. */
function withoutTypeMeta({ properties = {}, required = [], ...schema }: JSONSchemaProps): JSONSchemaProps {
  const { apiVersion: _, kind: __, metadata: ___, ...rest } = properties
  return { ...schema, properties: rest, required: required.filter((name) => !always.includes(name)) }
}

const always = ['apiVersion', 'kind', 'metadata']

function metaOf({ properties = {} }: JSONSchemaProps): JSONSchemaProps {
  return properties.metadata ? { properties: { metadata: properties.metadata } } : {}
}
