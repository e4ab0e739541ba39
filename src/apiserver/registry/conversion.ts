import type { KubeObject, Stored } from '../../api/object.ts'
import type { Item } from '../cache/item.ts'
import type { Served } from './core.ts'

/** Conversions under way, so that two readers of one item ask its webhook once. */
const underWay = new WeakMap<Item, Map<string, Promise<void>>>()

/** Has a webhook convert what it must before items can be shown in their served version. Undefined: they can be already. */
export function converted(served: Served, items: readonly Item[]): Promise<void> | undefined {
  const { conversion, type } = served
  if (!conversion) return undefined
  const { apiVersion } = type
  const missing = items.filter((item) => item.object.apiVersion !== apiVersion && !item.conversion(apiVersion))
  if (missing.length === 0) return undefined
  const waits = new Set<Promise<void>>()
  const fresh = missing.filter((item) => {
    const pending = underWay.get(item)?.get(apiVersion)
    if (pending) waits.add(pending)
    return !pending
  })
  if (fresh.length > 0) waits.add(start(conversion, fresh, apiVersion))
  return Promise.all(waits).then(() => {})
}

function start(
  conversion: NonNullable<Served['conversion']>,
  items: readonly Item[],
  apiVersion: string,
): Promise<void> {
  const work = conversion
    .convert(
      items.map(({ object }) => object),
      apiVersion,
    )
    .then((objects) => {
      for (const [i, item] of items.entries()) item.keepConversion(apiVersion, objects[i] as Stored<KubeObject>)
    })
    .finally(() => {
      for (const item of items) underWay.get(item)?.delete(apiVersion)
    })
  for (const item of items) underWay.set(item, (underWay.get(item) ?? new Map()).set(apiVersion, work))
  return work
}

/** An item in the version a resource is served in. One that a webhook converts must be `converted` before. */
export function inServedVersion({ other, conversion, type }: Served, item: Item): Stored<KubeObject> {
  if (other) return other.encode(item.object) as Stored<KubeObject>
  if (!conversion || item.object.apiVersion === type.apiVersion) return item.object
  const found = item.conversion(type.apiVersion)
  if (!found) throw new Error(`${item.key} has not been converted to ${type.apiVersion}`)
  return found
}

/** An item as the hooks of its served version see it: in the stored version, unless a webhook converts. */
export const presented = (served: Served, item: Item): Stored<KubeObject> =>
  served.conversion ? inServedVersion(served, item) : item.object

/** The same, converted where need be. */
export async function present(served: Served, item: Item): Promise<Stored<KubeObject>> {
  await converted(served, [item])
  return presented(served, item)
}

/** An object to store, in the version to store it in. */
export async function forStorage({ conversion }: Served, object: KubeObject): Promise<KubeObject> {
  if (!conversion) return object
  const [stored = object] = await conversion.convert([object], conversion.storage)
  return stored
}
