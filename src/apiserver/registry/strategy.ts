import { type FieldError, invalid } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { admit, checkAdmission } from './admit.ts'
import type { Request } from './core.ts'
import { afterAdmission, withManagedFields, withOwners } from './managed-fields.ts'
import { validateMeta, validateMetaUpdate } from './object-meta.ts'

/**
 * How a write makes the object to store. A create, an update and a patch of any kind, of an object or of one of its
 * subresources, each is one such value; `made` holds the common part. `Old` is the present object: undefined for a create.
 */
export interface Strategy<Old extends Stored<KubeObject> | undefined = Stored<KubeObject>> {
  /**
   * Makes the requested object, for admission: the body of a PUT, or the patched `old`. Parts that this write may not
   * touch stay. The registry calls it again with the newer object when another writer was faster.
   * @throws ApiError when the merge fails or a precondition does not hold.
   */
  merge(old: Old): KubeObject | Promise<KubeObject>
  /** The merge itself says who owns what: server-side apply. Or nobody does: a write of the server itself. */
  readonly ownsItself?: boolean
  /**
   * Makes the object to store from what admission answered: restores what this write may not touch, and runs the hooks
   * of the kind.
   */
  prepare(object: KubeObject, old: Old): KubeObject
  /** Lists what is wrong with that object, besides its metadata. */
  rules(object: KubeObject, old: Old): FieldError[]
}

/** The object to store: merged, admitted, prepared and validated. @throws ApiError */
export async function made<Old extends Stored<KubeObject> | undefined>(
  request: Request,
  { merge, prepare, rules, ownsItself }: Strategy<Old>,
  old: Old,
): Promise<KubeObject> {
  const { served, call, context } = request
  const { definition } = served
  const operation = old ? 'UPDATE' : 'CREATE'
  const merged = await merge(old)
  const asked = ownsItself ? merged : await withOwners(request, merged, old)
  const admitted = afterAdmission(request, await admit(request, operation, asked, old), asked)
  await definition.authorizeWrite?.(admitted, old, context)
  const object = withManagedFields(prepare(admitted, old), admitted.metadata?.managedFields)
  const { metadata = {} } = object
  const loading = definition.load?.(object)
  if (loading) await loading
  const errors = [
    ...validateMeta(metadata, definition, old !== undefined),
    ...(old ? validateMetaUpdate(metadata, old.metadata) : []),
    ...rules(object, old),
    ...(served.other?.validate?.(object, old) ?? []),
  ]
  if (errors.length > 0) throw invalid(definition.type, metadata.name ?? '', errors)
  await checkAdmission(request, operation, object, old)
  // A caller inside this process that ignores warnings does not pay for them.
  if (call.warn && !call.subresource) for (const text of definition.warnings?.(object, old) ?? []) context.warn(text)
  return object
}
