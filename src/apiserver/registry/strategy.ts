import { type FieldError, invalid } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import { admit, checkAdmission } from './admit.ts'
import type { Request } from './core.ts'
import { validateMeta, validateMetaUpdate } from './object-meta.ts'

/**
 * How a write makes the object to store. A create, an update and a patch of any kind, of an object or of one of its
 * subresources, each is one such value; `made` holds the common part. `Old` is the present object: undefined for a create.
 */
export interface Strategy<Old extends Stored<KubeObject> | undefined = Stored<KubeObject>> {
  /**
   * The object that is asked for, as admission is to see it: the body of a PUT, or what a patch makes of `old`. What this
   * write may not touch is as it was. Called again with the newer object when another writer was faster.
   * @throws ApiError for what cannot be merged, or is asked for under conditions that do not hold.
   */
  merge(old: Old): KubeObject | Promise<KubeObject>
  /**
   * The object as it is stored, made from what admission has answered: what this write may not touch is put back, and the
   * hooks of the kind do their work.
   */
  prepare(object: KubeObject, old: Old): KubeObject
  /** What is wrong with that, besides its metadata. */
  rules(object: KubeObject, old: Old): FieldError[]
}

/** The object to store: merged, admitted, prepared and validated. @throws ApiError */
export async function made<Old extends Stored<KubeObject> | undefined>(
  request: Request,
  { merge, prepare, rules }: Strategy<Old>,
  old: Old,
): Promise<KubeObject> {
  const { served, call, context } = request
  const { definition } = served
  const operation = old ? 'UPDATE' : 'CREATE'
  const merged = await merge(old)
  const object = prepare(await admit(request, operation, merged, old), old)
  const { metadata = {} } = object
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
