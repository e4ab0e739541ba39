import { isPlainObject } from '../decode/decode-scalar.ts'
import { setMember } from '../json/set-member.ts'
import { type Element, nameElement, self } from './element.ts'
import { type FieldSet, isEmpty, isMember, leaf, node } from './field-set.ts'
import { type FieldType, formOf, memberType, typeBelow } from './field-type.ts'
import { itemElement } from './list-items.ts'

/** The value without these fields; undefined where nothing is left. The answer shares with it what has not changed. */
export function remove(type: FieldType, value: unknown, fields: FieldSet): unknown {
  if (isEmpty(fields)) return value
  const form = formOf(type, value)
  if (form === 'map' && type.map && isPlainObject(value)) {
    if (type.map.isAtomic) return undefined
    const result: Record<string, unknown> = {}
    for (const name in value) {
      const left = leftOf(memberType(type.map, name) ?? {}, value[name], fields[nameElement(name)])
      if (left !== undefined) setMember(result, name, left)
    }
    return isEmpty(result) ? undefined : result
  }
  if (form === 'list' && type.list && Array.isArray(value)) {
    const { list } = type
    if (list.by === 'nothing') return undefined
    const result = value.flatMap((item: unknown) => {
      const left = leftOf(list.items, item, fields[itemElement(list, item)])
      return left === undefined ? [] : [left]
    })
    return result.length === 0 ? undefined : result
  }
  return value
}

/** An item or member as the removal of `fields`, a node, leaves it. */
function leftOf(type: FieldType, value: unknown, fields: FieldSet | undefined): unknown {
  if (!fields) return value
  return isMember(fields) ? undefined : remove(type, value, fields)
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
