import { messageOf } from '../../../errors.ts'
import { parseQuantity, Quantity } from '../../../quantity.ts'
import { sizeOf, traversal } from '../cost.ts'
import { type CallCost, type Library, method, overload } from '../declarations.ts'
import { failure } from '../errors.ts'
import * as t from '../types.ts'
import { Double, intOf, Opaque } from '../values.ts'

class QuantityValue extends Opaque {
  readonly typeName = 'kubernetes.Quantity'
  readonly quantity: Quantity
  constructor(value: Quantity) {
    super()
    this.quantity = value
  }
  equals(other: unknown): boolean {
    return other instanceof QuantityValue && this.quantity.compare(other.quantity) === 0
  }
}

function read(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text))
  } catch (error) {
    throw failure(messageOf(error))
  }
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text)
    return true
  } catch {
    return false
  }
}

const unit = 1_000_000_000n

/** The amount as an int; undefined where it is none. */
const integer = ({ quantity: { nano } }: QuantityValue): number | bigint | undefined =>
  nano % unit === 0n ? intOf(nano / unit) : undefined

const quantity = t.opaque('kubernetes.Quantity')
const reading: CallCost = ([x]) => traversal(sizeOf(x))
type Int = number | bigint

/** An operation with another quantity, or with a number. */
const both = (id: string, operation: (a: Quantity, b: Quantity) => Quantity) => [
  method(
    id,
    [quantity, quantity],
    quantity,
    (x: QuantityValue, y: QuantityValue) => new QuantityValue(operation(x.quantity, y.quantity)),
  ),
  method(
    `${id}_int`,
    [quantity, t.int],
    quantity,
    (x: QuantityValue, y: Int) => new QuantityValue(operation(x.quantity, Quantity.of(y, 'DecimalExponent'))),
  ),
]

const comparing = (id: string, type: t.CelType, answer: (order: number) => unknown) =>
  method(id, [quantity, quantity], type, (x: QuantityValue, y: QuantityValue) => answer(x.quantity.compare(y.quantity)))

const sign = (x: QuantityValue) => x.quantity.sign

export const quantities: Library = {
  quantity: [overload('string_to_quantity', [t.string], quantity, read, reading)],
  isQuantity: [overload('is_quantity_string', [t.string], t.bool, isQuantity, reading)],
  sign: [overload('quantity_sign', [quantity], t.int, sign), method('quantity_sign_member', [quantity], t.int, sign)],
  isInteger: [method('quantity_is_integer', [quantity], t.bool, (x: QuantityValue) => integer(x) !== undefined)],
  asInteger: [
    method('quantity_get_int', [quantity], t.int, (x: QuantityValue) => {
      const value = integer(x)
      if (value === undefined) throw failure('cannot convert value to integer')
      return value
    }),
  ],
  asApproximateFloat: [
    method('quantity_get_float', [quantity], t.double, (x: QuantityValue) => Double.of(x.quantity.toNumber())),
  ],
  isGreaterThan: [comparing('quantity_is_greater_than', t.bool, (order) => order > 0)],
  isLessThan: [comparing('quantity_is_less_than', t.bool, (order) => order < 0)],
  compareTo: [comparing('quantity_compare_to', t.int, (order) => order)],
  add: both('quantity_add', (a, b) => a.add(b)),
  sub: both('quantity_sub', (a, b) => a.sub(b)),
}
