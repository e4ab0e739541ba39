import { isPlainObject } from '../decode/decode-scalar.ts'
import { type Element, nameElement } from './element.ts'
import { type FieldSet, isEmpty, leaf, node } from './field-set.ts'
import { type FieldType, formOf, type ListType, type MapType } from './field-type.ts'
import { itemsByElement } from './list-items.ts'

/**
 * The fields that a manifest is about: its scalars, its atomic values, items of lists, members of maps, and what is empty
 * or null. A struct is none: it is there with its fields.
 */
export const fieldsOf = (type: FieldType, value: unknown): FieldSet => fieldsIn(type, value, namedOnly) ?? leaf

/** All fields of a value that was not there before, structs and lists included: what an update adds. Undefined: a leaf. */
export const everythingOf = (type: FieldType, value: unknown): FieldSet =>
  withItself(fieldsIn(type, value, everything) ?? leaf)

/** Whether a member of an object is a field itself, besides what is in it. */
type Rule = (isNamed: boolean, value: unknown) => boolean

const everything: Rule = () => true
const namedOnly: Rule = (isNamed, value) => !isNamed || value === null || (isPlainObject(value) && isEmpty(value))

/** The fields below a value; `leaf` for one that has none, and is a field itself. */
function fieldsIn(type: FieldType, value: unknown, rule: Rule): FieldSet | undefined {
  const form = formOf(type, value)
  if (form === 'map' && type.map) return fieldsOfMap(type.map, value, rule)
  if (form === 'list' && type.list) return fieldsOfList(type.list, value, rule)
  return leaf
}

function fieldsOfMap(map: MapType, value: unknown, rule: Rule): FieldSet | undefined {
  if (map.isAtomic) return leaf
  if (!isPlainObject(value)) return undefined
  const children: Record<Element, FieldSet> = {}
  for (const name in value) {
    const member = value[name]
    if (member === undefined) continue
    const field = map.fields.get(name)
    const inner = fieldsIn(field?.type ?? map.others ?? nothing, member, rule)
    const child = rule(field !== undefined, member) ? withItself(inner ?? leaf) : inner
    if (child) children[field?.element ?? nameElement(name)] = child
  }
  return node(false, children)
}

/** The type of what may not be: nobody looks into it. */
const nothing: FieldType = { scalar: 'untyped' }

function fieldsOfList(list: ListType, value: unknown, rule: Rule): FieldSet | undefined {
  if (list.by === 'nothing') return leaf
  if (!Array.isArray(value)) return undefined
  const children: Record<Element, FieldSet> = {}
  for (const [element, [item]] of itemsByElement(list, value))
    children[element] = withItself(fieldsIn(list.items, item, rule) ?? leaf)
  return node(false, children)
}

const withItself = (set: FieldSet): FieldSet => (isEmpty(set) ? set : (node(true, set) ?? leaf))
