import { badRequest } from '../../api/errors.ts'
import type { KubeObject, Stored } from '../../api/object.ts'

/** A patch may leave out, but not change, what names the object. */
export function withIdentity(patched: KubeObject, old: Stored<KubeObject>): KubeObject {
  const { name, namespace } = patched.metadata ?? {}
  if (name !== undefined && name !== old.metadata.name)
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${old.metadata.name})`)
  // What is not in a namespace has none, whatever a client says.
  if (namespace !== undefined && old.metadata.namespace === undefined) {
    const { namespace: _, ...metadata } = patched.metadata ?? {}
    return { ...patched, metadata }
  }
  if (namespace !== undefined && namespace !== old.metadata.namespace)
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${old.metadata.namespace})`,
    )
  return patched
}
