import { decode } from '../api/machinery/decode/decode.ts'
import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import { type KubeObject, keyOf, type ObjectName, type Stored } from '../api/object.ts'
import type { InformerScope } from '../client/informers/informer.ts'
import type { Context } from './controller.ts'
import { seen } from './own-writes.ts'
import { controllerRef, isControlledBy } from './ownership.ts'
import { unreported } from './unwatched.ts'

/** The owner of an object: the object is deleted with it. */
export interface EnsureOwner {
  resource: ResourceType
  object: Stored<KubeObject>
}

/** How closely `ensure` looks. */
export interface EnsureOptions<T> {
  /** The scope of the informer that it compares with. Default: all objects. */
  scope?: InformerScope
  /** Fields to replace as a whole: `ensure` removes everything in them that `wanted` does not name. */
  whole?: (keyof T & string)[]
}

/** The result of `ensure`. */
export interface Ensured<T> {
  object: Stored<T>
  change: 'created' | 'updated' | 'none'
}

/**
 * Brings an object to the state `wanted`: creates it if it is missing, else changes the fields that `wanted` names and
 * leaves all others as they are (defaults, status, other writers' labels), except those in `whole`. Compares with the
 * informer's object, so that it sends no request if nothing differs, and returns when the informer shows the outcome.
 * @throws Error if an object of that name exists that `owner` does not control
 */
export async function ensure<T extends KubeObject>(
  { client, informers }: Pick<Context, 'client' | 'informers'>,
  resource: ResourceType<T>,
  wanted: T & { metadata: ObjectName },
  owner?: EnsureOwner,
  { scope, whole = [] }: EnsureOptions<T> = {},
): Promise<Ensured<T>> {
  const informer = unreported(informers).of(resource, scope)
  await informer.synced
  const present = informer.get(keyOf(wanted))
  if (!present) {
    const references = owner && { ownerReferences: [controllerRef(owner.object, owner.resource)] }
    const object = await client.create(resource, { ...wanted, metadata: { ...wanted.metadata, ...references } })
    await seen(informer, object)
    return { object, change: 'created' }
  }
  if (owner && !isControlledBy(present as KubeObject, owner.object)) {
    throw new Error(`${resource.kind} ${keyOf(wanted)} exists and is not controlled by ${keyOf(owner.object)}`)
  }
  const next = { ...(overlay(present, wanted) as T), ...pick(wanted, whole) }
  if (jsonEqual(next, present) || isSame(resource, next, present)) return { object: present, change: 'none' }
  const object = await client.update(resource, next)
  await seen(informer, object)
  return { object, change: 'updated' }
}

/** The server would store `next` as `present`: it normalizes quantities and omits zeros. */
function isSame<T>({ type }: ResourceType<T>, next: T, present: Stored<T>): boolean {
  const { object, unknown } = decode(type, next)
  // Nothing is known of custom resources but that they are objects.
  return unknown.length === 0 && jsonEqual(object, present)
}

/**
 * `present` with the fields of `wanted`. Merges lists of the same length item by item, so that the server's defaults stay;
 * replaces other lists, and items of another name.
 */
export function overlay(present: unknown, wanted: unknown): unknown {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(present) || present.length !== wanted.length) return wanted
    return wanted.map((item, at) => (nameOf(item) === nameOf(present[at]) ? overlay(present[at], item) : item))
  }
  if (!isObject(wanted) || !isObject(present)) return wanted
  const changed: Record<string, unknown> = { ...present }
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) changed[name] = overlay(present[name], value)
  }
  return changed
}

const pick = <T>(object: T, fields: (keyof T)[]): Partial<T> =>
  Object.fromEntries(fields.map((field) => [field, object[field]])) as Partial<T>

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const nameOf = (item: unknown): unknown => (isObject(item) ? item.name : undefined)
