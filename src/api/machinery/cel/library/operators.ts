import { comparing, sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, type Overload, overload } from '../declarations.ts'
import { compare, equals, hasKey, isMap, type MapValue, valueAt } from '../equality.ts'
import { failure, noSuchKey, noSuchOverload } from '../errors.ts'
import * as ints from '../integers.ts'
import { durationOf, timestampOf } from '../times.ts'
import * as t from '../types.ts'
import { Double, type Duration, isInt, keyOf, Optional, type Timestamp, type Uint } from '../values.ts'

const a = t.param('A')
const b = t.param('B')
const listOfA = t.listOf(a)
const mapOfAB = t.mapOf(a, b)

type Int = number | bigint
type AnyDouble = number | Double

const doubles =
  (operation: (x: number, y: number) => number) =>
  (x: AnyDouble, y: AnyDouble): AnyDouble =>
    Double.of(operation(Double.numberOf(x), Double.numberOf(y)))

/** An operator on two values of one type. */
const on = <T>(id: string, type: t.CelType, run: (x: T, y: T) => unknown, cost?: CallCost): Overload =>
  overload(id, [type, type], type, run, cost)

const joining: CallCost = ([x, y]) => traversal(sizeOf(x) + sizeOf(y))

function joinBytes(x: Uint8Array, y: Uint8Array): Uint8Array {
  const result = new Uint8Array(x.length + y.length)
  result.set(x)
  result.set(y, x.length)
  return result
}

const { duration, timestamp } = t

const arithmetic: Library = {
  '_+_': [
    on('add_int64', t.int, ints.addInts),
    on('add_uint64', t.uint, ints.addUints),
    on(
      'add_double',
      t.double,
      doubles((x, y) => x + y),
    ),
    on('add_string', t.string, (x: string, y: string) => x + y, joining),
    on('add_bytes', t.bytes, joinBytes, joining),
    on('add_list', listOfA, (x: unknown[], y: unknown[]) => [...x, ...y]),
    on('add_duration_duration', duration, (x: Duration, y: Duration) => durationOf(x.ns + y.ns)),
    overload('add_timestamp_duration', [timestamp, duration], timestamp, (x: Timestamp, y: Duration) =>
      timestampOf(x.ns + y.ns),
    ),
    overload('add_duration_timestamp', [duration, timestamp], timestamp, (x: Duration, y: Timestamp) =>
      timestampOf(x.ns + y.ns),
    ),
  ],
  '_-_': [
    on('subtract_int64', t.int, ints.subtractInts),
    on('subtract_uint64', t.uint, ints.subtractUints),
    on(
      'subtract_double',
      t.double,
      doubles((x, y) => x - y),
    ),
    on('subtract_duration_duration', duration, (x: Duration, y: Duration) => durationOf(x.ns - y.ns)),
    overload('subtract_timestamp_timestamp', [timestamp, timestamp], duration, (x: Timestamp, y: Timestamp) =>
      durationOf(x.ns - y.ns),
    ),
    overload('subtract_timestamp_duration', [timestamp, duration], timestamp, (x: Timestamp, y: Duration) =>
      timestampOf(x.ns - y.ns),
    ),
  ],
  '_*_': [
    on('multiply_int64', t.int, ints.multiplyInts),
    on('multiply_uint64', t.uint, ints.multiplyUints),
    on(
      'multiply_double',
      t.double,
      doubles((x, y) => x * y),
    ),
  ],
  '_/_': [
    on('divide_int64', t.int, ints.divideInts),
    on('divide_uint64', t.uint, ints.divideUints),
    on(
      'divide_double',
      t.double,
      doubles((x, y) => x / y),
    ),
  ],
  '_%_': [on('modulo_int64', t.int, ints.remainderOfInts), on('modulo_uint64', t.uint, ints.remainderOfUints)],
  '-_': [
    overload('negate_int64', [t.int], t.int, (x: Int) => ints.negateInt(x)),
    overload('negate_double', [t.double], t.double, (x: AnyDouble) => Double.of(-Double.numberOf(x))),
  ],
}

const orders: Readonly<Record<string, [name: string, holds: (order: number) => boolean]>> = {
  '_<_': ['less', (order) => order < 0],
  '_<=_': ['less_equals', (order) => order <= 0],
  '_>_': ['greater', (order) => order > 0],
  '_>=_': ['greater_equals', (order) => order >= 0],
}

/** Numbers of different types are compared, too. */
const comparable: readonly [id: string, left: t.CelType, right: t.CelType][] = [
  ['bool', t.bool, t.bool],
  ['int64', t.int, t.int],
  ['int64_double', t.int, t.double],
  ['int64_uint64', t.int, t.uint],
  ['uint64', t.uint, t.uint],
  ['uint64_double', t.uint, t.double],
  ['uint64_int64', t.uint, t.int],
  ['double', t.double, t.double],
  ['double_int64', t.double, t.int],
  ['double_uint64', t.double, t.uint],
  ['string', t.string, t.string],
  ['bytes', t.bytes, t.bytes],
  ['timestamp', timestamp, timestamp],
  ['duration', duration, duration],
]

const comparisons: Library = Object.fromEntries(
  Object.entries(orders).map(([operator, [name, holds]]) => [
    operator,
    comparable.map(([id, left, right]) =>
      overload(
        `${name}_${id}`,
        [left, right],
        t.bool,
        (x: unknown, y: unknown) => holds(compare(x, y)),
        id === 'string' || id === 'bytes' ? comparing : undefined,
      ),
    ),
  ]),
)

