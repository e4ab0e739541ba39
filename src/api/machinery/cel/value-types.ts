import * as types from './types.ts'
import { typeNameOf } from './values.ts'

const scalars: Readonly<Record<string, types.CelType>> = {
  null_type: types.nullType,
  bool: types.bool,
  int: types.int,
  uint: types.uint,
  double: types.double,
  string: types.string,
  bytes: types.bytes,
  'google.protobuf.Timestamp': types.timestamp,
  'google.protobuf.Duration': types.duration,
}

/** The type of a literal. */
export function typeOfValue(value: unknown): types.CelType {
  const name = typeNameOf(value)
  return Object.hasOwn(scalars, name) ? (scalars[name] ?? types.dyn) : types.dyn
}
