import { isPlainObject } from '../decode/decode-scalar.ts'
import { jsonEqual } from '../json/json-equal.ts'
import { ownMember } from '../json/own-member.ts'
import { type Element, nameElement } from './element.ts'
import { type FieldSet, isEmpty, leaf, node } from './field-set.ts'
import { type Comparison, type FieldType, formOf, type ListType, type MapType } from './field-type.ts'
import { everythingOf } from './fields-of.ts'
import { itemsByElement } from './list-items.ts'

/** What has changed from one object to another, field by field. The sets are undefined where they would be empty. */
export const compare = (type: FieldType, before: unknown, after: unknown): Comparison =>
  changes(type, before, after) ?? same

const same: Comparison = { removed: undefined, modified: undefined, added: undefined }
const isModified: Comparison = { ...same, modified: leaf }

/** The changes below one value, whose sets are nodes; undefined where there are none. An absent value is undefined. */
function changes(type: FieldType, before: unknown, after: unknown): Comparison | undefined {
  if (before === after) return undefined
  if (before === undefined) return { ...same, added: everythingOf(type, after) }
  if (after === undefined) return { ...same, removed: everythingOf(type, before) }
  const form = formOf(type, after === null ? before : after)
  if (before !== null && after !== null && formOf(type, before) !== form) return replaced(type, before, after)
  if (form === 'map' && type.map && !type.map.isAtomic && !areEmpty(before, after))
    return mapChanges(type.map, before, after)
  if (form === 'list' && type.list && type.list.by !== 'nothing' && !areEmpty(before, after))
    return listChanges(type.list, before, after)
  return jsonEqual(before, after) ? undefined : isModified
}

const areEmpty = (a: unknown, b: unknown): boolean => holdsNothing(a) && holdsNothing(b)
const holdsNothing = (value: unknown): boolean => value === null || (typeof value === 'object' && isEmpty(value))

/** A value of another form: the fields in it go, those in the other come. */
function replaced(type: FieldType, before: unknown, after: unknown): Comparison {
  const inside = (value: unknown): FieldSet | undefined => {
    const { '.': _, ...rest } = everythingOf(type, value)
    return node(false, rest)
  }
  return { removed: inside(before), modified: leaf, added: inside(after) }
}

/** Collects the changes of members or items into those of what holds them. */
class Changes {
  #removed: Record<Element, FieldSet> | undefined
  #modified: Record<Element, FieldSet> | undefined
  #added: Record<Element, FieldSet> | undefined

  add(element: Element, inner: Comparison | undefined): void {
    if (!inner) return
    const { removed, modified, added } = inner
    if (removed) {
      this.#removed ??= {}
      this.#removed[element] = removed
    }
    if (modified) {
      this.#modified ??= {}
      this.#modified[element] = modified
    }
    if (added) {
      this.#added ??= {}
      this.#added[element] = added
    }
  }

  get result(): Comparison | undefined {
    const [removed, modified, added] = [this.#removed, this.#modified, this.#added]
    if (!removed && !modified && !added) return undefined
    return {
      removed: removed && node(false, removed),
      modified: modified && node(false, modified),
      added: added && node(false, added),
    }
  }
}

function mapChanges(map: MapType, before: unknown, after: unknown): Comparison | undefined {
  const left = isPlainObject(before) ? before : {}
  const right = isPlainObject(after) ? after : {}
  let found: Changes | undefined
  const visit = (name: string, old: unknown, wanted: unknown) => {
    if (old === wanted) return
    const field = map.fields.get(name)
    const zero = field?.zero
    const inner = changes(field?.type ?? map.others ?? scalar, old ?? zero, wanted ?? zero)
    if (!inner) return
    found ??= new Changes()
    found.add(field?.element ?? nameElement(name), inner)
  }
  for (const name in right) visit(name, ownMember(left, name), right[name])
  for (const name in left) if (ownMember(right, name) === undefined) visit(name, left[name], undefined)
  return found?.result
}

const scalar: FieldType = { scalar: 'untyped' }

function listChanges(list: ListType, before: unknown, after: unknown): Comparison | undefined {
  const left = itemsByElement(list, Array.isArray(before) ? before : [])
  const right = itemsByElement(list, Array.isArray(after) ? after : [])
  const found = new Changes()
  for (const [element, items] of left) found.add(element, itemChanges(list, items, right.get(element) ?? []))
  for (const [element, items] of right) if (!left.has(element)) found.add(element, itemChanges(list, [], items))
  return found.result
}

/** Nobody can tell items with the same keys apart: they change as a whole. */
function itemChanges(
  { items }: ListType,
  before: readonly unknown[],
  after: readonly unknown[],
): Comparison | undefined {
  if (before.length <= 1 && after.length <= 1) return changes(items, before[0], after[0])
  if (before.length > 1 && after.length > 1) return jsonEqual(before, after) ? undefined : isModified
  if (before.length > 1)
    return { ...same, removed: leaf, ...(after.length > 0 && { added: everythingOf(items, after[0]) }) }
  return { ...same, added: leaf, ...(before.length > 0 && { removed: everythingOf(items, before[0]) }) }
}
