import { formatTime } from '../../api/clock.ts'
import { messageOf } from '../../api/errors.ts'
import {
  type Comparison,
  compare,
  isReset,
  ListItemError,
  type Owner,
  type OwnerName,
  readOwners,
  updatedOwners,
  withoutReset,
} from '../../api/machinery/apply/index.ts'
import { jsonEqual } from '../../api/machinery/json/json-equal.ts'
import type { ManagedFieldsEntry } from '../../api/meta/v1/index.ts'
import type { KubeObject, Stored } from '../../api/object.ts'
import type { Request } from './core.ts'
import { managerOf } from './manager-name.ts'
import { resetBy } from './reset-fields.ts'
import { versionsOf } from './versions.ts'

/**
 * A created or updated object with its owners ('Server-Side Apply', field management). An object that nobody owns
 * anything of stays so until somebody applies it.
 */
export async function withOwners(
  request: Request,
  wanted: KubeObject,
  old: Stored<KubeObject> | undefined,
): Promise<KubeObject> {
  const before = ownersBefore(request, wanted, old)
  if (old && before.length === 0) return withManagedFields(wanted, before)
  try {
    return withManagedFields(wanted, await ownersAfter(request, wanted, old, before))
  } catch (error) {
    // Nothing tells the items of a list apart, which validation will say. If it does not, nobody owns anything.
    if (error instanceof ListItemError) return withManagedFields(wanted, undefined)
    throw error
  }
}

/** The object with these owners, unless it has them already. */
export function withManagedFields(object: KubeObject, owners: readonly ManagedFieldsEntry[] | undefined): KubeObject {
  const { managedFields: given, ...metadata } = object.metadata ?? {}
  if (given === owners) return object
  if (!owners?.length) return given ? { ...object, metadata } : object
  return { ...object, metadata: { ...metadata, managedFields: owners as ManagedFieldsEntry[] } }
}

/** Whoever writes the object itself may change its owners; a client that does not know them leaves them as they are. */
function ownersBefore(
  { call }: Request,
  { metadata }: KubeObject,
  old: Stored<KubeObject> | undefined,
): readonly Owner[] {
  const live = (old?.metadata.managedFields ?? []) as readonly Owner[]
  const given = metadata?.managedFields
  if (call.subresource || given === undefined || given === live || jsonEqual(given, live)) return live
  if (isReset(given)) return []
  try {
    const owners = readOwners(given)
    return owners.length > 0 ? owners : live
  } catch {
    return live
  }
}

/** In the place of the object before it was made. */
const none = {}

async function ownersAfter(
  request: Request,
  wanted: KubeObject,
  old: Stored<KubeObject> | undefined,
  before: readonly Owner[],
): Promise<readonly Owner[]> {
  const versions = versionsOf(request)
  const reset = resetBy(request)
  const { apiVersion } = request.served.type
  const shown = [old ? versions.shown(old) : none, versions.shown(wanted)]
  const changes = new Map<string, Comparison>()
  for (const version of new Set([apiVersion, ...before.map((owner) => owner.apiVersion)])) {
    const type = versions.type(version)
    if (!type) continue
    const inVersion = (object: unknown) => (object === none ? none : versions.convert(object, apiVersion, version))
    const [left, right] = version === apiVersion ? shown : await Promise.all(shown.map(inVersion))
    changes.set(version, withoutReset(compare(type, left, right), reset))
  }
  const writing = { by: writerOf(request, 'Update'), time: formatTime(request.core.clock.now()) }
  return updatedOwners(before, writing, (version) => changes.get(version))
}

/** The owner that a request writes as. */
export const writerOf = ({ served, call }: Request, operation: Owner['operation']): OwnerName => ({
  manager: managerOf(call),
  operation,
  apiVersion: served.type.apiVersion,
  ...(call.subresource && { subresource: call.subresource }),
})

/** What admission has made, with owners that make sense: those of before, if a webhook has broken them. */
export function afterAdmission({ context }: Request, admitted: KubeObject, asked: KubeObject): KubeObject {
  const given = admitted.metadata?.managedFields
  const before = asked.metadata?.managedFields
  if (given === before || given === undefined)
    return given === before ? admitted : withManagedFields(admitted, undefined)
  try {
    return withManagedFields(admitted, readOwners(given))
  } catch (error) {
    context.warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${messageOf(error)}`,
    )
    return withManagedFields(admitted, before)
  }
}

/** Whether an object is as it was, but for the times of its owners: then it is not written. */
export function isUnchanged(object: KubeObject, old: Stored<KubeObject>): boolean {
  const { managedFields: own = [], ...metadata } = object.metadata ?? {}
  const { managedFields: before = [], ...oldMetadata } = old.metadata
  return sameOwners(own, before) && jsonEqual({ ...object, metadata }, { ...old, metadata: oldMetadata })
}

function sameOwners(a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean {
  if (a === b) return true
  return a.length === b.length && jsonEqual(a.map(timeless), b.map(timeless))
}

const timeless = ({ time: _, ...entry }: ManagedFieldsEntry) => entry
