import { decode } from '../api/machinery/decode/decode.ts'
import { jsonEqual } from '../api/machinery/json/json-equal.ts'
import type { ResourceType } from '../api/machinery/schema/package.ts'
import { type KubeObject, keyOf, type ObjectName, type Stored } from '../api/object.ts'
import type { InformerScope } from '../client/informers/informer.ts'
import type { Context } from './controller.ts'
import { seen } from './own-writes.ts'
import { controllerRef, isControlledBy } from './ownership.ts'

/** What an object is made for: it goes when its owner goes. */
export interface EnsureOwner {
  resource: ResourceType
  object: Stored<KubeObject>
}

/** How closely `ensure` looks. */
export interface EnsureOptions<T> {
  /** Of the informer that it compares with. Default: all objects. */
  scope?: InformerScope
  /** Fields that are to be as wanted and nothing more: what `wanted` does not name in them goes. */
  whole?: (keyof T & string)[]
}

/** What `ensure` did. */
export interface Ensured<T> {
  object: Stored<T>
  change: 'created' | 'updated' | 'none'
}

/**
 * Makes an object be as `wanted`: creates it where it is missing, else changes the fields that `wanted` names and leaves
 * all others as they are (defaults, status, other writers' labels), but for those in `whole`. Compares with what the informer shows, and returns
 * when the informer shows the outcome, so that it costs nothing where nothing is to be done.
 * @throws Error where an object of that name exists that `owner` does not control
 */
export async function ensure<T extends KubeObject>(
  { client, informers }: Pick<Context, 'client' | 'informers'>,
  resource: ResourceType<T>,
  wanted: T & { metadata: ObjectName },
  owner?: EnsureOwner,
  { scope, whole = [] }: EnsureOptions<T> = {},
): Promise<Ensured<T>> {
  const informer = informers.of(resource, scope)
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

/** The server would keep `next` as it has `present`: it writes quantities its own way, and leaves out what is zero. */
function isSame<T>({ type }: ResourceType<T>, next: T, present: Stored<T>): boolean {
  const { object, unknown } = decode(type, next)
  // Of custom resources no more is known than that they are objects.
  return unknown.length === 0 && jsonEqual(object, present)
}

/**
 * `present` with the fields of `wanted`. Items of lists of the same length are laid over each other one by one, so that
 * what the server has filled in stays; other lists are replaced, as are items of another name.
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
