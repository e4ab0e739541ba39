import { codeOf, ifFound } from '../api/errors.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import type { OwnerReference } from '../api/meta/v1/index.ts'
import type { KubeObject, StoredMeta } from '../api/object.ts'
import type { Client } from '../client/client.ts'

interface Owner {
  metadata: StoredMeta
}

/** The reference to the owner that controls an object; there is at most one. */
export function controllerOf({ metadata }: { metadata?: KubeObject['metadata'] }): OwnerReference | undefined {
  return metadata?.ownerReferences?.find((reference) => reference.controller)
}

/** Whether `owner` controls `object`: by uid, since names are reused. */
export const isControlledBy = (object: KubeObject, owner: Owner): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid

/** The reference that makes `owner` the controller of an object. */
export function controllerRef(owner: Owner, { apiVersion, kind }: ResourceType): OwnerReference {
  const { name, uid } = owner.metadata
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** The owner, and the objects that it may claim. */
export interface ClaimOptions<T extends { metadata: StoredMeta }> {
  client: Client
  owner: Owner
  ownerResource: ResourceType
  /** The objects' resource. */
  resource: ResourceType
  objects: T[]
  /** The owner's selector matches the object's labels. */
  matches(object: T): boolean
  /** Adopted objects get this finalizer, in the same write. */
  finalizer?: string
}

/**
 * Returns the `objects` that `owner` controls, after it has adopted orphans that match its selector and released its own
 * that no longer do. An owner that is being deleted adopts nothing. Reads the owner again before the first adoption, so
 * that a deleted or recreated owner adopts nothing either.
 */
export async function claim<T extends { metadata: StoredMeta }>(options: ClaimOptions<T>): Promise<T[]> {
  const { owner, objects, matches } = options
  let mayAdopt: Promise<boolean> | undefined
  const claimed = await Promise.all(
    objects.map(async (object) => {
      const reference = controllerOf(object)
      const { deletionTimestamp } = object.metadata
      if (reference) {
        if (reference.uid !== owner.metadata.uid) return false
        if (matches(object)) return true
        if (!owner.metadata.deletionTimestamp) await release(options, object)
        return false
      }
      if (owner.metadata.deletionTimestamp || deletionTimestamp || !matches(object)) return false
      mayAdopt ??= stillThere(options)
      return (await mayAdopt) && (await adopt(options, object))
    }),
  )
  return objects.filter((_, at) => claimed[at])
}

async function stillThere({
  client,
  owner,
  ownerResource,
}: Pick<ClaimOptions<Owner>, 'client' | 'owner' | 'ownerResource'>): Promise<boolean> {
  const { name, namespace, uid } = owner.metadata
  const live = (await ifFound(client.get(ownerResource, { name, namespace }))) as Owner | undefined
  return live !== undefined && live.metadata.uid === uid && !live.metadata.deletionTimestamp
}

/** The uid in the patch makes it fail on another object of the same name. */
async function adopt<T extends { metadata: StoredMeta }>(options: ClaimOptions<T>, object: T): Promise<boolean> {
  const reference = controllerRef(options.owner, options.ownerResource)
  return patchOwners(options, object, [reference], options.finalizer)
}

async function release<T extends { metadata: StoredMeta }>(options: ClaimOptions<T>, object: T): Promise<void> {
  await patchOwners(options, object, [{ $patch: 'delete', uid: options.owner.metadata.uid }])
}

/** False: the object is gone, replaced by another of its name, or has another controller. */
async function patchOwners<T extends { metadata: StoredMeta }>(
  { client, resource }: ClaimOptions<T>,
  { metadata: { name, namespace, uid } }: T,
  ownerReferences: unknown[],
  finalizer?: string,
): Promise<boolean> {
  const patch = { metadata: { uid, ownerReferences, ...(finalizer && { finalizers: [finalizer] }) } }
  try {
    await client.patch(resource, { name, namespace }, patch, { type: 'strategic' })
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === 404 || code === 409 || code === 422) return false
    throw error
  }
}
