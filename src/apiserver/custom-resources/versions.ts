import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '../../api/apiextensions/v1/index.ts'
import { type FieldError, fieldError } from '../../api/errors.ts'
import { decode } from '../../api/machinery/decode/decode.ts'
import type { ResourceType } from '../../api/machinery/schema/package.ts'
import type { Message } from '../../api/machinery/schema/schema.ts'
import { customMessage, openApiSchema } from '../../api/machinery/structural/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Random } from '../../api/random.ts'
import type { OtherVersion, ResourceDefinition } from '../definition.ts'
import type { WebhookWorld } from '../outbound/webhook-client.ts'
import type { Conversion } from '../registry/core.ts'
import { columnsOf, selectableFieldsOf } from './columns.ts'
import { conversionWebhook, type Shape } from './conversion-webhook.ts'
import { hasRules, loadedRules, loadFor } from './rules/lazy.ts'
import { scaleOf } from './scale.ts'
import type { Schemas } from './schemas.ts'

type Crd = Stored<CustomResourceDefinition>

/** One version of a custom resource, as the registry serves it. */
export interface CustomVersion {
  type: ResourceType
  definition: ResourceDefinition
  /** Set when it is not the version objects are stored in. */
  other?: OtherVersion<KubeObject>
  /** Set when a webhook converts. */
  conversion?: Conversion
}

export type ConversionWorld = WebhookWorld & { random: Random }

/**
 * Turns a CustomResourceDefinition into resource definitions like those of built-in kinds: one for each version, as
 * versions differ in schema, columns and subresources. The version that objects are stored in comes first, served or
 * not.
 */
export function versionsOf(
  crd: Crd,
  schemas: Schemas,
  world: ConversionWorld,
): { stored: ResourceDefinition; served: CustomVersion[] } | undefined {
  const storage = crd.spec.versions.find((version) => version.storage)
  if (!storage) return undefined
  const storedType = typeOf(crd, storage, schemas)
  if (crd.spec.conversion?.strategy === 'Webhook') return byWebhook(crd, schemas, storage, storedType, world)
  const stored = definitionOf(crd, schemas, storage, storedType, storedType, read)
  // Conversion changes only the version's name.
  const served = crd.spec.versions.flatMap((version): CustomVersion[] => {
    if (!version.served) return []
    if (version === storage) return [{ type: storedType, definition: stored }]
    const type = typeOf(crd, version, schemas)
    const definition = definitionOf(crd, schemas, version, type, storedType, read)
    return [{ type, definition, other: renamed(type, storedType) }]
  })
  return { stored, served }
}

/** Hooks see objects in the version of the request; objects may be stored in any version that once was the one to store. */
function byWebhook(
  crd: Crd,
  schemas: Schemas,
  storage: CustomResourceDefinitionVersion,
  storedType: ResourceType<KubeObject>,
  world: ConversionWorld,
) {
  const types = new Map(
    crd.spec.versions.map((version) => [version, version === storage ? storedType : typeOf(crd, version, schemas)]),
  )
  const ofVersion = new Map([...types.values()].map((type) => [type.apiVersion, type]))
  const readAsStored: Read = (object) => {
    const type = ofVersion.get(object.apiVersion ?? '')
    return type ? read(object, type) : false
  }
  const shapes = new Map([...types.values()].map((type) => [type.apiVersion, shapeOf(type)]))
  const conversion = conversionWebhook(crd, storedType.apiVersion, shapes, world)
  const stored = definitionOf(crd, schemas, storage, storedType, storedType, readAsStored)
  const served = crd.spec.versions.flatMap((version): CustomVersion[] => {
    const type = types.get(version)
    if (!version.served || !type) return []
    const definition = version === storage ? stored : definitionOf(crd, schemas, version, type, type, readAsStored)
    return [{ type, definition, conversion }]
  })
  return { stored, served }
}

/** Drops the fields that a version's schema does not have. */
const shapeOf =
  ({ type, kind, apiVersion }: ResourceType<KubeObject>): Shape =>
  (object) => ({ kind, apiVersion, ...decode(type, object).object })

type Read = (object: Stored<KubeObject>, type: ResourceType) => boolean

function typeOf(
  { spec, status }: Crd,
  version: CustomResourceDefinitionVersion,
  schemas: Schemas,
): ResourceType<KubeObject> {
  const { group, scope } = spec
  const { kind, plural } = status.acceptedNames ?? spec.names
  const gvk = { group, version: version.name, kind }
  return {
    ...gvk,
    apiVersion: `${group}/${version.name}`,
    resource: plural,
    namespaced: scope === 'Namespaced',
    type: customMessage(gvk, () => schemas(version.name)),
  }
}

