import type { FieldError } from '../../api/errors.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ObjectMeta } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { HookContext, PartialUpdate, ResourceDefinition } from '../definition.ts'

/** A way into a stored object: which part a write may change, with the kind's hooks and rules for it. */
export interface Door {
  /** Takes from `wanted` what this door may change, the rest from `old`. */
  keep(definition: ResourceDefinition, wanted: KubeObject, old: Stored<KubeObject>): Stored<KubeObject>
  /** The kind's hooks. */
  prepare(
    definition: ResourceDefinition,
    object: Stored<KubeObject>,
    old: Stored<KubeObject>,
    context: HookContext,
  ): KubeObject
  rules(definition: ResourceDefinition, object: KubeObject, old: Stored<KubeObject>): FieldError[]
}

/** The door for a write of the object, or of a subresource that has its form or changes a part of it. */
export function doorOf({ partialUpdates = {} }: ResourceDefinition, subresource: string | undefined): Door {
  if (subresource === undefined) return ofObject
  if (subresource === 'status') return ofStatus
  const partial = Object.hasOwn(partialUpdates, subresource) ? partialUpdates[subresource] : undefined
  // A write of `scale` follows the rules of a write of the object.
  return partial ? ofPart(partial) : ofObject
}

const ofObject: Door = {
  /** A write of the object leaves the status alone, where that has a door of its own. */
  keep(definition, wanted, old) {
    const object: Loose = whole(definition, wanted, old)
    if (!definition.hasStatus) return object as Stored<KubeObject>
    const { status } = old as Loose
    if (status === undefined) delete object.status
    else object.status = status
    return object as Stored<KubeObject>
  },
  prepare: (definition, object, old, context) =>
    counted(definition, definition.prepareForUpdate?.(object, old, context) ?? object, old),
  rules: (definition, object, old) => [
    ...(definition.validate?.(object, old) ?? []),
    ...(definition.validateUpdate?.(object, old) ?? []),
  ],
}

const ofStatus: Door = {
  /** Takes status and metadata only. */
  keep(definition, wanted, old) {
    // A custom resource may lack a status.
    const status = (wanted as Loose).status ?? (definition.custom ? undefined : {})
    const { status: _, ...rest } = old as Stored<KubeObject> & Loose
    const metadata = keptMeta(wanted.metadata ?? {}, old)
    return { ...rest, metadata, ...(status !== undefined && { status }) } as Stored<KubeObject>
  },
  prepare: (definition, object, old, context) => definition.prepareForStatusUpdate?.(object, old, context) ?? object,
  rules: (definition, object, old) => definition.validateStatusUpdate?.(object, old) ?? [],
}

/** The kind itself says which part this takes. */
const ofPart = (partial: PartialUpdate<KubeObject>): Door => ({
  keep: whole,
  prepare: (definition, object, old) => counted(definition, partial.prepare(object, old), old),
  rules: (definition, object, old) => [...(definition.validate?.(object, old) ?? []), ...partial.validate(object, old)],
})

/** For the server itself: takes the whole object, its status included. */
export const ofServer: Door = { keep: asGiven, prepare: (_, object) => object, rules: () => [] }

interface Loose extends KubeObject {
  spec?: unknown
  status?: unknown
}

function whole(definition: ResourceDefinition, wanted: KubeObject, old: Stored<KubeObject>): Stored<KubeObject> {
  const object: Loose = asGiven(definition, wanted, old)
  if (definition.type.type.fields.spec?.type.kind === 'message') object.spec ??= {}
  return object as Stored<KubeObject>
}

function asGiven({ type }: ResourceDefinition, wanted: KubeObject, old: Stored<KubeObject>): Stored<KubeObject> {
  const { kind: _, apiVersion: __, metadata = {}, ...rest } = wanted
  return { kind: type.kind, apiVersion: type.apiVersion, metadata: keptMeta(metadata, old), ...rest }
}

/** Keeps the metadata that belongs to the server. */
function keptMeta(wanted: ObjectMeta, { metadata: old }: Stored<KubeObject>): Stored<KubeObject>['metadata'] {
  const { selfLink: _, generation: __, namespace, ...meta } = wanted
  return {
    ...meta,
    name: meta.name ?? old.name,
    ...(old.namespace && { namespace: namespace ?? old.namespace }),
    uid: old.uid,
    creationTimestamp: old.creationTimestamp,
    resourceVersion: old.resourceVersion,
    ...(old.generation !== undefined && { generation: old.generation }),
    ...(old.deletionTimestamp && { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
  }
}

/** Increments the generation when a part that counts has changed. */
function counted(
  { generation: rule = 'spec' }: ResourceDefinition,
  object: KubeObject,
  old: Stored<KubeObject>,
): KubeObject {
  if (rule === 'none' || !hasChanged(rule, object, old)) return object
  return { ...object, metadata: { ...object.metadata, generation: (old.metadata.generation ?? 0) + 1 } }
}

function hasChanged(rule: 'spec' | 'all' | 'whole', object: KubeObject, old: KubeObject): boolean {
  const part = (o: KubeObject) =>
    rule === 'spec' ? (o as Loose).spec : { ...o, metadata: undefined, ...(rule === 'all' && { status: undefined }) }
  return !jsonEqual(part(object), part(old))
}
