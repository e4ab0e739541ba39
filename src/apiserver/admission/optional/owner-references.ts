import { forbidden } from '../../../api/errors.ts'
import { jsonEqual } from '../../../api/machinery/json/json-equal.ts'
import type { OwnerReference } from '../../../api/meta/v1/index.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../definition.ts'
import type { FindKind } from '../policies/params.ts'

/**
 * Who changes the owners of an object decides when the garbage collector deletes it, and so needs the right to delete it. Who
 * makes an owner wait for it needs the right to change that owner's finalizers.
 */
export function ownerReferencesPermissionEnforcement(findKind: FindKind): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    async validate(attributes) {
      const { operation, definition, subresource, object, old, context, namespace, name } = attributes
      if (subresource === 'status' || !object || operation === 'DELETE' || operation === 'CONNECT') return
      const now = object.metadata?.ownerReferences ?? []
      const before = old?.metadata.ownerReferences ?? []
      if (jsonEqual(now, before)) return
      const { group, version, resource } = definition.type
      const where = { group, version, resource, ...(namespace && { namespace }) }
      if (!(await context.authorize({ user: context.user, ...where, verb: 'delete', name })).allowed)
        throw forbidden(definition.type, name, "cannot set an ownerRef on a resource you can't delete")
      for (const owner of blocking(now, before)) await checkOwner(owner, attributes, findKind)
    },
  }
}

const blocking = (now: readonly OwnerReference[], before: readonly OwnerReference[]): OwnerReference[] =>
  now.filter(
    (owner) =>
      owner.blockOwnerDeletion &&
      !before.some(({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion),
  )

async function checkOwner(
  { apiVersion, kind, name: owner }: OwnerReference,
  { definition, context, namespace, name }: AdmissionAttributes,
  findKind: FindKind,
): Promise<void> {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  const found = findKind(apiVersion, kind)
  if (!found)
    throw forbidden(
      definition.type,
      name,
      `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}`,
    )
  const where = { group, version, resource: found.resource, ...(found.namespaced && namespace && { namespace }) }
  const asked = { user: context.user, ...where, verb: 'update', subresource: 'finalizers', name: owner }
  if (!(await context.authorize(asked)).allowed)
    throw forbidden(
      definition.type,
      name,
      "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on",
    )
}
