import type { KubeObject, Stored } from '../../api/object.ts'
import type { AdmissionAttributes } from '../definition.ts'
import type { Request } from './core.ts'

type Operation = AdmissionAttributes['operation']

function attributes(
  { served, call, context }: Request,
  operation: Operation,
  object: KubeObject | undefined,
  old: Stored<KubeObject> | undefined,
): AdmissionAttributes {
  return {
    operation,
    definition: served.definition,
    name: call.name ?? object?.metadata?.name ?? '',
    context,
    ...(call.subresource && { subresource: call.subresource }),
    ...(call.namespace && { namespace: call.namespace }),
    ...(object && { object }),
    ...(old && { old }),
  }
}

/** Answers the object as the admission plugins change it. Throws when one refuses it. */
export async function admit<T extends KubeObject>(
  request: Request,
  operation: Operation,
  object: T,
  old?: Stored<KubeObject>,
): Promise<T> {
  let asked = attributes(request, operation, object, old)
  for (const plugin of request.core.admission) {
    const admitted = plugin.admit && (await plugin.admit(asked))
    if (admitted) asked = { ...asked, object: admitted }
  }
  return (asked.object ?? object) as T
}

/** Throws when an admission plugin refuses the final object. */
export async function checkAdmission(
  request: Request,
  operation: Operation,
  object: KubeObject | undefined,
  old?: Stored<KubeObject>,
): Promise<void> {
  const asked = attributes(request, operation, object, old)
  for (const plugin of request.core.admission) if (plugin.validate) await plugin.validate(asked)
}
