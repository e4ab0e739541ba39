import { canonicalJson } from '../../json/canonical-json.ts'
import { equals, isMap, keysOfMap, sizeOfMap, valueAt } from '../equality.ts'
import { type CelType, paramOf } from '../types.ts'

type Equals = (a: unknown, b: unknown) => boolean
type List = readonly unknown[]

/** Whether two values of a type are equal; undefined where `equals` says the same. Lists that are sets or maps have no order. */
export function equalsOf(type: CelType, seen = new Set<CelType>()): Equals | undefined {
  if (type.equals) return type.equals
  if (seen.has(type)) return undefined
  return type.kind === 'map' ? mapEquals(equalsOf(paramOf(type, 1), new Set([...seen, type]))) : undefined
}

function mapEquals(values: Equals | undefined): Equals | undefined {
  if (!values) return undefined
  return (a, b) => {
    if (!isMap(a) || !isMap(b)) return equals(a, b)
    if (sizeOfMap(a) !== sizeOfMap(b)) return false
    for (const key of keysOfMap(a)) {
      const other = valueAt(b, key)
      if (other === undefined || !values(valueAt(a, key), other)) return false
    }
    return true
  }
}

/** Equality of objects some of whose fields have a way of their own. */
export function objectEquals(fields: ReadonlyMap<string, Equals>): Equals | undefined {
  if (fields.size === 0) return undefined
  return (a, b) => {
    if (!isMap(a) || !isMap(b)) return equals(a, b)
    if (sizeOfMap(a) !== sizeOfMap(b)) return false
    for (const key of keysOfMap(a)) {
      const other = valueAt(b, key)
      if (other === undefined || !(fields.get(String(key)) ?? equals)(valueAt(a, key), other)) return false
    }
    return true
  }
}

/** What is special about lists with `x-kubernetes-list-type`. */
export function listSemantics(
  listType: string | undefined,
  keys: readonly string[],
  element: CelType,
): Pick<CelType, 'equals' | 'join'> {
  const same = element.equals ?? equals
  if (listType === 'set') return { equals: unordered((item) => canonicalJson(item), same), join: union(same) }
  if (listType === 'map') {
    const keyOf = (item: unknown) =>
      canonicalJson(keys.map((key) => (isMap(item) ? (valueAt(item, key) ?? null) : null)))
    return { equals: unordered(keyOf, same), join: merged(keyOf) }
  }
  if (!element.equals) return {}
  return {
    equals: (a, b) => Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i])),
  }
}

const unordered =
  (keyOf: (item: unknown) => string, same: Equals): Equals =>
  (a, b) => {
    if (!Array.isArray(a) || !Array.isArray(b)) return equals(a, b)
    if (a.length !== b.length) return false
    const others = new Map(b.map((item) => [keyOf(item), item]))
    return a.every((item) => {
      const key = keyOf(item)
      return others.has(key) && same(item, others.get(key))
    })
  }

/** `x + y` of sets: x, and what y has besides. */
const union =
  (same: Equals) =>
  (x: List, y: List): List => [...x, ...y.filter((item) => !x.some((other) => same(other, item)))]

/** `x + y` of map lists: the places of x, with the items of y where both have a key. */
const merged =
  (keyOf: (item: unknown) => string) =>
  (x: List, y: List): List => {
    const items = new Map(x.map((item) => [keyOf(item), item]))
    for (const item of y) items.set(keyOf(item), item)
    return [...items.values()]
  }