function definitionOf(
  crd: Crd,
  schemas: Schemas,
  version: CustomResourceDefinitionVersion,
  type: ResourceType<KubeObject>,
  storedType: ResourceType<KubeObject>,
  readStored: Read,
): ResourceDefinition {
  const { singular = '', shortNames = [], categories = [], listKind } = crd.status.acceptedNames ?? crd.spec.names
  const hasStatus = version.subresources?.status !== undefined
  const schema = () => schemas(version.name)
  const validate = validatorOf(type, schema)
  const deprecation = deprecationOf(crd, version)
  return {
    type: storedType,
    singular,
    ...(listKind && { listKind }),
    shortNames,
    categories,
    columns: columnsOf(version),
    selectableFields: selectableFieldsOf(version),
    hasStatus,
    unconditionalUpdate: false,
    ...(version.subresources?.scale && { scale: scaleOf(version.subresources.scale) }),
    generation: hasStatus ? 'all' : 'whole',
    ...(hasStatus && { prepareForCreate: withoutStatus }),
    prepareForStatusUpdate: (object, old) => ({ ...object, metadata: old.metadata }),
    load: () => loadFor(schema()),
    validate,
    validateStatusUpdate: validate,
    custom: {
      openApiSchema: (dialect) =>
        openApiSchema(
          { group: type.group, version: type.version, kind: type.kind },
          schema(),
          dialect,
          Object.keys(selectableFieldsOf(version)),
        ),
      etag: `${crd.metadata.uid}.${crd.metadata.generation}`,
      ...(deprecation && { deprecation }),
      terminating: crd.metadata.deletionTimestamp !== undefined,
      read: (object) => readStored(object, storedType),
    },
  }
}

type Fields = Record<string, unknown>

/** Checks an object by its schema, then by the rules in it. The first object compiles the rules. */
function validatorOf({ type }: ResourceType, schemaOf: () => JSONSchemaProps) {
  let rules: ReturnType<ReturnType<typeof loadedRules>['ruleTree']>
  return (object: KubeObject, old?: KubeObject): FieldError[] => {
    const errors = type.structure?.validate(object as Fields, old as Fields | undefined) ?? []
    const schema = schemaOf()
    if (!hasRules(schema)) return errors
    if (errors.some(({ reason }) => blocking.has(reason))) return [...errors, notChecked]
    rules ??= loadedRules().ruleTree(schema, true)
    return rules ? [...errors, ...loadedRules().evaluateRules(rules, object, old)] : errors
  }
}

/** Rules rely on objects that have the right form and size. */
const blocking = new Set<FieldError['reason']>([
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])
const notChecked = fieldError.invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

const withoutStatus = (object: KubeObject): KubeObject => {
  const { status: _, ...rest } = object as KubeObject & { status?: unknown }
  return rest
}

/** Drops fields that the schema has lost, and fills in defaults that it has gained ('Defaulting and Nullable'). */
function read(object: Stored<KubeObject>, { apiVersion, type }: ResourceType): boolean {
  const { structure } = type
  let differs = object.apiVersion !== apiVersion
  object.apiVersion = apiVersion
  if (!structure) return differs
  const members = object as KubeObject & Fields
  const { apiVersion: _, kind: __, metadata: ___, ...fields } = members
  const pruned = structure.prune(fields, {
    path: [],
    unknown() {
      differs = true
    },
    metadata: (value) => value,
  })
  for (const name of Object.keys(fields)) delete members[name]
  Object.assign(object, pruned)
  return structure.fill(members) || differs
}

/** Conversion strategy None: keeps the fields that the other schema has. */
function renamed(type: ResourceType, stored: ResourceType): OtherVersion<KubeObject> {
  const to =
    ({ apiVersion, type: message }: ResourceType) =>
    (object: KubeObject): KubeObject =>
      decode(message as Message<KubeObject>, { ...object, apiVersion }).object
  return { type, decode: to(stored), encode: to(type) }
}

function deprecationOf({ spec }: Crd, version: CustomResourceDefinitionVersion): string | undefined {
  if (!version.deprecated) return undefined
  if (version.deprecationWarning !== undefined) return version.deprecationWarning
  const { group, names, versions } = spec
  const text = `${group}/${version.name} ${names.kind} is deprecated`
  const better = versions
    .filter(({ served, deprecated, name }) => served && !deprecated && isStable(name) >= isStable(version.name))
    .sort((a, b) => isStable(b.name) - isStable(a.name))[0]
  return better ? `${text}; use ${group}/${better.name} ${names.kind}` : text
}

const isStable = (version: string): number => (/^v\d+$/.test(version) ? 3 : /^v\d+beta/.test(version) ? 2 : 1)
