import { isPlainObject } from '../decode/decode-scalar.ts'
import { type Element, elementsText, nameElement } from './element.ts'
import { type FieldType, memberType } from './field-type.ts'

/** The paths of the lists and objects in a value that have one owner as a whole: what replaces them leaves nothing of them. */
export function wholesOf(type: FieldType, value: unknown): string[] {
  const found: string[] = []
  visit(type, value, [], found)
  return found
}

function visit({ map, list }: FieldType, value: unknown, path: readonly Element[], found: string[]): void {
  if (isPlainObject(value) && map) {
    if (map.isAtomic) found.push(elementsText(path))
    for (const [name, member] of Object.entries(value)) {
      const type = map.fields.has(name) ? memberType(map, name) : undefined
      if (type) visit(type, member, [...path, nameElement(name)], found)
    }
  } else if (Array.isArray(value) && list) {
    if (list.by === 'nothing') found.push(elementsText(path))
    for (const [i, item] of value.entries()) visit(list.items, item, [...path, `i:${i}`], found)
  }
}
