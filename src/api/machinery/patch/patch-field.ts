import type { Field, Type } from '../schema/schema.ts'

/** How a strategic merge patch treats a member of an object. */
export interface PatchField {
  /** Undefined: unknown. */
  type: Type | undefined
  /** A list whose items have an identity, by `mergeKey` or as a set. */
  merges: boolean
  replaces: boolean
  /** Members that a manifest does not name go away, as only one of them may be set. */
  retainsKeys: boolean
  mergeKey: string | undefined
}

/** That of the member `name` of an object of `type`; members of maps merge as their type says. */
export function patchFieldOf(type: Type | undefined, name: string): PatchField {
  const field: Field | undefined =
    type?.kind === 'message' && Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
  const strategies = field?.patchStrategy?.split(',') ?? []
  return {
    type: type?.kind === 'map' ? type.values : field?.type,
    merges: strategies.includes('merge'),
    replaces: strategies.includes('replace'),
    retainsKeys: strategies.includes('retainKeys'),
    mergeKey: field?.patchMergeKey,
  }
}
