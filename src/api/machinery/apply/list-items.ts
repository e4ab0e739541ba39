import { isPlainObject } from '../decode/decode-scalar.ts'
import { ownMember } from '../json/own-member.ts'
import { type Element, keyElement, valueElement } from './element.ts'
import type { ListType } from './field-type.ts'

/** An item that nothing tells from the others. */
export class ListItemError extends Error {}

/** What tells an item of a list from the others. @throws ListItemError in upstream's words */
export const itemElement = (list: ListType, item: unknown): Element =>
  list.by === 'keys' ? keysOf(list, item) : elementOfValue(item)

function keysOf({ keys, items }: ListType, item: unknown): Element {
  if (item === null) throw new ListItemError('associative list with keys may not have a null element')
  if (!isPlainObject(item)) throw new ListItemError('associative list with keys may not have non-map elements')
  const present = keys.flatMap((name): [string, unknown][] => {
    const value = ownMember(item, name) ?? items.map?.fields.get(name)?.keyDefault
    return value === undefined ? [] : [[name, value]]
  })
  if (keys.length > 0 && present.length === 0)
    throw new ListItemError(
      `associative list with keys has an element that omits all key fields [${keys.map((key) => JSON.stringify(key)).join(' ')}] (and doesn't have default values for any key fields)`,
    )
  return keyElement(present)
}

function elementOfValue(item: unknown): Element {
  if (Array.isArray(item)) throw new ListItemError('not supported: associative list with lists as elements')
  if (item === null) throw new ListItemError("associative list without keys has an element that's an explicit null")
  if (typeof item === 'object')
    throw new ListItemError("associative list without keys has an element that's a map type")
  return valueElement(item)
}

/** The items of a list by their elements, in order. Several: a list that was written before its items had to differ. */
export function itemsByElement(list: ListType, items: readonly unknown[]): Map<Element, unknown[]> {
  const found = new Map<Element, unknown[]>()
  for (const item of items) {
    const element = itemElement(list, item)
    const same = found.get(element)
    if (same) same.push(item)
    else found.set(element, [item])
  }
  return found
}
