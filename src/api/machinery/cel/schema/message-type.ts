import type { Field, Message, Scalar, Type } from '../../schema/schema.ts'
import * as t from '../types.ts'
import { escapedName } from './escape.ts'

const known = new WeakMap<Message, t.CelType>()

/** The type of the objects of a built-in kind, as its OpenAPI schema says it. Fields are looked at when they are asked for. */
export function messageType(message: Message): t.CelType {
  let type = known.get(message)
  if (!type) {
    let fields: Map<string, t.Field> | undefined
    const all = () => {
      fields ??= new Map(fieldsOf(message))
      return fields
    }
    type = { kind: 'object', name: message.name, fields: (name) => all().get(name) }
    known.set(message, type)
  }
  return type
}

function* fieldsOf({ fields, gvk }: Message): Generator<[string, t.Field]> {
  if (gvk) for (const member of ['apiVersion', 'kind']) yield [member, { member, type: t.string }]
  for (const [member, field] of Object.entries(fields)) {
    const name = escapedName(member)
    const type = typeOf(field)
    if (name !== undefined && type) yield [name, { member, type }]
  }
}

const typeOf = (field: Field): t.CelType | undefined => typeIn(field.type)

function typeIn(type: Type): t.CelType | undefined {
  switch (type.kind) {
    case 'scalar':
      return scalars[(type as Scalar).name]
    case 'message':
      return messageType(type)
    case 'list': {
      const items = typeIn(type.items)
      return items && t.listOf(items)
    }
    case 'map': {
      const values = typeIn(type.values)
      return values && t.mapOf(t.string, values)
    }
  }
}

/** Expressions cannot speak of what has no schema: undefined. */
const scalars: Readonly<Record<Scalar['name'], t.CelType | undefined>> = {
  string: t.string,
  bool: t.bool,
  int32: t.int,
  int64: t.int,
  double: t.double,
  bytes: t.bytes,
  quantity: t.string,
  intOrString: t.dyn,
  time: t.timestamp,
  microTime: t.timestamp,
  json: undefined,
  object: t.objectOf('object', {}),
}