function itemAt(list: readonly unknown[], index: unknown): unknown {
  const at = keyOf(index)
  if (typeof at !== 'number' || !isInt(at)) throw failure(`unsupported index type '${typeof index}' in list`)
  if (at < 0 || at >= list.length) throw failure(`index out of bounds: ${at}`)
  return list[at]
}

function memberAt(map: MapValue, key: unknown): unknown {
  const value = valueAt(map, key)
  if (value === undefined) throw noSuchKey(keyOf(key) ?? key)
  return value
}

/** The element of a list or a map, if it is there. */
function elementIfAny(container: unknown, key: unknown): Optional {
  if (container instanceof Optional) return container.present ? elementIfAny(container.value, key) : Optional.none
  const value = Array.isArray(container)
    ? container[Number(keyOf(key) ?? -1)]
    : isMap(container)
      ? valueAt(container, key)
      : fail()
  return value === undefined ? Optional.none : Optional.of(value)
}

const fail = (): never => {
  throw noSuchOverload()
}

const optionalList = t.optionalOf(listOfA)
const optionalMap = t.optionalOf(mapOfAB)

const access: Library = {
  '_[_]': [
    overload('index_list', [listOfA, t.int], a, itemAt),
    overload('index_map', [mapOfAB, a], b, memberAt),
    overload('optional_list_index_int', [optionalList, t.int], t.optionalOf(a), elementIfAny),
    overload('optional_map_index_value', [optionalMap, a], t.optionalOf(b), elementIfAny),
  ],
  '_[?_]': [
    overload('list_optindex_optional_int', [listOfA, t.int], t.optionalOf(a), elementIfAny),
    overload('optional_list_optindex_optional_int', [optionalList, t.int], t.optionalOf(a), elementIfAny),
    overload('map_optindex_optional_value', [mapOfAB, a], t.optionalOf(b), elementIfAny),
    overload('optional_map_optindex_optional_value', [optionalMap, a], t.optionalOf(b), elementIfAny),
  ],
  '@in': [
    overload(
      'in_list',
      [a, listOfA],
      t.bool,
      (x: unknown, list: unknown[]) => list.some((item) => equals(x, item)),
      ([, list]) => sizeOf(list),
    ),
    overload('in_map', [a, mapOfAB], t.bool, (key: unknown, map: MapValue) => hasKey(map, key)),
  ],
}

/** The evaluator has its own way for what need not look at all of its arguments; the types are declared here. */
const unused = (): never => fail()

const logic: Library = {
  '_==_': [overload('equals', [a, a], t.bool, equals, comparing)],
  '_!=_': [overload('not_equals', [a, a], t.bool, (x, y) => !equals(x, y), comparing)],
  '_&&_': [overload('logical_and', [t.bool, t.bool], t.bool, unused)],
  '_||_': [overload('logical_or', [t.bool, t.bool], t.bool, unused)],
  '_?_:_': [overload('conditional', [t.bool, a, a], a, unused)],
  '!_': [overload('logical_not', [t.bool], t.bool, (x: boolean) => !x)],
}

const optionals: Library = {
  'optional.of': [overload('optional_of', [a], t.optionalOf(a), Optional.of)],
  'optional.ofNonZeroValue': [
    overload('optional_ofNonZeroValue', [a], t.optionalOf(a), (x: unknown) =>
      isZero(x) ? Optional.none : Optional.of(x),
    ),
  ],
  'optional.none': [overload('optional_none', [], t.optionalOf(a), () => Optional.none)],
  hasValue: [method('optional_hasValue', [t.optionalOf(a)], t.bool, (x: Optional) => x.present)],
  value: [
    method('optional_value', [t.optionalOf(a)], a, (x: Optional) => {
      if (!x.present) throw failure('optional.none() dereference')
      return x.value
    }),
  ],
  or: [method('optional_or_optional', [t.optionalOf(a), t.optionalOf(a)], t.optionalOf(a), unused)],
  orValue: [method('optional_orValue_value', [t.optionalOf(a), a], a, unused)],
  'optional.unwrap': [overload('optional_unwrap', [t.listOf(t.optionalOf(a))], listOfA, unwrap)],
  unwrapOpt: [method('optional_unwrapOpt', [t.listOf(t.optionalOf(a))], listOfA, unwrap)],
  first: [method('list_first', [listOfA], t.optionalOf(a), (list: unknown[]) => elementIfAny(list, 0))],
  last: [method('list_last', [listOfA], t.optionalOf(a), (list: unknown[]) => elementIfAny(list, list.length - 1))],
}

function unwrap(list: readonly unknown[]): unknown[] {
  return list.flatMap((item) => {
    if (!(item instanceof Optional)) throw noSuchOverload()
    return item.present ? [item.value] : []
  })
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === '') return true
  if (value instanceof Optional) return !value.present
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  if (isMap(value)) return sizeOf(value) === 0
  if (value instanceof Double) return value.value === 0
  const { value: held, ns } = value as Partial<Uint & Duration>
  return held === 0 || ns === 0n
}

export const operators: readonly Library[] = [arithmetic, comparisons, access, logic, optionals]
