import { ApiError } from '../../api/errors.ts'
import type { Json, JsonObject } from '../../api/machinery/schema/schema.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Client } from '../client.ts'
import type { ManifestObject } from './manifests.ts'

/** Where `kubectl apply` keeps what was applied last; the same, so that both can be used on one object. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** What applying did to an object. */
export type Applied = 'created' | 'configured' | 'unchanged'

/**
 * Creates the object, or changes it to what the manifest says, as `kubectl apply` does: fields of the last applied
 * manifest that are gone from this one are removed, fields that others have set are left alone. `fieldManager` names the
 * writer in managed fields.
 */
export async function apply(
  client: Client,
  { resource, object }: ManifestObject,
  fieldManager: string,
): Promise<Applied> {
  const annotated = withLastApplied(object)
  for (;;) {
    try {
      const present = (await client.get(resource, object.metadata)) as KubeObject
      const before = present.metadata?.annotations?.[lastApplied]
      const removed = before ? removals(JSON.parse(before) as JsonObject, object as object as JsonObject) : {}
      const patched = await client.patch(resource, object.metadata, merge(removed, annotated as object as JsonObject), {
        // Custom resources know no strategic merge.
        type: Object.keys(resource.type.fields).length > 0 ? 'strategic' : 'merge',
        fieldManager,
      })
      const after = (patched as KubeObject).metadata?.resourceVersion
      return after === present.metadata?.resourceVersion ? 'unchanged' : 'configured'
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404 || error.status.details?.kind !== resource.resource)
        throw error
    }
    try {
      await client.create(resource, annotated, { fieldManager, fieldValidation: 'Strict' })
      return 'created'
    } catch (error) {
      // Somebody else was faster: then it is there to be patched.
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error
    }
  }
}

function withLastApplied(object: ManifestObject['object']): KubeObject {
  const { annotations, ...metadata } = object.metadata as NonNullable<KubeObject['metadata']>
  const { [lastApplied]: _, ...others } = annotations ?? {}
  const plain = { ...object, metadata: { ...metadata, annotations: others } }
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...others, [lastApplied]: `${JSON.stringify(plain)}\n` } },
  }
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A merge patch that deletes what `before` has and `now` has not, at any depth of nested objects. */
function removals(before: JsonObject, now: JsonObject): JsonObject {
  const patch: JsonObject = {}
  for (const [key, value] of Object.entries(before)) {
    const present = now[key]
    if (present === undefined) patch[key] = null
    else if (isObject(value) && isObject(present)) {
      const inner = removals(value, present)
      if (Object.keys(inner).length > 0) patch[key] = inner
    }
  }
  return patch
}

/** Both patches in one: `over` where they meet. */
function merge(under: JsonObject, over: JsonObject): JsonObject {
  const result: JsonObject = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const present = result[key]
    result[key] = isObject(present) && isObject(value) ? merge(present, value) : value
  }
  return result
}
