import * as types from './types.ts'
import { TypeValue } from './values.ts'

/** A name that stands for a type in an expression: `type(x) == string`. */
export interface NamedType {
  readonly type: types.CelType
  readonly value: TypeValue
}

const { dyn, listOf, mapOf, optionalOf } = types

const all = [
  types.bool,
  types.int,
  types.uint,
  types.double,
  types.string,
  types.bytes,
  types.nullType,
  types.timestamp,
  types.duration,
  listOf(dyn),
  mapOf(dyn, dyn),
  optionalOf(dyn),
  types.typeOf(dyn),
]

export const namedTypes: ReadonlyMap<string, NamedType> = new Map(
  all.map((type) => {
    const name = types.runtimeName(type)
    return [name, { type: types.typeOf(type), value: new TypeValue(name) }]
  }),
)
