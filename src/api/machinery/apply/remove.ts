import { isPlainObject } from '../decode/decode-scalar.ts'
import { setMember } from '../json/set-member.ts'
import { type Element, nameElement, self } from './element.ts'
import { type FieldSet, isEmpty, isMember, leaf, node } from './field-set.ts'
import { type FieldType, formOf, type ListType, type MapType, memberType, typeBelow } from './field-type.ts'
import { itemElement } from './list-items.ts'

/**
 * The value without these fields; undefined where nothing is left. What somebody owns (`kept`) stays, empty. The answer
 * shares with it what has not changed.
 */
export const remove = (type: FieldType, value: unknown, fields: FieldSet, kept: FieldSet): unknown =>
  isEmpty(fields)
    ? value
    : removed(type, value, fields, (shell, owned) => (owned && isMember(owned) ? shell : undefined), kept)

/** The same; what is left empty is null in it, and so still a field. Of an item of a list its keys are left. */
export const clear = (type: FieldType, value: unknown, fields: FieldSet): unknown =>
  isEmpty(fields) ? value : removed(type, value, fields, (_, __, isGone) => (isGone ? undefined : null))

/**
 * What is left of an object or a list without members, which is `shell`; `kept`: the node of those that own it; `isGone`: it
 * is to be removed itself.
 */
type Emptied = (shell: object, kept: FieldSet | undefined, isGone: boolean) => unknown

function removed(type: FieldType, value: unknown, fields: FieldSet, emptied: Emptied, kept?: FieldSet): unknown {
  const form = formOf(type, value)
  if (form === 'map' && type.map && isPlainObject(value)) return fromMap(type.map, value, fields, emptied, kept)
  if (form === 'list' && type.list && Array.isArray(value)) return fromList(type.list, value, fields, emptied, kept)
  return value
}

function fromMap(map: MapType, value: Record<string, unknown>, fields: FieldSet, emptied: Emptied, kept?: FieldSet) {
  const result: Record<string, unknown> = {}
  for (const name in map.isAtomic ? {} : value) {
    const element = nameElement(name)
    const [inner, owned] = [fields[element], kept?.[element]]
    const left = !inner
      ? value[name]
      : isMember(inner)
        ? emptied(Array.isArray(value[name]) ? [] : {}, owned, true)
        : removed(memberType(map, name) ?? {}, value[name], inner, emptied, owned)
    if (left !== undefined) setMember(result, name, left)
  }
  return isEmpty(result) ? emptied(result, kept, false) : result
}

function fromList(list: ListType, value: unknown[], fields: FieldSet, emptied: Emptied, kept?: FieldSet): unknown {
  const items = list.by === 'nothing' ? [] : value
  const result = items.flatMap((item) => {
    const element = itemElement(list, item)
    const inner = fields[element]
    if (inner && isMember(inner)) return []
    if (!inner) return [item]
    const left = removed(list.items, item, inner, emptied, kept?.[element])
    return [isPlainObject(left) && !isEmpty(left) ? left : onlyKeys(list, item)]
  })
  return result.length === 0 ? emptied(result, kept, false) : result
}

function onlyKeys({ keys }: ListType, item: unknown): object {
  if (!isPlainObject(item)) return {}
  return Object.fromEntries(keys.flatMap((key) => (Object.hasOwn(item, key) ? [[key, item[key]]] : [])))
}

/** The set with all structs on the way to its fields, which so go with their last field. */
export function withNamedFields(type: FieldType, fields: FieldSet): FieldSet {
  const children: Record<Element, FieldSet> = {}
  for (const element in fields) {
    if (element === self) continue
    const inner = fields[element] as FieldSet
    const isNamed = element[0] === 'f' && type.map?.fields.has(element.slice(2)) === true
    children[element] = node(isNamed || isMember(inner), withNamedFields(typeBelow(type, element) ?? {}, inner)) ?? leaf
  }
  return node(false, children) ?? leaf
}
