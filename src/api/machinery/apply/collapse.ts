import { type Element, self } from './element.ts'
import { type FieldSet, isEmpty, leaf } from './field-set.ts'
import { type FieldType, typeBelow } from './field-type.ts'

/**
 * A set that was written before its type changed: fields below what is atomic by now become the atomic field itself.
 * Answers the set itself where there are none.
 */
export function collapse(type: FieldType, fields: FieldSet): FieldSet {
  let result: Record<Element, FieldSet> | undefined
  for (const element in fields) {
    if (element === self) continue
    const inner = fields[element] as FieldSet
    if (isEmpty(inner)) continue
    const below = typeBelow(type, element)
    const left = below && (isAtomic(below, inner) ? leaf : collapse(below, inner))
    if (!left || left === inner) continue
    result ??= { ...fields }
    result[element] = left
  }
  return result ?? fields
}

function isAtomic({ map, list }: FieldType, inner: FieldSet): boolean {
  for (const element in inner) {
    if (element === self) continue
    return element[0] === 'f' ? map?.isAtomic === true : list?.by === 'nothing'
  }
  return false
}
