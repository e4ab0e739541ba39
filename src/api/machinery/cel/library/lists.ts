import { sizeOf } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import { compare, equals, isMap, keysOfMap, valueAt } from '../equality.ts'
import { failure, noSuchOverload } from '../errors.ts'
import { addInts, addUints } from '../integers.ts'
import { durationOf } from '../times.ts'
import * as t from '../types.ts'
import { Double, Duration, isDouble, isInt, Uint } from '../values.ts'

const a = t.param('A')
const listOfA = t.listOf(a)
type List = readonly unknown[]

const comparable = [t.int, t.uint, t.double, t.bool, t.duration, t.timestamp, t.string, t.bytes]
const summable = [t.int, t.uint, t.double, t.duration]
const zeros = new Map<t.CelType, unknown>([
  [t.int, 0],
  [t.uint, new Uint(0)],
  [t.double, Double.of(0)],
  [t.duration, new Duration(0n)],
])

/** What it costs to look at a list once, with all that is in it. */
const through: CallCost = ([list]) => traversalOf(list)

function traversalOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.floor(value.length * 0.1)
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + traversalOf(item), 0)
  if (!isMap(value)) return 1
  let sum = 0
  for (const key of keysOfMap(value)) sum += traversalOf(key) + traversalOf(valueAt(value, key))
  return sum
}

function add(x: unknown, y: unknown): unknown {
  if (isInt(x) && isInt(y)) return addInts(x, y)
  if (x instanceof Uint && y instanceof Uint) return addUints(x, y)
  if (isDouble(x) && isDouble(y)) return Double.of(Double.numberOf(x) + Double.numberOf(y))
  if (x instanceof Duration && y instanceof Duration) return durationOf(x.ns + y.ns)
  throw noSuchOverload()
}

/** The element that stands before all others in an order; the first of equals. */
function extreme(name: string, list: List, sign: 1 | -1): unknown {
  if (list.length === 0) throw failure(`${name} called on empty list`)
  return list.reduce((best, item) => (compare(item, best) * sign < 0 ? item : best))
}

const isSorted = (list: List): boolean => list.every((item, i) => i === 0 || compare(list[i - 1], item) <= 0)

function found(list: List, value: unknown, last: boolean): number {
  const is = (item: unknown) => equals(item, value)
  return last ? list.findLastIndex(is) : list.findIndex(is)
}

/** Kubernetes' own functions of lists. */
const kubernetes: Library = {
  isSorted: comparable.map((type) =>
    method(`list_${type.kind}_is_sorted_bool`, [t.listOf(type)], t.bool, isSorted, through),
  ),
  sum: summable.map((type) =>
    method(
      `list_${type.kind}_sum_${type.kind}`,
      [t.listOf(type)],
      type,
      (list: List) => (list.length > 0 ? list.reduce(add) : zeros.get(type)),
      through,
    ),
  ),
  max: comparable.map((type) =>
    method(
      `list_${type.kind}_max_${type.kind}`,
      [t.listOf(type)],
      type,
      (list: List) => extreme('max', list, -1),
      through,
    ),
  ),
  min: comparable.map((type) =>
    method(
      `list_${type.kind}_min_${type.kind}`,
      [t.listOf(type)],
      type,
      (list: List) => extreme('min', list, 1),
      through,
    ),
  ),
  indexOf: [method('list_a_index_of_int', [listOfA, a], t.int, (list: List, x) => found(list, x, false), through)],
  lastIndexOf: [
    method('list_a_last_index_of_int', [listOfA, a], t.int, (list: List, x) => found(list, x, true), through),
  ],
}

function slice(list: List, start: number, end: number): List {
  const call = `cannot slice(${start}, ${end})`
  if (start < 0 || end < 0) throw failure(`${call}, negative indexes not supported`)
  if (start > end) throw failure(`${call}, start index must be less than or equal to end index`)
  if (end > list.length) throw failure(`${call}, list is length ${list.length}`)
  return list.slice(start, end)
}

function flatten(list: List, depth = 1): List {
  if (depth < 0) throw failure('level must be non-negative')
  return list.flat(depth)
}

function sorted(list: List, keys: List): List {
  if (list.length !== keys.length)
    throw failure(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.length} and ${keys.length} elements respectively`,
    )
  const order = keys.map((_, i) => i)
  return order.sort((i, j) => compare(keys[i], keys[j])).map((i) => list[i])
}

function distinct(list: List): List {
  const result: unknown[] = []
  for (const item of list) if (!result.some((other) => equals(item, other))) result.push(item)
  return result
}

const maxRange = 1_000_000

function range(length: number): List {
  if (length > maxRange) throw failure(`lists.range: ${length} exceeds the maximum of ${maxRange}`)
  return Array.from({ length: Math.max(0, length) }, (_, i) => i)
}

const base = 10
const copying: CallCost = (_, result) => base + sizeOf(result)
const squared: CallCost = ([list]) => base + sizeOf(list) ** 2

/** The functions of cel-go's extension, at version 3. */
const extension: Library = {
  slice: [method('list_slice', [listOfA, t.int, t.int], listOfA, slice, copying)],
  flatten: [
    method('list_flatten', [t.listOf(listOfA)], listOfA, (list: List) => flatten(list), copying),
    method('list_flatten_int', [t.listOf(t.dyn), t.int], t.listOf(t.dyn), flatten, copying),
  ],
  sort: comparable.map((type) =>
    method(`list_${type.kind}_sort`, [t.listOf(type)], t.listOf(type), (list: List) => sorted(list, list), squared),
  ),
  '@sortByAssociatedKeys': comparable.map((type) =>
    method(`list_${type.kind}_sortByAssociatedKeys`, [listOfA, t.listOf(type)], listOfA, sorted, squared),
  ),
  'lists.range': [overload('lists_range', [t.int], t.listOf(t.int), range, copying)],
  reverse: [method('list_reverse', [listOfA], listOfA, (list: List) => list.toReversed(), copying)],
  distinct: [method('list_distinct', [listOfA], listOfA, distinct, squared)],
}

const contains = (list: List, part: List): boolean => part.every((item) => list.some((other) => equals(item, other)))

const product: CallCost = ([x, y]) => 1 + sizeOf(x) * sizeOf(y)
const twice: CallCost = ([x, y]) => 1 + 2 * sizeOf(x) * sizeOf(y)

const sets: Library = {
  'sets.contains': [overload('list_sets_contains_list', [listOfA, listOfA], t.bool, contains, product)],
  'sets.equivalent': [
    overload(
      'list_sets_equivalent_list',
      [listOfA, listOfA],
      t.bool,
      (x: List, y: List) => contains(x, y) && contains(y, x),
      twice,
    ),
  ],
  'sets.intersects': [
    overload(
      'list_sets_intersects_list',
      [listOfA, listOfA],
      t.bool,
      (x: List, y: List) => x.some((item) => contains(y, [item])),
      product,
    ),
  ],
}

export const lists: readonly Library[] = [kubernetes, extension, sets]
